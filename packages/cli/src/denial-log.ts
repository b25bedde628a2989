import type { Denial } from "@writ/bucket/append/server";

/** Lines a second; whoever provokes more has them counted, not the disk filled. */
const MOST_LINES = 20;
const MOST_DETAIL = 300;

export interface DenialLogOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Takes one line, without its newline. */
  readonly write: (line: string) => void;
}

/**
 * Tells an operator of everything that the Bucket turned away, as lines of JSON: time, process,
 * event (violation, refusal or rejection), cause, code, writer, detail, and how often that cause has
 * come up since the start. Beyond MOST_LINES a second denials are counted only.
 */
export class DenialLog {
  readonly #options: DenialLogOptions;
  readonly #counts = new Map<Denial["cause"], number>();
  #second = 0;
  #lines = 0;
  #unwritten = 0;

  constructor(options: DenialLogOptions) {
    this.#options = options;
  }

  /** How often each cause has come up. */
  get counts(): ReadonlyMap<Denial["cause"], number> {
    return this.#counts;
  }

  take(denial: Denial): void {
    const count = (this.#counts.get(denial.cause) ?? 0) + 1;
    this.#counts.set(denial.cause, count);
    const time = this.#options.now();
    if (!this.#mayWrite(Math.floor(time / 1000))) {
      this.#unwritten += 1;
      return;
    }
    const { kind, cause, writer, detail } = denial;
    const unwritten = this.#unwritten === 0 ? {} : { unwritten_before: this.#unwritten };
    this.#unwritten = 0;
    this.#options.write(
      JSON.stringify({
        time: new Date(time).toISOString(),
        process: "bucket",
        event: kind,
        cause,
        ...("code" in denial ? { code: denial.code } : {}),
        writer,
        detail: detail.slice(0, MOST_DETAIL),
        count,
        ...unwritten,
      }),
    );
  }

  #mayWrite(second: number): boolean {
    if (second !== this.#second) this.#lines = 0;
    this.#second = second;
    this.#lines += 1;
    return this.#lines <= MOST_LINES;
  }
}
