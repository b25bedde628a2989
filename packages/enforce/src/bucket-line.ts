import { setTimeout as sleep } from "node:timers/promises";
import { type AppendDoor, connectBucket, type WriterKey } from "@writ/bucket/append";
import { formatDecisionId } from "@writ/contract/decision-id";
import { raiseEpoch } from "./epoch-counter.ts";

/** A place in the order of attempts: its id, and the one connection on which it may be recorded. */
export interface Place {
  readonly decisionId: string;
  /** Null while no Bucket is connected: the attempt then ends unrecorded, so as BLOCK. */
  readonly door: AppendDoor | null;
}

export interface LineOptions {
  readonly socketPath: string;
  readonly origin: string;
  /** vkey of the log; a Bucket under another key is refused. */
  readonly logKey: string;
  readonly writer: WriterKey;
  /** File of the epoch counter, beside the writer's key. */
  readonly epochFile: string;
  /** Told of each change, for the operator's log; `detail` is for people. */
  readonly onChange: (state: "connected" | "lost" | "refused", detail: string) => void;
}

const firstPause = 50;
const longestPause = 5_000;

/**
 * The gateway's standing line to its Bucket. It reconnects with a growing pause and a higher epoch;
 * it never resends: an attempt belongs to the connection under which it began (rules §6.1).
 */
export class BucketLine {
  readonly #options: LineOptions;
  readonly #stopped = new AbortController();
  #epoch: number;
  #taken = 0;
  #door: AppendDoor | null = null;

  private constructor(options: LineOptions, epoch: number) {
    this.#options = options;
    this.#epoch = epoch;
  }

  /** Makes one try to connect, then keeps trying in the background. */
  static async open(options: LineOptions): Promise<BucketLine> {
    const line = new BucketLine(options, await raiseEpoch(options.epochFile));
    await line.#connect();
    void line.#keep();
    return line;
  }

  get connected(): boolean {
    return this.#door !== null;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Takes the next number. What is taken and never recorded shows an auditor as a hole. */
  take(): Place {
    this.#taken += 1;
    const { name } = this.#options.writer;
    return {
      decisionId: formatDecisionId(name, this.#epoch, this.#taken),
      door: this.#door,
    };
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#door?.close();
  }

  async #keep(): Promise<void> {
    let pause = firstPause;
    while (!this.#stopped.signal.aborted) {
      if (this.#door !== null) {
        const since = performance.now();
        await this.#door.closed;
        this.#door = null;
        if (this.#stopped.signal.aborted) return;
        this.#options.onChange("lost", "the Bucket's connection closed; every attempt is BLOCK");
        // A Bucket that lets in and hangs up at once is pressed no harder than one that is away.
        if (performance.now() - since > pause) pause = firstPause;
      }
      await this.#rest(pause);
      pause = Math.min(pause * 2, longestPause);
      if (this.#stopped.signal.aborted) return;
      if (await this.#nextEpoch()) await this.#connect();
    }
  }

  /** Ends early when the line is closed. */
  async #rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopped.signal }).catch(() => {});
  }

  /**
   * A handshake that failed may still have spent its epoch at the Bucket, so each try takes a new
   * one. False if none could be stored: then there is nothing to connect with.
   */
  async #nextEpoch(): Promise<boolean> {
    try {
      this.#epoch = await raiseEpoch(this.#options.epochFile);
      this.#taken = 0;
      return true;
    } catch (error) {
      this.#options.onChange("refused", message(error));
      return false;
    }
  }

  async #connect(): Promise<void> {
    const { socketPath, origin, logKey, writer } = this.#options;
    const epoch = this.#epoch;
    try {
      const door = await connectBucket({ socketPath, origin, logKey, writer, epoch });
      if (this.#stopped.signal.aborted) return await door.close();
      this.#door = door;
      this.#options.onChange("connected", `epoch ${epoch}`);
    } catch (error) {
      this.#options.onChange("refused", message(error));
    }
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
