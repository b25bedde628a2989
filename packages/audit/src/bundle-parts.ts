import { HASH_SIZE } from "@writ/tlog/hash";
import { TILE_WIDTH } from "@writ/tlog/tile-path";
import type { BundlePart } from "./facts.ts";

const START_BYTES = 16 * 1024;

/** Gathers consecutive entries and gives them out tile width by tile width. */
export class BundleParts {
  #first = 0;
  #bytes: Uint8Array = new Uint8Array(START_BYTES);
  #ends: number[] = [];
  readonly #leaves = new Uint8Array(TILE_WIDTH * HASH_SIZE);
  #leafEnd = 0;

  /** Index of the next entry. */
  get next(): number {
    return this.#first + this.#ends.length;
  }

  /** Forgets what there is; the next entry has this index. */
  startAt(index: number): void {
    this.#first = index;
    this.#ends = [];
    this.#leafEnd = 0;
  }

  /**
   * Appends entries as a bundle or a frame holds them, each behind its length, with their leaf
   * hashes, and gives the parts that they complete. A part's arrays are the taker's.
   */
  append({ bytes, ends, leaves }: Omit<BundlePart, "firstIndex">): BundlePart[] {
    const complete: BundlePart[] = [];
    for (let from = 0; from < ends.length; ) {
      const room = TILE_WIDTH - (this.next % TILE_WIDTH);
      const to = Math.min(ends.length, from + room);
      this.#take(bytes, ends, from, to);
      this.#leaves.set(leaves.subarray(from * HASH_SIZE, to * HASH_SIZE), this.#leafEnd);
      this.#leafEnd += (to - from) * HASH_SIZE;
      const part = this.next % TILE_WIDTH === 0 ? this.take() : undefined;
      if (part !== undefined) complete.push(part);
      from = to;
    }
    return complete;
  }

  /** What there is, if anything; the next part begins after it. */
  take(): BundlePart | undefined {
    const count = this.#ends.length;
    if (count === 0) return undefined;
    const part = {
      firstIndex: this.#first,
      bytes: this.#bytes.slice(0, this.#ends.at(-1)),
      ends: this.#ends,
      leaves: this.#leaves.slice(0, this.#leafEnd),
    };
    this.startAt(this.#first + count);
    return part;
  }

  #take(bytes: Uint8Array, ends: readonly number[], from: number, to: number): void {
    const start = from === 0 ? 0 : (ends[from - 1] ?? 0);
    const held = this.#ends.at(-1) ?? 0;
    const piece = bytes.subarray(start, ends[to - 1]);
    if (held + piece.length > this.#bytes.length) this.#grow(held, held + piece.length);
    this.#bytes.set(piece, held);
    for (let i = from; i < to; i++) this.#ends.push(held + (ends[i] ?? 0) - start);
  }

  #grow(held: number, needed: number): void {
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, held));
    this.#bytes = larger;
  }
}
