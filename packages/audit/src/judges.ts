import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { LogRange } from "@writ/bucket/read/log-ranges";
import type { RangeFacts } from "./facts.ts";
import type { Brief } from "./range-judge.ts";

/** What a judge's thread is started with. */
export interface JudgeData {
  readonly path: string;
  readonly brief: Brief;
}

/** Ranges given out ahead of the one that is wanted next, for each judge: its memory, and no idle moment. */
const AHEAD = 2;

/** Judges of one Bucket's ranges, a thread each. */
export class Judges {
  readonly #judges: readonly Judge[];

  constructor(path: string, brief: Brief, threads: number) {
    this.#judges = Array.from({ length: threads }, () => new Judge({ path, brief }));
  }

  /** The facts of each range, in the ranges' order. Rejects with what a judge threw. */
  async *judge(ranges: Iterable<LogRange>): AsyncGenerator<RangeFacts, void, void> {
    const underWay: Promise<RangeFacts>[] = [];
    for (const range of ranges) {
      underWay.push(this.#least().judge(range));
      if (underWay.length < AHEAD * this.#judges.length) continue;
      const first = await underWay.shift();
      if (first !== undefined) yield first;
    }
    for (const rest of underWay) yield await rest;
  }

  async end(): Promise<void> {
    await Promise.all(this.#judges.map((judge) => judge.end()));
  }

  #least(): Judge {
    return this.#judges.reduce((least, one) => (one.waiting < least.waiting ? one : least));
  }
}

interface Waiting {
  resolve(facts: RangeFacts): void;
  reject(error: unknown): void;
}

/** One thread; it answers in the order in which it is asked. */
class Judge {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];

  constructor(workerData: JudgeData) {
    this.#worker = new Worker(join(import.meta.dirname, "judge-thread.ts"), { workerData });
    this.#worker.on("message", (facts: RangeFacts) => this.#waiting.shift()?.resolve(facts));
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.on("exit", () => this.#fail(new Error("a thread that verified has ended early")));
  }

  /** Ranges asked for and not yet answered. */
  get waiting(): number {
    return this.#waiting.length;
  }

  judge(range: LogRange): Promise<RangeFacts> {
    const facts = new Promise<RangeFacts>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
    // Whoever stops early awaits no more of them.
    facts.catch(() => {});
    this.#worker.postMessage(range);
    return facts;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
