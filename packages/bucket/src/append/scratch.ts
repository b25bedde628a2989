/** What is larger than this is not kept: it was an exception. */
const MOST_BYTES: number = 8 * 1024 * 1024;
const LEAST_BYTES: number = 64 * 1024;

/**
 * Memory that is written over and over: for bytes that are done with before the next ones are made. A
 * fresh buffer for each would be paged in by the system and collected, thousands of times a second.
 */
export class Scratch {
  #bytes = Buffer.alloc(0);

  /** `length` bytes that are anything. What was taken before must not be used any more. */
  take(length: number): Buffer {
    if (length > MOST_BYTES) return Buffer.allocUnsafeSlow(length);
    if (length > this.#bytes.length) {
      this.#bytes = Buffer.allocUnsafeSlow(Math.max(LEAST_BYTES, 2 * length));
    }
    return this.#bytes.subarray(0, length);
  }
}
