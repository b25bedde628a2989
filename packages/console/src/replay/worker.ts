import type { Engine } from "@writ/engine/engine";
import { armBundle, type Judging, judgeLine, readHost } from "./judging.ts";
import type { Answer, Order } from "./worker-words.ts";

/** The thread that judges: the page stays at hand however long it takes. */
interface Thread {
  onmessage: ((event: MessageEvent<Order>) => void) | null;
  postMessage(answer: Answer): void;
}

const thread = self as unknown as Thread;
let armed: { readonly engine: Engine; readonly judging: Judging } | undefined;

thread.onmessage = ({ data }) => {
  thread.postMessage(data.order === "arm" ? armAs(data) : judge(data.lines));
};

function armAs(order: Extract<Order, { order: "arm" }>): Answer {
  const { files, category, otherVersions } = order;
  const read = readHost(order.host);
  if ("fault" in read) return { answer: "refused", faults: [read.fault] };
  const arming = armBundle(files);
  if ("faults" in arming) return { answer: "refused", faults: arming.faults };
  const { engine } = arming;
  armed = {
    engine,
    judging: {
      host: read.host,
      category,
      otherVersions: otherVersions.filter((each) => each !== engine.version),
    },
  };
  return { answer: "armed", version: engine.version };
}

function judge(lines: readonly Uint8Array[]): Answer {
  if (armed === undefined) return { answer: "refused", faults: ["No bundle was armed."] };
  const { engine, judging } = armed;
  return { answer: "judged", judged: lines.map((line) => judgeLine(engine, line, judging)) };
}
