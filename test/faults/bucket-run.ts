import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connectBucket } from "@writ/bucket/append";
import { openWriterKey } from "@writ/bucket/writer-key";
import { formatDecisionId } from "@writ/contract/decision-id";
import { parseVerifierKey } from "@writ/tlog/note-key";
import type { Deployment } from "../../packages/cli/src/deployment.ts";
import { endOf } from "../serving.ts";
import { eventOf } from "./ledger.ts";

/** A Bucket process, started with a channel to this one. */
export class BucketProcess {
  readonly #child: ChildProcess;
  #stderr = "";
  #failure = "";
  /** True once it can be written to; false if it ended before. */
  readonly ready: Promise<boolean>;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;

  constructor(command: string, words: readonly string[]) {
    // One thread for file calls, so that their order and their count are the same in each run.
    const env = { ...process.env, UV_THREADPOOL_SIZE: "1", UV_USE_IO_URING: "0" };
    const child = spawn(command, words, { stdio: ["ignore", "ignore", "pipe", "ipc"], env });
    this.#child = child;
    child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr += String(chunk);
    });
    this.ended = endOf(child);
    const told = new Promise<boolean>((resolve) => {
      child.on("message", ({ kind, line }: { readonly kind: string; readonly line?: string }) => {
        if (kind === "failed") this.#failure = line ?? "";
        if (kind === "ready") resolve(true);
      });
    });
    this.ready = Promise.race([told, this.ended.then(() => false)]);
  }

  /** What it told of its end, to its parent or on standard error. */
  get reason(): string {
    return `${this.#failure}\n${this.#stderr}`;
  }

  /** Asks it to stop, as the end of its parent would. */
  stop(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

/** What one writer of a deployment asked for and was promised, over all of its connections. */
export class Customer {
  readonly attempted: Set<string> = new Set();
  readonly acknowledged: Set<string> = new Set();
  /** How many appends ended in which way, under this epoch. */
  readonly endings: Map<string, number> = new Map();
  readonly #deployment: Deployment;
  readonly #epoch: number;

  constructor(deployment: Deployment, epoch: number) {
    this.#deployment = deployment;
    this.#epoch = epoch;
  }

  /** The same past, for a copy of the deployment, under a later epoch. */
  of(deployment: Deployment, epoch: number): Customer {
    const next = new Customer(deployment, epoch);
    for (const id of this.attempted) next.attempted.add(id);
    for (const id of this.acknowledged) next.acknowledged.add(id);
    return next;
  }

  /**
   * Connects and appends so many events at once for each of the counts, with a pause after each in
   * which guard and tiles follow. Ends early, and without an error, when the Bucket does.
   */
  async append(counts: readonly number[], pauseMs: number): Promise<void> {
    const { data, socket, vkey, writerKey } = this.#deployment;
    const writer = openWriterKey(readFileSync(writerKey, "utf8"));
    const origin = parseVerifierKey(readFileSync(vkey, "utf8").trim()).name;
    const options = { socketPath: join(data, socket), origin, writer, epoch: this.#epoch };
    const door = await connectBucket(options).catch(() => undefined);
    if (door === undefined) return;
    let sequence = 0;
    let isOpen = true;
    const closed = door.closed.then(() => {
      isOpen = false;
    });
    for (const count of counts) {
      if (!isOpen) break;
      const one = async (id: string): Promise<void> => {
        this.attempted.add(id);
        const ended = await door.append(eventOf(id));
        if (ended.ending === "committed") this.acknowledged.add(id);
        const how = ended.ending === "rejected" ? ended.code : ended.ending;
        this.endings.set(how, 1 + (this.endings.get(how) ?? 0));
      };
      const ids = Array.from({ length: count }, () =>
        formatDecisionId(writer.name, this.#epoch, ++sequence),
      );
      await Promise.all(ids.map(one));
      if (pauseMs > 0) await Promise.race([closed, sleep(pauseMs)]);
    }
    await door.close();
  }
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
