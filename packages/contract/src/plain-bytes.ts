const BACKSLASH = 0x5c;

/**
 * Finds what keeps JSON text from being plain: a byte of a control character, of an escape, or
 * beyond ASCII. Four bytes at a time, because a look at each single one would cost more than all
 * else that reading does.
 */
export class PlainBytes {
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  /** Where the first word begins: words stand at multiples of four in the buffer below the bytes. */
  readonly #first: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#first = Math.min(-bytes.byteOffset & 3, bytes.length);
    const start = bytes.byteOffset + this.#first;
    // Fewer bytes than reach a word may end where no word may begin.
    const count = (bytes.length - this.#first) >> 2;
    this.#words = new Int32Array(bytes.buffer, count === 0 ? 0 : start, count);
  }

  /** The offset of the first byte from `from` on that is not plain; the length if all are. */
  next(from: number): number {
    const words = this.#words;
    const bytes = this.#bytes;
    const first = this.#first;
    let at = from;
    while (((at - first) & 3) !== 0 && at < bytes.length) {
      if (!isPlain(bytes[at] ?? 0)) return at;
      at++;
    }
    let word = (at - first) >> 2;
    while (word < words.length && isPlainWord(words[word] ?? 0)) word++;
    at = Math.max(at, first + (word << 2));
    while (at < bytes.length && isPlain(bytes[at] ?? 0)) at++;
    return at;
  }
}

function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte < 0x80 && byte !== BACKSLASH;
}

/**
 * Whether all four bytes are plain. A byte below 0x20 borrows into its top bit, a backslash is
 * below 1 once 0x5c is taken off by exclusive or, and any other top bit is beyond ASCII.
 */
function isPlainWord(word: number): boolean {
  const escapes = word ^ 0x5c5c5c5c;
  const found = (word - 0x20202020) | ((escapes - 0x01010101) & ~escapes) | word;
  return (found & 0x80808080) === 0;
}
