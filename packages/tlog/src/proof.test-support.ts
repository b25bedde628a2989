import type { HashReader } from "./coordinate.ts";
import { equalBytes, leafHash } from "./hash.ts";
import { NaiveTree, naiveReader, sampleEntries } from "./naive-tree.test-support.ts";
import { type ConsistencyClaim, type InclusionClaim, type Proof, ProofRefused } from "./proof.ts";

/** The largest tree that any test asks for; past a full tile. */
export const tree: NaiveTree = new NaiveTree(sampleEntries(300));
const leaves = tree.leaves.map(leafHash);
export const reader: HashReader = naiveReader(tree);
const root = (size: number): Uint8Array => tree.root(0, size).slice();

export function inclusionClaim(index: number, size: number): InclusionClaim {
  return { index, leaf: (leaves[index] ?? new Uint8Array(0)).slice(), size, root: root(size) };
}

export function consistencyClaim(oldSize: number, newSize: number): ConsistencyClaim {
  return { oldSize, oldRoot: root(oldSize), newSize, newRoot: root(newSize) };
}

/** As `deepEqual`, which takes longer over bytes than making the proof does. */
export function sameProof(proof: Proof, expected: Proof): boolean {
  return (
    proof.length === expected.length &&
    proof.every((hash, i) => equalBytes(hash, expected[i] ?? new Uint8Array(0)))
  );
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

/** Every bit of a hash, or one that differs from proof to proof. */
export function bitsFor(size: number, salt: number, everyBitUpTo: number): (i: number) => number[] {
  return size <= everyBitUpTo ? () => allBits : (i) => [(size * 31 + salt * 17 + i * 7) % 256];
}
