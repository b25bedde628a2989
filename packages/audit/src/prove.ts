import { existsSync } from "node:fs";
import { join } from "node:path";
import { diskFolder, type Folder } from "@writ/bucket/read/folder";
import {
  CHECKPOINT_FILE,
  type Published,
  publishedCheckpoint,
  publishedTile,
  TILES_FOLDER,
  tilesOf,
} from "@writ/bucket/read/published";
import { type DecisionId, parseDecisionId } from "@writ/contract/decision-id";
import { decodeEvent, EventRefused } from "@writ/contract/event";
import { type Checkpoint, CheckpointRefused, openCheckpoint } from "@writ/tlog/checkpoint";
import type { HashReader } from "@writ/tlog/coordinate";
import { leafHash } from "@writ/tlog/hash";
import { NoteRefused, parseNote } from "@writ/tlog/note";
import { parseVerifierKey } from "@writ/tlog/note-key";
import { ProofRefused, proveInclusion, verifyInclusion } from "@writ/tlog/proof";
import { decodeBundle, tileHashReader, tileWidth } from "@writ/tlog/tile";
import { formatTilePath, TILE_WIDTH, type Tile, TileRefused } from "@writ/tlog/tile-path";
import {
  formatTlogProof,
  parseTlogProof,
  type TlogProof,
  TlogProofRefused,
} from "@writ/tlog/tlog-proof";
import { bucketPath } from "./bucket-folder.ts";
import { databasePath } from "./index/index-file.ts";
import { Search } from "./index/search.ts";
import { openKeptCheckpoints } from "./kept-checkpoints.ts";

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
 * `directory` is a DATA folder, a Bucket folder, or an export of one. Takes the event's place from
 * the search index if there is one that knows it, else looks through the entries from the first on,
 * one bundle at a time. Cosignatures that a DATA folder keeps for that checkpoint come with it. The
 * proof is checked against the checkpoint's root before it is given out;
 * whether the log signed that checkpoint is for whoever verifies the proof.
 *
 * Throws NotADecisionId, NotABucket, ProveRefused, or what a malformed checkpoint gives.
 */
export function proveDecision(directory: string, decisionId: string): Proven {
  const id = parseDecisionId(decisionId);
  const tiles = openTiles(directory);
  const published = publishedCheckpoint(tiles);
  if (published === undefined) throw nothingPublished();
  const { size } = published.checkpoint;
  const covering = { ...published, note: cosignedNote(directory, published) };
  const known = indexedPlace(directory, id);
  const index = isDecisionAt(tiles, known, decisionId, size)
    ? known
    : findDecision(tiles, decisionId, size);
  if (index === undefined) throw decisionNotFound(decisionId, size);
  return proveAt(tiles, index, covering, size);
}

/**
 * Proves that the event at an index is in the log, against a checkpoint that covers it; `published`
 * is the size that is published now. Throws ProveRefused, and a RangeError for an index that the
 * checkpoint does not cover.
 */
export function proveAt(
  tiles: Folder,
  index: number,
  { note, checkpoint: { size, root } }: Published,
  published: number,
): Proven {
  const event = publishedEvent(tiles, index, published);
  const proof = proveInclusion(index, size, tileReader(tiles, size, published));
  requireProven({ index, leaf: leafHash(event), size, root }, proof);
  const file = { extra: null, index, proof, checkpoint: note };
  return { index, size, event, proof: formatTlogProof(file) };
}

/**
 * Reads the stored hashes of the tree of `size`, out of tiles that are published to `published`.
 * Throws ProveRefused (TILES_DAMAGED).
 */
export function tileReader(tiles: Folder, size: number, published: number): HashReader {
  return tileHashReader(size, (tile) => requireTile(tiles, tile, published));
}

/** The bytes of one event of the tree of `size`. Throws ProveRefused (TILES_DAMAGED). */
export function publishedEvent(tiles: Folder, index: number, size: number): Uint8Array {
  const entries = publishedEntries(tiles, Math.floor(index / TILE_WIDTH), size);
  const event = entries[index % TILE_WIDTH];
  if (event === undefined) throw new RangeError(`event ${index} is not in a tree of ${size}`);
  return event;
}

/** Whether the event at this place, if any is known, is of this decision. */
export function isDecisionAt(
  tiles: Folder,
  index: number | undefined,
  decisionId: string,
  size: number,
): boolean {
  if (index === undefined || index >= size) return false;
  return decisionOf(publishedEvent(tiles, index, size)) === decisionId;
}

export function decisionNotFound(decisionId: string, size: number): ProveRefused {
  return new ProveRefused(
    "DECISION_NOT_FOUND",
    `none of the ${size} published events is of decision ${decisionId}`,
  );
}

export function nothingPublished(): ProveRefused {
  return new ProveRefused(
    "NOTHING_PUBLISHED",
    "nothing has been published yet; append an event first",
  );
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

/** The static tlog-tiles folder of a Bucket, or of an export, at `directory`. Throws NotABucket. */
export function openTiles(directory: string): Folder {
  if (existsSync(join(directory, CHECKPOINT_FILE))) return diskFolder(directory);
  return diskFolder(join(bucketPath(directory), TILES_FOLDER));
}

/** Folder of the search index that an audit process keeps beside the Bucket, if there is one. */
export function indexBeside(directory: string): string | undefined {
  const candidates = [join(directory, "audit", "index"), join(directory, "..", "audit", "index")];
  return candidates.find((path) => existsSync(databasePath(path)));
}

/** The published note, with the cosignatures that have arrived for it where they are kept. */
function cosignedNote(directory: string, { note, checkpoint: { size } }: Published): Uint8Array {
  if (existsSync(join(directory, CHECKPOINT_FILE))) return note;
  const folder = join(bucketPath(directory), "..", "audit", "checkpoints");
  const kept = openKeptCheckpoints(folder).read(size);
  if (kept === undefined) return note;
  try {
    return parseNote(kept).text === parseNote(note).text ? kept : note;
  } catch (error) {
    // A damaged file takes no proof away that holds without it.
    if (error instanceof NoteRefused) return note;
    throw error;
  }
}

/** Where a search index beside the Bucket says that the decision is: a hint, to be looked at. */
function indexedPlace(directory: string, id: DecisionId): number | undefined {
  const index = indexBeside(directory);
  if (index === undefined) return undefined;
  try {
    const search = new Search(index);
    try {
      return search.indexOf(id);
    } finally {
      search.close();
    }
  } catch {
    // Half built, damaged, of another version, not ours to read: the log itself has the answer.
    return undefined;
  }
}

function findDecision(tiles: Folder, decisionId: string, size: number): number | undefined {
  const mark = Buffer.from(`"enforcement_decision_id":"${decisionId}"`);
  for (const tile of tilesOf(size)) {
    if (tile.level !== "entries") return undefined;
    const bundle = requireTile(tiles, tile, size);
    // Most bundles do not even contain the id: only those that do are taken apart.
    if (!Buffer.from(bundle.buffer, bundle.byteOffset, bundle.length).includes(mark)) continue;
    const position = entriesOf(bundle, tile).findIndex((entry) => decisionOf(entry) === decisionId);
    if (position >= 0) return tile.index * TILE_WIDTH + position;
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

/** The entries of one bundle of the tree of `size`. Throws ProveRefused (TILES_DAMAGED). */
export function publishedEntries(tiles: Folder, bundle: number, size: number): Uint8Array[] {
  const width = tileWidth("entries", bundle, size);
  const tile: Tile = { level: "entries", index: bundle, width };
  return entriesOf(requireTile(tiles, tile, size), tile);
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
