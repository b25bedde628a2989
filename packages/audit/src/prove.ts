import { existsSync } from "node:fs";
import { join } from "node:path";
import { diskFolder, type Folder } from "@writ/bucket/read/folder";
import {
  CHECKPOINT_FILE,
  publishedCheckpoint,
  publishedTile,
  TILES_FOLDER,
  tilesOf,
} from "@writ/bucket/read/published";
import { parseDecisionId } from "@writ/contract/decision-id";
import { decodeEvent, EventRefused } from "@writ/contract/event";
import { type Checkpoint, CheckpointRefused, openCheckpoint } from "@writ/tlog/checkpoint";
import { leafHash } from "@writ/tlog/hash";
import { NoteRefused } from "@writ/tlog/note";
import { parseVerifierKey } from "@writ/tlog/note-key";
import { ProofRefused, proveInclusion, verifyInclusion } from "@writ/tlog/proof";
import { decodeBundle, tileHashReader } from "@writ/tlog/tile";
import { formatTilePath, TILE_WIDTH, type Tile, TileRefused } from "@writ/tlog/tile-path";
import {
  formatTlogProof,
  parseTlogProof,
  type TlogProof,
  TlogProofRefused,
} from "@writ/tlog/tlog-proof";
import { bucketPath } from "./bucket-folder.ts";

/** Why there is no proof. */
export class ProveRefused extends Error {
  override readonly name = "ProveRefused";
  readonly code: "NOTHING_PUBLISHED" | "DECISION_NOT_FOUND" | "TILES_DAMAGED";

