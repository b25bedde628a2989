import type { RefusalCause } from "./refusal.ts";

/**
 * What of each body is outside the budget. Whoever fills the budget with large bodies leaves room
 * for the small ones of everybody else; the number of connections bounds these.
 */
export const freeBytes = 16_384;

/** Bytes of bodies that may be held at once. */
export class BodyBudget {
  readonly #most: number;
  #held = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get held(): number {
    return this.#held;
  }

  /** False, and nothing taken, if there is no room. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.#most) return false;
    this.#held += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}

const NOTHING = new Uint8Array();

/** A body or a line as it arrives: bounded, and with its share of the budget until `release`. */
export class HeldBytes {
  readonly #limit: number;
  readonly #budget: BodyBudget;
  #bytes: Uint8Array = NOTHING;
  #length = 0;
  /** True once `#bytes` is a room of our own to copy into, not a piece as it came. */
  #isRoom = false;
  #taken = 0;

  constructor(limit: number, budget: BodyBudget) {
    this.#limit = limit;
    this.#budget = budget;
  }

  get length(): number {
    return this.#length;
  }

  /** Adds a piece, or says why not; then nothing is held any more. The piece must not change. */
  push(piece: Uint8Array): RefusalCause | undefined {
    const length = this.#length + piece.length;
    if (length > this.#limit) return this.#refused("TOO_LARGE");
    if (this.#length === 0) {
      if (!this.#hold(length)) return this.#refused("BODIES");
      this.#bytes = piece;
    } else {
      if (!this.#makeRoom(length)) return this.#refused("BODIES");
      this.#bytes.set(piece, this.#length);
    }
    this.#length = length;
    return undefined;
  }

  /** All of it; valid until `release`. */
  get bytes(): Uint8Array {
    return this.#isRoom ? this.#bytes.subarray(0, this.#length) : this.#bytes;
  }

  /** Gives its share of the budget back; again does nothing. */
  release(): void {
    if (this.#taken > 0) this.#budget.give(this.#taken);
    this.#taken = 0;
    this.#bytes = NOTHING;
    this.#length = 0;
    this.#isRoom = false;
  }

  /** Room grows by doubling: a body in pieces of one byte is copied twice, not a million times. */
  #makeRoom(length: number): boolean {
    if (this.#isRoom && length <= this.#bytes.length) return true;
    const room = Math.min(this.#limit, Math.max(length, 2 * this.#length, 1_024));
    if (!this.#hold(room)) return false;
    const bytes = new Uint8Array(room);
    bytes.set(this.#isRoom ? this.#bytes.subarray(0, this.#length) : this.#bytes);
    this.#bytes = bytes;
    this.#isRoom = true;
    return true;
  }

  #hold(bytes: number): boolean {
    const more = bytes - freeBytes - this.#taken;
    if (more <= 0) return true;
    if (!this.#budget.take(more)) return false;
    this.#taken += more;
    return true;
  }

  #refused(cause: RefusalCause): RefusalCause {
    this.release();
    return cause;
  }
}
