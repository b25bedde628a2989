import { parseCheckpoint } from "@writ/tlog/checkpoint";
import { parseNote } from "@writ/tlog/note";
import { decodeBundle, tileWidth } from "@writ/tlog/tile";
import { formatTilePath, TILE_WIDTH } from "@writ/tlog/tile-path";
import type { Asked } from "../proof/event-checks.ts";
import type { Checkpoints, FoundPage } from "../source/answers.ts";
import { type LogSource, SourceRefused } from "../source/source.ts";

/** An event's bytes with the checkpoint that they are to be proved by, as the log gave both. */
export interface ReadEvent {
  readonly index: number;
  readonly asked: Asked;
  readonly bytes: Uint8Array;
  readonly checkpoint: Uint8Array;
  /**
   * Whether it is the one that the log shows to all: only such a one is remembered, since the next
   * one shown may be older than one that was asked for by its size.
   */
  readonly isShown: boolean;
}

const INDEX = /^(?:0|[1-9]\d{0,15})$/;

/**
 * Reads the event that an address names by its index or decision id, and a checkpoint that covers
 * it. Nothing of it is checked. Rejects with SourceRefused.
 */
export async function readEvent(
  source: LogSource,
  of: string,
  signal?: AbortSignal,
): Promise<ReadEvent> {
  const isIndex = INDEX.test(of);
  const index = isIndex ? Number(of) : await indexOf(source, of, signal);
  const [covering, bytes] = await Promise.all([
    coveringCheckpoint(source, index, signal),
    source.kind === "export"
      ? exportedEvent(source, index, signal)
      : source.bytes(`v1/event?index=${index}`, signal),
  ]);
  return { index, asked: isIndex ? {} : { decisionId: of }, bytes, ...covering };
}

async function indexOf(source: LogSource, id: string, signal?: AbortSignal): Promise<number> {
  if (source.kind === "export") {
    throw new SourceRefused("NOT_FOUND", id, "an export is read by an event's index");
  }
  const query = new URLSearchParams({ decision_id: id, limit: "1" });
  const { events } = await source.json<FoundPage>(`v1/search?${query}`, signal);
  const found = events[0];
  if (found === undefined) throw new SourceRefused("NOT_FOUND", id, `no event is of ${id}`);
  return found.index;
}

/**
 * The checkpoint that the log shows, which may be one with cosignatures from a few seconds ago; for
 * an event that is newer, the newest that was signed.
 */
async function coveringCheckpoint(
  source: LogSource,
  index: number,
  signal?: AbortSignal,
): Promise<Pick<ReadEvent, "checkpoint" | "isShown">> {
  const shown = await source.bytes("checkpoint", signal);
  if (source.kind === "export" || index < sizeOf(shown)) {
    return { checkpoint: shown, isShown: true };
  }
  const { checkpoints } = await source.json<Checkpoints>("checkpoints?limit=1", signal);
  const newest = checkpoints[0];
  if (newest === undefined) return { checkpoint: shown, isShown: true };
  const asked = await source.bytes(`checkpoint/${newest.size}`, signal);
  return { checkpoint: asked, isShown: false };
}

/** What a note says of its size, for finding a way only; one that cannot be read covers nothing. */
function sizeOf(note: Uint8Array): number {
  try {
    return parseCheckpoint(parseNote(note).text).size;
  } catch {
    return 0;
  }
}

async function exportedEvent(
  source: LogSource,
  index: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const size = sizeOf(await source.bytes("checkpoint", signal));
  const bundle = Math.floor(index / TILE_WIDTH);
  const width = tileWidth("entries", bundle, size);
  if (index >= size) throw new SourceRefused("NOT_FOUND", String(index), `no event is at ${index}`);
  const path = formatTilePath({ level: "entries", index: bundle, width });
  const event = decodeBundle(await source.bytes(path, signal), width)[index % TILE_WIDTH];
  if (event === undefined) throw new SourceRefused("NOT_FOUND", path, `no event is at ${index}`);
  return event;
}
