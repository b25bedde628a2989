import { type BodyBudget, HeldBytes } from "./held-bytes.ts";
import type { RefusalCause } from "./refusal.ts";

const LF = 10;

/** One line without its LF, or why it is none. */
export type Line = HeldBytes | RefusalCause;

/**
 * Cuts bytes into lines, each ended by LF; the last may lack it. Every LF ends exactly one line, an
 * empty one too, so that the answers of a batch can be counted off against its lines. A line beyond
 * the limit is dropped as it arrives and stands as its refusal.
 */
export class LineFramer {
  readonly #limit: number;
  readonly #budget: BodyBudget;
  #line: Line;

  constructor(limit: number, budget: BodyBudget) {
    this.#limit = limit;
    this.#budget = budget;
    this.#line = new HeldBytes(limit, budget);
  }

  /** The lines that end within this piece. Whoever takes one releases it. */
  *push(piece: Uint8Array): Generator<Line> {
    let at = 0;
    for (let end = piece.indexOf(LF); end >= 0; end = piece.indexOf(LF, at)) {
      this.#add(piece.subarray(at, end));
      at = end + 1;
      yield this.#next();
    }
    if (at < piece.length) this.#add(piece.subarray(at));
  }

  /** What followed the last LF, if anything did. */
  end(): Line | undefined {
    const isEmpty = this.#line instanceof HeldBytes && this.#line.length === 0;
    return isEmpty ? undefined : this.#next();
  }

  /** Drops what is held of a line that has not ended. */
  drop(): void {
    if (this.#line instanceof HeldBytes) this.#line.release();
  }

  #add(piece: Uint8Array): void {
    if (this.#line instanceof HeldBytes) this.#line = this.#line.push(piece) ?? this.#line;
  }

  #next(): Line {
    const line = this.#line;
    this.#line = new HeldBytes(this.#limit, this.#budget);
    return line;
  }
}
