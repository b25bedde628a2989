import { equalBytes, nodeHash } from "@writ/tlog/hash";
import { inclusionRanges, type LeafRange, type Proof } from "@writ/tlog/proof";

/** One step up: a sibling joins, and there is the hash of all that both stand for. */
export interface PathStep {
  /** On which side the sibling stands. */
  readonly side: "left" | "right";
  /** The leaves that the sibling stands for. */
  readonly beside: LeafRange;
  readonly sibling: Uint8Array;
  /** The leaves that the two stand for together, and their hash. */
  readonly covers: LeafRange;
  readonly hash: Uint8Array;
}

/** The way from a leaf to a root, as it was computed. */
export interface AuditPath {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly steps: readonly PathStep[];
  /** Where the steps lead: the checkpoint's root, or the proof does not hold. */
  readonly root: Uint8Array;
}

/** The steps of an inclusion proof of as many hashes as its index and size ask for. */
export function auditPath(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: Proof,
): AuditPath | undefined {
  const ranges = inclusionRanges(index, size);
  if (ranges.length !== proof.length) return undefined;
  const steps: PathStep[] = [];
  let hash = leaf;
  let covers: LeafRange = { from: index, to: index + 1 };
  ranges.forEach((beside, at) => {
    const sibling = proof[at] ?? leaf;
    const side = beside.from > index ? "right" : "left";
    hash = side === "right" ? nodeHash(hash, sibling) : nodeHash(sibling, hash);
    covers = { from: Math.min(covers.from, beside.from), to: Math.max(covers.to, beside.to) };
    steps.push({ side, beside, sibling, covers, hash });
  });
  return { index, size, leaf, steps, root: hash };
}

/** The path to the signed root, or to another one, in words, a line a step: what a drawing of it says. */
export function pathInWords(
  { index, size, leaf, steps, root }: AuditPath,
  signedRoot: Uint8Array,
): readonly string[] {
  const first = `Event ${index} has the leaf hash ${hex(leaf)}.`;
  const middle = steps.map(
    ({ side, beside, sibling, covers, hash }) =>
      `With ${leaves(beside)} on its ${side} (${hex(sibling)}) it makes ${hex(hash)}, the hash of ${leaves(covers)}.`,
  );
  const last = equalBytes(root, signedRoot)
    ? `That is the root of all ${size} events in the checkpoint.`
    : `The root of all ${size} events in the checkpoint is another: ${hex(signedRoot)}.`;
  return [first, ...middle, last];
}

function leaves({ from, to }: LeafRange): string {
  return to - from === 1 ? `event ${from}` : `events ${from} to ${to - 1}`;
}

/** Lowercase hexadecimal digits. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
