import type { HashReader } from "./coordinate.ts";
import { leafHash } from "./hash.ts";
import { NaiveTree, naiveReader, sampleEntries } from "./naive-tree.test-support.ts";
import { type ConsistencyClaim, type InclusionClaim, ProofRefused } from "./proof.ts";

export const SIZES: number = 300;
const EVERY_BIT_UP_TO = 32;
export const tree: NaiveTree = new NaiveTree(sampleEntries(SIZES));
const leaves = tree.leaves.map(leafHash);
export const reader: HashReader = naiveReader(tree);
const root = (size: number): Uint8Array => tree.root(0, size).slice();

export function inclusionClaim(index: number, size: number): InclusionClaim {
  return { index, leaf: (leaves[index] ?? new Uint8Array(0)).slice(), size, root: root(size) };
}

export function consistencyClaim(oldSize: number, newSize: number): ConsistencyClaim {
  return { oldSize, oldRoot: root(oldSize), newSize, newRoot: root(newSize) };
}

export function refused(verify: () => void): boolean {
  try {
    verify();
    return false;
  } catch (error) {
    if (error instanceof ProofRefused) return true;
    throw error;
  }
}

/** Flips the chosen bits of each hash in place, one at a time, and sees each refused. */
export function everyFlipRefused(
  hashes: readonly Uint8Array[],
  bits: (i: number) => number[],
  verify: () => void,
): number {
  let flips = 0;
  hashes.forEach((hash, i) => {
    for (const bit of bits(i)) {
      const at = bit >> 3;
      const before = hash[at] ?? 0;
      hash[at] = before ^ (1 << (bit & 7));
      if (!refused(verify)) throw new Error(`bit ${bit} of hash ${i} flipped, and still accepted`);
      hash[at] = before;
      flips += 1;
    }
  });
  return flips;
}

const allBits = Array.from({ length: 256 }, (_, bit) => bit);

export function bitsFor(size: number, salt: number): (i: number) => number[] {
  return size <= EVERY_BIT_UP_TO ? () => allBits : (i) => [(size * 31 + salt * 17 + i * 7) % 256];
}
