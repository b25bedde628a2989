/**
 * The sequence numbers seen of one writer in one epoch. Attempts land nearly in order, so chunks
 * fill up and are forgotten below a watermark: an honest log costs a few hundred bytes whatever
 * its length, and a hostile one a chunk for each event, never more than linear time.
 */
export class SequenceSet {
  #highest = 0;
  /** All chunks below this one are full and no longer held. */
  #watermark = 0;
  readonly #chunks = new Map<number, Uint32Array>();

  /** The highest sequence seen; 0 if none. */
  get highest(): number {
    return this.#highest;
  }

  /** Notes a sequence (a safe integer ≥ 1). False if it had been seen before. */
  add(sequence: number): boolean {
    const bit = sequence - 1;
    const chunkIndex = Math.floor(bit / CHUNK_BITS);
    if (chunkIndex < this.#watermark) return false;
    const chunk = this.#chunk(chunkIndex);
    const word = Math.floor((bit % CHUNK_BITS) / 32);
    const mask = 1 << (bit % 32);
    const before = chunk[word] ?? 0;
    if ((before & mask) !== 0) return false;
    chunk[word] = before | mask;
    if (sequence > this.#highest) this.#highest = sequence;
    if (chunkIndex === this.#watermark && chunk[word] === FULL_WORD) this.#forgetFullChunks();
    return true;
  }

  /** Ranges `[from, to]` below the highest sequence that were never seen, in order. */
  *holes(): Generator<readonly [from: number, to: number]> {
    let next = this.#watermark * CHUNK_BITS + 1;
    for (const chunkIndex of [...this.#chunks.keys()].sort((a, b) => a - b)) {
      const chunk = this.#chunks.get(chunkIndex) ?? new Uint32Array(CHUNK_WORDS);
      for (const sequence of members(chunk, chunkIndex * CHUNK_BITS + 1)) {
        if (sequence > next) yield [next, sequence - 1];
        next = sequence + 1;
      }
    }
  }

  #chunk(index: number): Uint32Array {
    const known = this.#chunks.get(index);
    if (known !== undefined) return known;
    const made = new Uint32Array(CHUNK_WORDS);
    this.#chunks.set(index, made);
    return made;
  }

  #forgetFullChunks(): void {
    while (this.#chunks.get(this.#watermark)?.every((word) => word === FULL_WORD)) {
      this.#chunks.delete(this.#watermark);
      this.#watermark += 1;
    }
  }
}

const CHUNK_WORDS = 32;
const CHUNK_BITS = CHUNK_WORDS * 32;
const FULL_WORD = 0xffffffff;

function* members(chunk: Uint32Array, first: number): Generator<number> {
  for (let word = 0; word < CHUNK_WORDS; word++) {
    const bits = chunk[word] ?? 0;
    for (let bit = 0; bit < 32; bit++) {
      if ((bits & (1 << bit)) !== 0) yield first + word * 32 + bit;
    }
  }
}