  constructor(code: ProveRefused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** An event and the proof that the log holds it. */
export interface Proven {
  readonly index: number;
  /** Size of the published tree that the proof is for. */
  readonly size: number;
  /** The event's bytes, exactly as they are in the log. */
  readonly event: Uint8Array;
  /** A C2SP tlog-proof file. */
  readonly proof: Uint8Array;
}

/**
 * Proves that the event of a decision is in the log, against the latest published checkpoint.
 * `directory` is a DATA folder, a Bucket folder, or an export of one. Looks through the entries
 * from the first on, one bundle at a time. The proof is checked against the checkpoint's root
 * before it is given out; whether the log signed that checkpoint is for whoever verifies the proof.
 *
 * Throws NotADecisionId, NotABucket, ProveRefused, or what a malformed checkpoint gives.
 */
export function proveDecision(directory: string, decisionId: string): Proven {
  parseDecisionId(decisionId);
  const tiles = openTiles(directory);
  const published = publishedCheckpoint(tiles);
  if (published === undefined) {
    throw new ProveRefused(
      "NOTHING_PUBLISHED",
      "nothing has been published yet; append an event first",
    );
  }
  const { size, root } = published.checkpoint;
  const found = findDecision(tiles, decisionId, size);
  if (found === undefined) {
    throw new ProveRefused(
      "DECISION_NOT_FOUND",
      `none of the ${size} published events is of decision ${decisionId}`,
    );
  }
  const { index, event } = found;
  const reader = tileHashReader(size, (tile) => requireTile(tiles, tile, size));
  const proof = proveInclusion(index, size, reader);
  requireProven({ index, leaf: leafHash(event), size, root }, proof);
  const file = { extra: null, index, proof, checkpoint: published.note };
  return { index, size, event, proof: formatTlogProof(file) };
}

/** The questions that a proof is put, in this order. */
export const PROOF_CHECKS = {
  event: "the event is canonical and keeps the closed schema",
  format: "the proof is a C2SP tlog-proof",
  checkpoint: "its checkpoint is signed by the log's key",
  inclusion: "its hashes lead from the event to the checkpoint's root",
} as const;

export type ProofCheckName = keyof typeof PROOF_CHECKS;

export interface ProofCheck {
  readonly check: ProofCheckName;
  /** What holds if it is ok. */
  readonly title: string;
  readonly ok: boolean;
  /** Why it does not hold, or could not be asked; null if it holds. */
  readonly message: string | null;
}

export interface ProofReport {
  readonly ok: boolean;
  readonly checks: readonly ProofCheck[];
  /** As the proof states it; null if it could not be read. */
  readonly index: number | null;
  /** The log and size that it is proven for; null if the checkpoint is refused. */
  readonly origin: string | null;
  readonly size: number | null;
}

/** What a proof is checked with: the log's key must come from elsewhere than the proof. */
export interface ProofClaim {
  readonly proof: Uint8Array;
  readonly vkey: string;
  /** The event's bytes, exactly. */
  readonly event: Uint8Array;
}

/** Checks a proof offline. Throws KeyRefused for a `vkey` that is none; all else is in the report. */
export function verifyProof({ proof, vkey, event }: ProofClaim): ProofReport {
  const log = parseVerifierKey(vkey);
  const checks: ProofCheck[] = [];
  attempt(checks, "event", () => decodeEvent(event));
  const parsed = attempt(checks, "format", () => parseTlogProof(proof));
  const checkpoint = attempt(checks, "checkpoint", () => {
    const { checkpoint: note } = required(parsed, "the proof could not be read");
    return openCheckpoint(note, { log }).checkpoint;
  });
  attempt(checks, "inclusion", () => checkInclusion(parsed, checkpoint, event));
  return {
    ok: checks.every(({ ok }) => ok),
    checks,
    index: parsed?.index ?? null,
    origin: checkpoint?.origin ?? null,
    size: checkpoint?.size ?? null,
  };
}

function checkInclusion(
  parsed: TlogProof | undefined,
  checkpoint: Checkpoint | undefined,
  event: Uint8Array,
): void {
  const { index, proof } = required(parsed, "the proof could not be read");
  const { size, root } = required(checkpoint, "the checkpoint is refused");
  verifyInclusion({ index, leaf: leafHash(event), size, root }, proof);
}

/** A check cannot be asked because one before it failed. */
class Unasked extends Error {}

function required<T>(value: T | undefined, why: string): T {
  if (value === undefined) throw new Unasked(`not asked: ${why}`);
  return value;
}

const REFUSALS = [
  Unasked,
  EventRefused,
  TlogProofRefused,
  NoteRefused,
  CheckpointRefused,
  ProofRefused,
] as const;

function attempt<T>(checks: ProofCheck[], check: ProofCheckName, ask: () => T): T | undefined {
  const title = PROOF_CHECKS[check];
  try {
    const answer = ask();
    checks.push({ check, title, ok: true, message: null });
    return answer;
  } catch (error) {
    if (!(error instanceof Error && REFUSALS.some((refusal) => error instanceof refusal)))
      throw error;
    checks.push({ check, title, ok: false, message: error.message });
    return undefined;
  }
}

/** The static tlog-tiles folder of a Bucket, or of an export, at `directory`. */
function openTiles(directory: string): Folder {
  if (existsSync(join(directory, CHECKPOINT_FILE))) return diskFolder(directory);
  return diskFolder(join(bucketPath(directory), TILES_FOLDER));
}

function findDecision(
  tiles: Folder,
  decisionId: string,
  size: number,
): { index: number; event: Uint8Array } | undefined {
  const mark = Buffer.from(`"enforcement_decision_id":"${decisionId}"`);
  for (const tile of tilesOf(size)) {
    if (tile.level !== "entries") return undefined;
    const bundle = requireTile(tiles, tile, size);
    // Most bundles do not even contain the id: only those that do are taken apart.
    if (!Buffer.from(bundle.buffer, bundle.byteOffset, bundle.length).includes(mark)) continue;
    const entries = entriesOf(bundle, tile);
    const position = entries.findIndex((entry) => decisionOf(entry) === decisionId);
    const event = entries[position];
    if (event !== undefined) return { index: tile.index * TILE_WIDTH + position, event };
  }
  return undefined;
}

function decisionOf(entry: Uint8Array): string | undefined {
  try {
    return decodeEvent(entry).enforcement_decision_id;
  } catch (error) {
    if (error instanceof EventRefused) return undefined;
    throw error;
  }
}

function entriesOf(bundle: Uint8Array, tile: Tile): Uint8Array[] {
  try {
    return decodeBundle(bundle, tile.width);
  } catch (error) {
    if (error instanceof TileRefused) throw damaged(formatTilePath(tile));
    throw error;
  }
}

function requireTile(tiles: Folder, tile: Tile, size: number): Uint8Array {
  const content = publishedTile(tiles, tile, size);
  if (content === undefined) throw damaged(formatTilePath(tile));
  return content;
}

function requireProven(
  claim: Parameters<typeof verifyInclusion>[0],
  proof: readonly Uint8Array[],
): void {
  try {
    verifyInclusion(claim, proof);
  } catch (error) {
    if (!(error instanceof ProofRefused)) throw error;
    throw damaged(`event ${claim.index} or a tile on its way to the root`);
  }
}

function damaged(what: string): ProveRefused {
  return new ProveRefused(
    "TILES_DAMAGED",
    `${what} is not that of the published checkpoint; run writ verify`,
  );
}
