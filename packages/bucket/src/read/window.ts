import type { OpenFile } from "./folder.ts";

const START_BYTES = 1024 * 1024;
const LEAST_BYTES = 4096;

/**
 * A sliding view of one file: holds the bytes from a reader's position on, as many as were asked
 * for. It grows to the largest piece ever asked for and no further, so memory does not follow the
 * size of the file.
 */
export class Window {
  readonly #file: OpenFile;
  #buffer: Uint8Array;
  /** Offset in the file of the first byte held. */
  #at = 0;
  #held = 0;

  /** `expected` is how many bytes will be wanted in all, if that is less than the file has. */
  constructor(file: OpenFile, expected: number = file.size()) {
    this.#file = file;
    this.#buffer = new Uint8Array(Math.min(Math.max(expected, LEAST_BYTES), START_BYTES));
  }

  /**
   * Bytes of the file from `at` on: at least `wanted` of them unless the file ends before. The
   * view is good until the next call.
   */
  from(at: number, wanted: number): Uint8Array {
    if (at < this.#at || at + wanted > this.#at + this.#held) this.#slideTo(at, wanted);
    return this.#buffer.subarray(at - this.#at, this.#held);
  }

  #slideTo(at: number, wanted: number): void {
    const kept = at >= this.#at ? Math.max(0, this.#at + this.#held - at) : 0;
    const needed = Math.min(wanted, Math.max(0, this.#file.size() - at));
    const target = needed > this.#buffer.length ? new Uint8Array(needed) : this.#buffer;
    if (kept > 0) target.set(this.#buffer.subarray(this.#held - kept, this.#held));
    this.#buffer = target;
    this.#at = at;
    this.#held = kept + this.#file.read(at + kept, target.subarray(kept));
  }
}
