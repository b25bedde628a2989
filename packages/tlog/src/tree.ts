import {
  type Coordinate,
  carryOut,
  type HashReader,
  type Plan,
  requireSize,
  subtrees,
} from "./coordinate.ts";
import { emptyRoot, HASH_SIZE, nodeHash, nodeHashInto, requireHash } from "./hash.ts";

const MAX_LEVELS = 53;
const SIZE_BYTES = 8;

/** Bytes that are not the frontier of any tree. */
export class FrontierRefused extends Error {
  override readonly name = "FrontierRefused";
  readonly code = "FRONTIER_MALFORMED";
}

/**
 * The right edge of a growing tree: the roots of its complete subtrees, at most one a level. That
 * is all an appender needs, so its memory is 1.7 kB however large the log.
 */
export class Frontier {
  #size = 0;
  // The peak of level l stands at 32·l, and counts while bit l of the size is set.
  readonly #peaks = new Uint8Array(MAX_LEVELS * HASH_SIZE);
  readonly #carry = new Uint8Array(HASH_SIZE);

  /** Leaves so far. */
  get size(): number {
    return this.#size;
  }

  /** Appends a leaf by its hash (`leafHash`). One inner hash on average, log2(size) at most. */
  append(leaf: Uint8Array): void {
    this.appendSubtree(leaf, 0);
  }

  /**
   * Appends the 2^level leaves of a complete subtree by its root. Throws a RangeError unless the
   * size is a multiple of their number: elsewhere they are no subtree.
   */
  appendSubtree(root: Uint8Array, level: number): void {
    const width = 2 ** level;
    requireHash(root);
    requireSize(this.#size + width);
    if (this.#size % width !== 0) {
      throw new RangeError(`a subtree of ${width} leaves cannot begin at ${this.#size}`);
    }
    this.#carry.set(root);
    let at = level;
    for (let rest = this.#size / width; rest % 2 === 1; rest = (rest - 1) / 2) {
      nodeHashInto(this.#peaks, at * HASH_SIZE, this.#carry, 0, this.#carry, 0);
      at += 1;
    }
    this.#peaks.set(this.#carry, at * HASH_SIZE);
    this.#size += width;
  }

  /** Appends leaves by their hashes, packed: 32 bytes each, in order. */
  appendAll(leaves: Uint8Array): void {
    if (leaves.length % HASH_SIZE !== 0) throw new RangeError("give 32 bytes for each leaf");
    requireSize(this.#size + leaves.length / HASH_SIZE);
    for (let at = 0; at < leaves.length; at += HASH_SIZE) this.#appendAt(leaves, at);
  }

  /** As `append`, without an array for each leaf: there may be 100,000 a second. */
  #appendAt(leaves: Uint8Array, at: number): void {
    const peaks = this.#peaks;
    const size = this.#size;
    this.#size = size + 1;
    if (size % 2 === 0) {
      for (let i = 0; i < HASH_SIZE; i++) peaks[i] = leaves[at + i] ?? 0;
      return;
    }
    const carry = this.#carry;
    nodeHashInto(peaks, 0, leaves, at, carry, 0);
    let level = 1;
    for (let rest = (size - 1) / 2; rest % 2 === 1; rest = (rest - 1) / 2) {
      nodeHashInto(peaks, level * HASH_SIZE, carry, 0, carry, 0);
      level += 1;
    }
    peaks.set(carry, level * HASH_SIZE);
  }

  /** The Merkle tree hash of all leaves so far; a fresh array. */
  root(): Uint8Array {
    return foldRight(this.#peakHashes());
  }

  /** An independent copy. */
  clone(): Frontier {
    const copy = new Frontier();
    copy.#size = this.#size;
    copy.#peaks.set(this.#peaks);
    return copy;
  }

  /** The size, 8 bytes big-endian, then the peaks from the largest subtree to the smallest. */
  toBytes(): Uint8Array {
    const peaks = this.#peakHashes();
    const bytes = new Uint8Array(SIZE_BYTES + peaks.length * HASH_SIZE);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(this.#size));
    peaks.forEach((peak, i) => {
      bytes.set(peak, SIZE_BYTES + i * HASH_SIZE);
    });
    return bytes;
  }

  /** The inverse of `toBytes`. Throws FrontierRefused for bytes that it never gives. */
  static fromBytes(bytes: Uint8Array): Frontier {
    if (bytes.length < SIZE_BYTES) throw new FrontierRefused("frontier: give at least 8 bytes");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = Number(view.getBigUint64(0));
    if (!Number.isSafeInteger(size))
      throw new FrontierRefused("frontier: keep the size below 2^53");
    const coordinates = subtrees(0, size);
    if (bytes.length !== SIZE_BYTES + coordinates.length * HASH_SIZE) {
      throw new FrontierRefused("frontier: give one hash for each bit set in the size");
    }
    return Frontier.fromPeaks(
      size,
      coordinates.map((_, i) =>
        bytes.subarray(SIZE_BYTES + i * HASH_SIZE, SIZE_BYTES + (i + 1) * HASH_SIZE),
      ),
    );
  }

  /** The frontier of a tree of `size` from the hashes at `subtrees(0, size)`, in that order. */
  static fromPeaks(size: number, peaks: readonly Uint8Array[]): Frontier {
    requireSize(size);
    const coordinates = subtrees(0, size);
    requireCount(peaks, coordinates.length);
    const frontier = new Frontier();
    frontier.#size = size;
    coordinates.forEach(({ level }, i) => {
      frontier.#peaks.set(hashAt(peaks, i), level * HASH_SIZE);
    });
    return frontier;
  }

  #peakHashes(): Uint8Array[] {
    return subtrees(0, this.#size).map(({ level }) =>
      this.#peaks.subarray(level * HASH_SIZE, (level + 1) * HASH_SIZE),
    );
  }
}

/** What to read for the root of the tree of `size` leaves. */
export function planTreeHash(size: number): Plan<Uint8Array> {
  requireSize(size);
  return planRangeHash(0, size);
}

/** The Merkle tree hash of the first `size` leaves, from stored hashes. */
export function treeHash(size: number, reader: HashReader): Uint8Array {
  return carryOut(planTreeHash(size), reader);
}

/** What to read for the hash of leaves [from, to), a node of some tree that RFC 6962 splits. */
export function planRangeHash(from: number, to: number): Plan<Uint8Array> {
  const coordinates: readonly Coordinate[] = subtrees(from, to);
  return {
    coordinates,
    fold(hashes: readonly Uint8Array[]): Uint8Array {
      requireCount(hashes, coordinates.length);
      return foldRight(hashes);
    },
  };
}

/** The largest subtree stands leftmost, so the fold runs from the right: a ∘ (b ∘ (c ∘ d)). */
function foldRight(hashes: readonly Uint8Array[]): Uint8Array {
  const last = hashes.at(-1);
  if (last === undefined) return emptyRoot();
  return hashes
    .slice(0, -1)
    .reduceRight((right, left) => nodeHash(left, right), new Uint8Array(last));
}

function requireCount(hashes: readonly Uint8Array[], count: number): void {
  if (hashes.length !== count) {
    throw new RangeError(`give one hash for each coordinate: ${count}, not ${hashes.length}`);
  }
  hashes.forEach(requireHash);
}

function hashAt(hashes: readonly Uint8Array[], i: number): Uint8Array {
  const hash = hashes[i];
  if (hash === undefined) throw new RangeError(`no hash at ${i}`);
  return hash;
}
