import { equalBytes, leafHash } from "@writ/tlog/hash";
import { type Proof, ProofRefused, planInclusion, verifyInclusion } from "@writ/tlog/proof";
import { type AuditPath, auditPath } from "./audit-path.ts";
import { Fails, needed, type Report, sentenceOf } from "./check.ts";
import type { ReadCheckpoint } from "./checkpoint-checks.ts";
import { hashesIn, requireTree, type Tiles } from "./tiles.ts";

/** Where an event is said to be. */
export interface Place {
  readonly event: Uint8Array;
  readonly index: number;
}

/** A proof that was made of tiles, and the way it goes. */
export interface Included {
  readonly proof: Proof;
  readonly path: AuditPath | undefined;
}

/**
 * Asks whether the tree of the checkpoint holds the event, by the log's own hash tiles: whether
 * they are of that tree, whether they hold the event's hash at its index, whether the path leads
 * to the root.
 */
export function checkByTiles(
  report: Report,
  { event, index }: Place,
  read: ReadCheckpoint | undefined,
  tiles: Tiles | undefined,
): Included | undefined {
  report.ask("tiles", () => {
    const { root, size } = needed(read, UNREADABLE).checkpoint;
    requireTree(needed(tiles, NO_TILES), root);
    return [`The tiles that were fetched make the root of all ${size} events.`, undefined];
  });
  const leaf = leafHash(event);
  const proof = report.ask("leaf", () => {
    const { size } = needed(read, UNREADABLE).checkpoint;
    requireInside(index, size);
    return [
      `SHA-256 over a zero byte and the event is the hash at ${index}.`,
      requireLeaf(leaf, index, size, needed(tiles, NO_TILES)),
    ];
  });
  const path = checkPath(report, { leaf, index }, read, proof);
  return proof === undefined ? undefined : { proof, path };
}

/** Asks whether the hashes of a proof lead from the leaf to the checkpoint's root. */
export function checkPath(
  report: Report,
  { leaf, index }: { readonly leaf: Uint8Array; readonly index: number },
  read: ReadCheckpoint | undefined,
  proof: Proof | undefined,
): AuditPath | undefined {
  let path: AuditPath | undefined;
  report.ask("inclusion", () => {
    const { size, root } = needed(read, UNREADABLE).checkpoint;
    const hashes = needed(proof, "there are no hashes to go by");
    requireInside(index, size);
    path = auditPath(index, size, leaf, hashes);
    try {
      verifyInclusion({ index, leaf, size, root }, hashes);
    } catch (error) {
      if (!(error instanceof ProofRefused)) throw error;
      const why = error.code === "ROOT_MISMATCH" ? OTHER_ROOT : sentenceOf(error);
      throw new Fails("PATH_BROKEN", why);
    }
    return [`${hashes.length} hashes lead from event ${index} to the root of ${size}.`, undefined];
  });
  return path;
}

/** The audit path out of the tiles, if they hold this leaf at its index. */
function requireLeaf(leaf: Uint8Array, index: number, size: number, tiles: Tiles): Proof {
  const plan = planInclusion(index, size);
  const own = hashesIn(tiles, [{ level: 0, index }])[0];
  if (own === undefined || !equalBytes(own, leaf)) {
    throw new Fails(
      "LEAF_OTHER",
      `The tile has another hash at ${index} than this event's: the event or the tile was altered.`,
    );
  }
  return plan.fold(hashesIn(tiles, plan.coordinates));
}

function requireInside(index: number, size: number): void {
  if (index < size) return;
  throw new Fails("PATH_BROKEN", `The checkpoint covers ${size} events, and none at ${index}.`);
}

const OTHER_ROOT =
  "They lead to another root: the event, its index, a hash or the checkpoint was altered.";
const UNREADABLE = "the checkpoint could not be read";
const NO_TILES = "the hash tiles could not be fetched";
