import { sha256 } from "@noble/hashes/sha2.js";

/** RFC 6962 §2.1 word for word over leaves in memory, by a SHA-256 that the package itself does not use in Node. */
export class NaiveTree {
  readonly leaves: readonly Uint8Array[];
  readonly #nodes = new Map<string, Uint8Array>();

  constructor(leaves: readonly Uint8Array[]) {
    this.leaves = leaves;
  }

  /** MTH(D[from:to]). */
  root(from: number, to: number): Uint8Array {
    const key = `${from}:${to}`;
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    const hash = this.#compute(from, to);
    this.#nodes.set(key, hash);
    return hash;
  }

  #compute(from: number, to: number): Uint8Array {
    if (from === to) return sha256(new Uint8Array(0));
    if (to - from === 1) return sha256(Uint8Array.of(0, ...(this.leaves[from] ?? [])));
    const k = largestPowerBelow(to - from);
    return sha256(Uint8Array.of(1, ...this.root(from, from + k), ...this.root(from + k, to)));
  }

  /** PATH(m, D[from:to]) (§2.1.1). */
  path(m: number, from: number, to: number): Uint8Array[] {
    if (to - from === 1) return [];
    const k = largestPowerBelow(to - from);
    return m < k
      ? [...this.path(m, from, from + k), this.root(from + k, to)]
      : [...this.path(m - k, from + k, to), this.root(from, from + k)];
  }

  /** SUBPROOF(m, D[from:to], whole) (§2.1.2). */
  subproof(m: number, from: number, to: number, whole: boolean): Uint8Array[] {
    if (m === to - from) return whole ? [] : [this.root(from, to)];
    const k = largestPowerBelow(to - from);
    return m <= k
      ? [...this.subproof(m, from, from + k, whole), this.root(from + k, to)]
      : [...this.subproof(m - k, from + k, to, false), this.root(from, from + k)];
  }
}

function largestPowerBelow(n: number): number {
  let k = 1;
  while (2 * k < n) k *= 2;
  return k;
}

/** Entries that differ from one another and in length. */
export function sampleEntries(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) =>
    new TextEncoder().encode(`entry ${i} ${"x".repeat(i % 7)}`),
  );
}

/** The hash of a naive tree's complete subtrees, as a HashReader. */
export function naiveReader(tree: NaiveTree): {
  readHashes(coordinates: readonly { level: number; index: number }[]): Uint8Array[];
} {
  return {
    readHashes: (coordinates) =>
      coordinates.map(({ level, index }) =>
        tree.root(index * 2 ** level, (index + 1) * 2 ** level),
      ),
  };
}
