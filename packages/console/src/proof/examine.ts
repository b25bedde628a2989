import type { Event } from "@writ/contract/event";
import { CheckpointRefused } from "@writ/tlog/checkpoint";
import { NoteRefused } from "@writ/tlog/note";
import { planInclusion } from "@writ/tlog/proof";
import { formatTlogProof } from "@writ/tlog/tlog-proof";
import type { AuditPath } from "./audit-path.ts";
import { type Check, Report, verdictOf } from "./check.ts";
import { checkCheckpoint, type ReadCheckpoint, readCheckpoint } from "./checkpoint-checks.ts";
import { type Asked, checkEvent } from "./event-checks.ts";
import { checkHistory, tilesToCompare } from "./history-checks.ts";
import { checkByTiles } from "./inclusion-checks.ts";
import { type FetchTile, fetchTiles, type Tiles } from "./tiles.ts";
import type { Trust } from "./trust.ts";

/** One event, and what it is to be proved by. */
export interface Question {
  /** The event's bytes, exactly. */
  readonly event: Uint8Array;
  readonly index: number;
  /** What else must be true of the event. */
  readonly asked: Asked;
  /** The signed note, as the log gives it. */
  readonly checkpoint: Uint8Array;
  readonly trust: Trust;
  /** A head that this reader believed before, as it was kept; null if there is none. */
  readonly seen: Uint8Array | null;
  readonly fetchTile: FetchTile;
}

/** What came of an examination. */
export interface Examined {
  readonly verdict: ReturnType<typeof verdictOf>;
  readonly checks: readonly Check[];
  /** What the event says; undefined if it is none. */
  readonly event: Event | undefined;
  readonly checkpoint: ReadCheckpoint | undefined;
  readonly path: AuditPath | undefined;
  /** A C2SP tlog-proof of what was examined; undefined if there is none to make. */
  readonly proof: Uint8Array | undefined;
}

/**
 * Proves one event by the log's checkpoint and hash tiles, believing neither. Rejects only if
 * `fetchTile` does: all that is wrong with what was given stands in the checks.
 */
export async function examine(question: Question): Promise<Examined> {
  const { event: bytes, index, asked, trust, fetchTile } = question;
  const report = new Report();
  const event = checkEvent(report, bytes, asked);
  const read = checkCheckpoint(report, question.checkpoint, trust);
  const tiles = await tilesOf(index, read, fetchTile);
  const included = checkByTiles(report, { event: bytes, index }, read, tiles);
  await examineHistory(report, read, headSeen(question.seen), fetchTile);
  return {
    verdict: verdictOf(report.checks),
    checks: report.checks,
    event,
    checkpoint: read,
    path: included?.path,
    proof:
      read === undefined || included === undefined
        ? undefined
        : formatTlogProof({ extra: null, index, proof: included.proof, checkpoint: read.bytes }),
  };
}

/** Compares two heads that a log signed: which is older, and whether one continues the other. */
export async function examineHeads(
  present: Uint8Array,
  before: Uint8Array,
  trust: Trust,
  fetchTile: FetchTile,
): Promise<readonly Check[]> {
  const report = new Report();
  const seen = checkCheckpoint(report, before, trust);
  const read = checkCheckpoint(report, present, trust);
  await examineHistory(report, read, seen, fetchTile);
  return report.checks;
}

async function examineHistory(
  report: Report,
  read: ReadCheckpoint | undefined,
  seen: ReadCheckpoint | undefined,
  fetchTile: FetchTile,
): Promise<void> {
  const compared =
    read === undefined || seen === undefined ? undefined : tilesToCompare(read, seen);
  const tiles =
    compared === undefined
      ? undefined
      : await fetchTiles(compared.plan.coordinates, compared.size, fetchTile);
  checkHistory(report, read, seen, tiles);
}

/** What is kept was verified before it was kept; what cannot be read any more is no memory. */
function headSeen(kept: Uint8Array | null): ReadCheckpoint | undefined {
  if (kept === null) return undefined;
  try {
    return readCheckpoint(kept);
  } catch (error) {
    if (error instanceof NoteRefused || error instanceof CheckpointRefused) return undefined;
    throw error;
  }
}

async function tilesOf(
  index: number,
  read: ReadCheckpoint | undefined,
  fetchTile: FetchTile,
): Promise<Tiles | undefined> {
  const size = read?.checkpoint.size ?? 0;
  if (index >= size) return undefined;
  const { coordinates } = planInclusion(index, size);
  return fetchTiles([{ level: 0, index }, ...coordinates], size, fetchTile);
}
