import {
  type Coordinate,
  carryOut,
  type HashReader,
  type Plan,
  requireSize,
  splitPoint,
} from "./coordinate.ts";
import { emptyRoot, equalBytes, HASH_SIZE, nodeHash } from "./hash.ts";
import { planRangeHash } from "./tree.ts";

/** From the leaf's (or the old tree's) side up to the root's child; 32 bytes each. */
export type Proof = readonly Uint8Array[];

/** That the tree of `size` and `root` holds the leaf of hash `leaf` at `index`. */
export interface InclusionClaim {
  readonly index: number;
  readonly leaf: Uint8Array;
  readonly size: number;
  readonly root: Uint8Array;
}

/** That the new tree begins with all the leaves of the old one. */
export interface ConsistencyClaim {
  readonly oldSize: number;
  readonly oldRoot: Uint8Array;
  readonly newSize: number;
  readonly newRoot: Uint8Array;
}

/** A proof that does not prove its claim; `code` says why. */
export class ProofRefused extends Error {
  override readonly name = "ProofRefused";
  readonly code: "CLAIM_IMPOSSIBLE" | "PROOF_LENGTH" | "ROOT_MISMATCH";

  constructor(code: ProofRefused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Leaves [from, to): the subtree that one hash of a proof stands for. */
export interface LeafRange {
  readonly from: number;
  readonly to: number;
}

/** What to read for the proof that leaf `index` is in the tree of `size`. Throws a RangeError. */
export function planInclusion(index: number, size: number): Plan<Proof> {
  requireSize(size);
  requireSize(index);
  if (index >= size) throw new RangeError(`leaf ${index} is not in a tree of ${size}`);
  return planRanges(inclusionRanges(index, size));
}

/** What to read for the proof that the tree of `newSize` extends that of `oldSize`. */
export function planConsistency(oldSize: number, newSize: number): Plan<Proof> {
  requireSize(oldSize);
  requireSize(newSize);
  if (oldSize > newSize) throw new RangeError(`a tree of ${newSize} extends none of ${oldSize}`);
  return planRanges(consistencyRanges(oldSize, newSize));
}

/** The inclusion proof, from stored hashes (RFC 6962 §2.1.1). */
export function proveInclusion(index: number, size: number, reader: HashReader): Proof {
  return carryOut(planInclusion(index, size), reader);
}

/** The consistency proof, from stored hashes (RFC 6962 §2.1.2); empty if the old tree is empty. */
export function proveConsistency(oldSize: number, newSize: number, reader: HashReader): Proof {
  return carryOut(planConsistency(oldSize, newSize), reader);
}

/**
 * Returns if the proof proves the claim; throws ProofRefused if not, so that no caller can forget
 * to look at the answer.
 */
export function verifyInclusion(claim: InclusionClaim, proof: Proof): void {
  const { index, leaf, size, root } = claim;
  requireClaim(isSize(size) && isSize(index) && index < size && [leaf, root].every(isHash));
  const ranges = inclusionRanges(index, size);
  requireShape(proof, ranges.length);
  let hash = leaf;
  ranges.forEach(({ from }, i) => {
    const sibling = hashAt(proof, i);
    hash = from > index ? nodeHash(hash, sibling) : nodeHash(sibling, hash);
  });
  requireRoot(hash, root);
}

/**
 * Returns if the proof proves the claim; throws ProofRefused if not. The empty tree is a prefix of
 * every tree, by an empty proof.
 */
export function verifyConsistency(claim: ConsistencyClaim, proof: Proof): void {
  const { oldSize, oldRoot, newSize, newRoot } = claim;
  requireClaim(
    isSize(oldSize) && isSize(newSize) && oldSize <= newSize && [oldRoot, newRoot].every(isHash),
  );
  const ranges = consistencyRanges(oldSize, newSize);
  requireShape(proof, ranges.length);
  if (oldSize === 0) {
    requireRoot(emptyRoot(), oldRoot);
    if (newSize === 0) requireRoot(emptyRoot(), newRoot);
    return;
  }
  // Where the old tree is itself a node of the new one, its root is known and not in the proof.
  const startsInProof = ranges[0]?.to === oldSize;
  let oldHash = startsInProof ? hashAt(proof, 0) : oldRoot;
  let newHash = oldHash;
  ranges.slice(startsInProof ? 1 : 0).forEach(({ from }, i) => {
    const sibling = hashAt(proof, startsInProof ? i + 1 : i);
    if (from < oldSize) oldHash = nodeHash(sibling, oldHash);
    newHash = from < oldSize ? nodeHash(sibling, newHash) : nodeHash(newHash, sibling);
  });
  requireRoot(oldHash, oldRoot);
  requireRoot(newHash, newRoot);
}

/**
 * Which leaves each hash of an inclusion proof stands for: the siblings on the way from the leaf up
 * to the root. Asks for 0 ≤ index < size.
 */
export function inclusionRanges(index: number, size: number): readonly LeafRange[] {
  const down: LeafRange[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + splitPoint(to - from);
    if (index < middle) {
      down.push({ from: middle, to });
      to = middle;
    } else {
      down.push({ from, to: middle });
      from = middle;
    }
  }
  return down.reverse();
}

/** The subtree that ends the old tree (unless it is the whole of it), then siblings up to the root. */
function consistencyRanges(oldSize: number, newSize: number): LeafRange[] {
  if (oldSize === 0) return [];
  const down: LeafRange[] = [];
  let from = 0;
  let to = newSize;
  while (to !== oldSize) {
    const middle = from + splitPoint(to - from);
    if (oldSize <= middle) {
      down.push({ from: middle, to });
      to = middle;
    } else {
      down.push({ from, to: middle });
      from = middle;
    }
  }
  if (from !== 0) down.push({ from, to });
  return down.reverse();
}

function planRanges(ranges: readonly LeafRange[]): Plan<Proof> {
  const plans = ranges.map(({ from, to }) => planRangeHash(from, to));
  const coordinates: Coordinate[] = plans.flatMap((plan) => plan.coordinates);
  return {
    coordinates,
    fold(hashes: readonly Uint8Array[]): Proof {
      if (hashes.length !== coordinates.length) {
        throw new RangeError(`give one hash for each coordinate: ${coordinates.length}`);
      }
      const rest = hashes.slice();
      return plans.map((plan) => plan.fold(rest.splice(0, plan.coordinates.length)));
    },
  };
}

function isSize(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

function isHash(hash: Uint8Array): boolean {
  return hash.length === HASH_SIZE;
}

function hashAt(proof: Proof, i: number): Uint8Array {
  const hash = proof[i];
  if (hash === undefined) throw new ProofRefused("PROOF_LENGTH", `proof: it has no hash ${i}`);
  return hash;
}

function requireClaim(possible: boolean): void {
  if (!possible)
    throw new ProofRefused("CLAIM_IMPOSSIBLE", "proof: no tree has such sizes and hashes");
}

function requireShape(proof: Proof, length: number): void {
  if (proof.length === length && proof.every(isHash)) return;
  throw new ProofRefused("PROOF_LENGTH", `proof: give ${length} hashes of 32 bytes`);
}

function requireRoot(computed: Uint8Array, expected: Uint8Array): void {
  if (equalBytes(computed, expected)) return;
  throw new ProofRefused("ROOT_MISMATCH", "proof: it leads to another root");
}
