import type { Violation } from "@writ/bucket/read/tiles-door";

/** Lines a second; whoever sends more has them counted, not the disk filled. */
const MOST_LINES = 20;
const MOST_PATH = 200;

export interface ViolationLogOptions {
  readonly process: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Takes one line, without its newline. */
  readonly write: (line: string) => void;
}

/**
 * Writes each request that asked for more than reading as a line of JSON (rules §5): time, process,
 * event, method, path. Beyond MOST_LINES in one second they are counted, and the count is written
 * with the next line.
 */
export class ViolationLog {
  readonly #options: ViolationLogOptions;
  #second = 0;
  #lines = 0;
  #unwritten = 0;

  constructor(options: ViolationLogOptions) {
    this.#options = options;
  }

  take({ method, path }: Violation): void {
    const { process, now, write } = this.#options;
    const time = now();
    const second = Math.floor(time / 1000);
    if (second !== this.#second) this.#lines = 0;
    this.#second = second;
    this.#lines += 1;
    if (this.#lines > MOST_LINES) {
      this.#unwritten += 1;
      return;
    }
    const unwritten = this.#unwritten === 0 ? {} : { unwritten_before: this.#unwritten };
    this.#unwritten = 0;
    const line = {
      time: new Date(time).toISOString(),
      process,
      event: "violation",
      method: method.slice(0, MOST_PATH),
      path: path.slice(0, MOST_PATH),
      ...unwritten,
    };
    write(JSON.stringify(line));
  }
}
