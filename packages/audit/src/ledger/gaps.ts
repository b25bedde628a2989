/** Sequences from … to, both included. */
export type SequenceRange = readonly [from: number, to: number];

/**
 * Which sequences of one gateway's epoch are recorded: the highest, and the ranges below it that are
 * not. Attempts land in nearly their own order, so there are few ranges at any moment.
 */
export class Gaps {
  #highest: number;
  readonly #ranges: [from: number, to: number][];

  /** `ranges` are those known to be missing below `highest`, in order. */
  constructor(highest = 0, ranges: readonly SequenceRange[] = []) {
    this.#highest = highest;
    this.#ranges = ranges.map(([from, to]) => [from, to]);
  }

  get highest(): number {
    return this.#highest;
  }

  get ranges(): readonly SequenceRange[] {
    return this.#ranges;
  }

  /** How many sequences are missing. */
  get missing(): number {
    return this.#ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  }

  /** Notes that a sequence is recorded. */
  add(sequence: number): void {
    if (sequence > this.#highest) {
      if (sequence > this.#highest + 1) this.#ranges.push([this.#highest + 1, sequence - 1]);
      this.#highest = sequence;
      return;
    }
    const at = this.#place(sequence);
    const range = this.#ranges[at];
    if (range === undefined || range[0] > sequence) return;
    const [from, to] = range;
    const left: [number, number][] = [];
    if (from < sequence) left.push([from, sequence - 1]);
    if (sequence < to) left.push([sequence + 1, to]);
    this.#ranges.splice(at, 1, ...left);
  }

  /** Place of the first range that ends at `sequence` or behind it. */
  #place(sequence: number): number {
    let [low, high] = [0, this.#ranges.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ranges[middle]?.[1] ?? 0) < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
