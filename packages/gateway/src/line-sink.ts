import { createWriteStream } from "node:fs";
import type { Writable } from "node:stream";

/** Characters that wait for a stream that takes them slowly; beyond, lines are dropped and counted. */
const MOST_WAITING = 1024 * 1024;

/** Where lines of a log go. A reader that is slow, stuck or gone costs lines, never attempts. */
export interface LineSink {
  /** Takes one line with its newline. Never blocks on a pipe, never throws, never waits. */
  write(line: string): void;
  /** Lines that were not written since the start. */
  readonly dropped: number;
  /** Opens its file again, after a rotation or a full disk; a stream of the process stays. */
  reopen(): void;
  /** Resolves once all is written, or after `patienceMs`. */
  close(patienceMs: number): Promise<void>;
}

/** Lines to a stream of the process, which stays open. */
export function streamSink(stream: Writable): LineSink {
  return new BoundedSink(() => stream, false);
}

/** Lines appended to a file that only its owner reads. */
export function fileSink(path: string): LineSink {
  return new BoundedSink(() => createWriteStream(path, { flags: "a", mode: 0o600 }), true);
}

class BoundedSink implements LineSink {
  readonly #open: () => Writable;
  readonly #owned: boolean;
  #stream: Writable;
  #waiting = "";
  #isPlanned = false;
  #dropped = 0;
  #untold = 0;

  constructor(open: () => Writable, owned: boolean) {
    this.#open = open;
    this.#owned = owned;
    this.#stream = this.#opened();
  }

  get dropped(): number {
    return this.#dropped;
  }

  write(line: string): void {
    if (this.#waiting.length + this.#stream.writableLength > MOST_WAITING || this.#isGone) {
      this.#dropped += 1;
      this.#untold += 1;
      return;
    }
    if (this.#untold > 0) {
      this.#waiting += `${JSON.stringify({ event: "lines_dropped", count: this.#untold })}\n`;
      this.#untold = 0;
    }
    this.#waiting += line;
    if (this.#isPlanned) return;
    // All lines of one turn of the loop are one write.
    this.#isPlanned = true;
    setImmediate(() => this.#flush());
  }

  reopen(): void {
    if (!this.#owned) return;
    this.#flush();
    this.#stream.end();
    this.#stream = this.#opened();
  }

  async close(patienceMs: number): Promise<void> {
    this.#flush();
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, patienceMs);
      const done = (): void => {
        clearTimeout(late);
        resolve();
      };
      if (this.#isGone) done();
      else if (this.#owned) this.#stream.end(done);
      else this.#stream.write("", done);
    });
  }

  get #isGone(): boolean {
    return this.#stream.destroyed || this.#stream.writableEnded;
  }

  #flush(): void {
    this.#isPlanned = false;
    const text = this.#waiting;
    if (text === "") return;
    this.#waiting = "";
    if (!this.#isGone) this.#stream.write(text);
  }

  #opened(): Writable {
    const stream = this.#open();
    // What cannot be written is dropped; a log is no reason to end.
    stream.on("error", () => {});
    return stream;
  }
}
