import type { Judge } from "./run.ts";
import type { Answer, Order } from "./worker-words.ts";

/** A bundle that cannot be replayed with; the sentences say why. */
export class BundleRefused extends Error {
  override readonly name = "BundleRefused";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.faults = faults;
  }
}

/** A thread in which a bundle is armed. */
export interface JudgingThread {
  readonly version: string;
  readonly judge: Judge;
  end(): void;
}

/** Starts a thread and arms the bundle in it. Rejects with BundleRefused, or if the thread breaks. */
export async function startJudging(
  order: Omit<Extract<Order, { order: "arm" }>, "order">,
): Promise<JudgingThread> {
  const worker = new Worker("replay-worker.js");
  const ask = (asked: Order): Promise<Answer> =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message || "the thread did not start"));
      worker.postMessage(asked);
    });
  try {
    const armed = await ask({ order: "arm", ...order });
    if (armed.answer !== "armed") throw refusal(armed);
    return {
      version: armed.version,
      judge: async (lines) => {
        const judged = await ask({ order: "judge", lines });
        if (judged.answer !== "judged") throw refusal(judged);
        return judged.judged;
      },
      end: () => worker.terminate(),
    };
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

function refusal(answer: Answer): BundleRefused {
  return new BundleRefused(answer.answer === "refused" ? answer.faults : ["Another answer came."]);
}
