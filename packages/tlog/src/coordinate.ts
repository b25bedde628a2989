/**
 * A complete subtree: node `index` of `level`, the root of the 2^level leaves from
 * `index · 2^level` on. Such a node never changes once its last leaf is there, which is why only
 * these are stored and everything else is folded from them.
 */
export interface Coordinate {
  readonly level: number;
  readonly index: number;
}

/**
 * What to read, and what to make of it. Kept apart so that a caller who reads synchronously from a
 * file and one who fetches in a browser run the same code in between.
 *
 * `fold` takes exactly one hash for each coordinate, in their order, and throws a RangeError
 * otherwise. It believes them: a result made of hashes from elsewhere means nothing until it has
 * been checked against a signed root.
 */
export interface Plan<Result> {
  readonly coordinates: readonly Coordinate[];
  fold(hashes: readonly Uint8Array[]): Result;
}

/** Reads the hashes of complete subtrees: one 32-byte hash for each coordinate, in their order. */
export interface HashReader {
  readHashes(coordinates: readonly Coordinate[]): readonly Uint8Array[];
}

/** Carries a plan out with one batch of reads (none if it needs no hash). */
export function carryOut<Result>(plan: Plan<Result>, reader: HashReader): Result {
  return plan.fold(plan.coordinates.length === 0 ? [] : reader.readHashes(plan.coordinates));
}

/** The largest power of two smaller than `n`, for n ≥ 2 (RFC 6962 §2.1's k). */
export function splitPoint(n: number): number {
  // No bit operators: they cut to 32 bits, and sizes go to 2^53 − 1.
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/**
 * The complete subtrees that leaves [from, to) decompose into, from left to right. `from` must be
 * a multiple of the largest power of two ≤ to − from, as it is wherever RFC 6962 splits a tree.
 */
export function subtrees(from: number, to: number): Coordinate[] {
  const found: Coordinate[] = [];
  let at = from;
  while (at < to) {
    const { level, width } = largestWithin(to - at);
    found.push({ level, index: at / width });
    at += width;
  }
  return found;
}

function largestWithin(leaves: number): { level: number; width: number } {
  let level = 0;
  let width = 1;
  while (width * 2 <= leaves) {
    width *= 2;
    level += 1;
  }
  return { level, width };
}

/** Throws a RangeError unless `size` is a tree size: an integer from 0 to 2^53 − 1. */
export function requireSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new RangeError(`a tree size is an integer from 0 to 2^53 - 1, not ${size}`);
  }
}
