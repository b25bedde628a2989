import { equalBytes } from "@writ/tlog/hash";
import { ProofRefused, planConsistency, verifyConsistency } from "@writ/tlog/proof";
import { Fails, needed, type Report, Unasked, Unneeded } from "./check.ts";
import type { ReadCheckpoint } from "./checkpoint-checks.ts";
import { hashesIn, requireTree, type Tiles } from "./tiles.ts";

/** Which tree the tiles have to be of, so that one head can be shown to continue another. */
export function tilesToCompare(
  a: ReadCheckpoint,
  b: ReadCheckpoint,
): { readonly size: number; readonly plan: ReturnType<typeof planConsistency> } {
  const [older, newer] = inOrder(a, b);
  const { size } = newer.checkpoint;
  return { size, plan: planConsistency(older.checkpoint.size, size) };
}

/**
 * Asks whether the present head goes on from one that was believed before: not older, and of the
 * same history. `tiles` are those of `tilesToCompare`.
 */
export function checkHistory(
  report: Report,
  present: ReadCheckpoint | undefined,
  seen: ReadCheckpoint | undefined,
  tiles: Tiles | undefined,
): void {
  report.ask("stale", () => [checkAge(present, seen), undefined]);
  report.ask("consistent", () => [checkContinues(present, seen, tiles), undefined]);
}

const FIRST_SIGHT = "No head of this log was seen before in this browser.";

function checkAge(present: ReadCheckpoint | undefined, seen: ReadCheckpoint | undefined): string {
  if (seen === undefined) throw new Unneeded(FIRST_SIGHT);
  const now = needed(present, UNREADABLE).checkpoint.size;
  const before = seen.checkpoint.size;
  if (now >= before) return `It counts ${now} events; the one seen before counted ${before}.`;
  throw new Fails(
    "STALE",
    `It counts ${now} events, and one of ${before} was seen before: this is an old state of the log, or the log was rolled back.`,
  );
}

function checkContinues(
  present: ReadCheckpoint | undefined,
  seen: ReadCheckpoint | undefined,
  tiles: Tiles | undefined,
): string {
  if (seen === undefined) throw new Unneeded(FIRST_SIGHT);
  const [older, newer] = inOrder(seen, needed(present, UNREADABLE));
  if (older.checkpoint.origin !== newer.checkpoint.origin) {
    throw new Unasked("Not asked: the head seen before is of another log.");
  }
  const same = older.checkpoint.size === newer.checkpoint.size;
  if (same) return requireSameRoot(older, newer);
  requireConsistent(older, newer, needed(tiles, "the hash tiles could not be fetched"));
  return `The tree of ${newer.checkpoint.size} begins with all ${older.checkpoint.size} events of the other, unchanged.`;
}

function requireSameRoot(older: ReadCheckpoint, newer: ReadCheckpoint): string {
  if (equalBytes(older.checkpoint.root, newer.checkpoint.root)) {
    return `It is the head that was seen before: ${newer.checkpoint.size} events, the same root.`;
  }
  throw new Fails(
    "FORKED",
    `FORK: two heads of ${newer.checkpoint.size} events have different roots. ${KEEP}`,
  );
}

function requireConsistent(older: ReadCheckpoint, newer: ReadCheckpoint, tiles: Tiles): void {
  const { size: newSize, root: newRoot } = newer.checkpoint;
  const { size: oldSize, root: oldRoot } = older.checkpoint;
  try {
    requireTree(tiles, newRoot);
  } catch (error) {
    if (!(error instanceof Fails)) throw error;
    throw new Fails(
      error.code,
      `${error.message} Whether it is the same history cannot be told by them.`,
    );
  }
  // The tiles are those of the newer root now, so whatever fails is the history.
  const plan = planConsistency(oldSize, newSize);
  const proof = plan.fold(hashesIn(tiles, plan.coordinates));
  try {
    verifyConsistency({ oldSize, oldRoot, newSize, newRoot }, proof);
  } catch (error) {
    if (!(error instanceof ProofRefused)) throw error;
    throw new Fails(
      "FORKED",
      `FORK: the tree of ${newSize} events does not begin with the ${oldSize} of the other. ${KEEP}`,
    );
  }
}

const KEEP = "The log showed two histories; keep both signed heads, they are the evidence.";
const UNREADABLE = "the checkpoint could not be read";

function inOrder(
  a: ReadCheckpoint,
  b: ReadCheckpoint,
): readonly [older: ReadCheckpoint, newer: ReadCheckpoint] {
  return a.checkpoint.size <= b.checkpoint.size ? [a, b] : [b, a];
}
