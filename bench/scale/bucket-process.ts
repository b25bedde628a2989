import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { endWithUs } from "../bucket/living.ts";
import type { FromBucket, ToBucket } from "./messages.ts";

const script = join(import.meta.dirname, "bucket.ts");

/** A running Bucket over one data folder. */
export class BucketProcess {
  /** Milliseconds that it took to open constitution, log and socket. */
  readonly openMs: number;
  readonly #process: ChildProcess;

  static async start(data: string): Promise<BucketProcess> {
    const process = fork(script, [data], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    endWithUs(process);
    const message = await heard(process);
    if (message.kind !== "open") throw new Error(`the Bucket said ${message.kind} first`);
    return new BucketProcess(process, message.ms);
  }

  private constructor(process: ChildProcess, openMs: number) {
    this.#process = process;
    this.openMs = openMs;
  }

  async usage(): Promise<{ readonly rss: number; readonly cpuSeconds: number }> {
    const message = await this.#ask("usage");
    if (message.kind !== "usage") throw new Error(`the Bucket said ${message.kind}`);
    return message;
  }

  /** Ends it in good order; gives the milliseconds that its close took. */
  async stop(): Promise<number> {
    const ended = once(this.#process, "exit");
    const message = await this.#ask("stop");
    if (message.kind !== "closed") throw new Error(`the Bucket said ${message.kind}`);
    await ended;
    return message.ms;
  }

  async kill(): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }

  #ask(message: ToBucket): Promise<FromBucket> {
    const answer = heard(this.#process);
    this.#process.send(message);
    return answer;
  }
}

function heard(process: ChildProcess): Promise<FromBucket> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new Error("the Bucket's process ended"));
    process.once("exit", fail);
    process.once("message", (message: FromBucket) => {
      process.off("exit", fail);
      resolve(message);
    });
  });
}
