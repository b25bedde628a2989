import { decodeEvent, type Event } from "@writ/contract/event";
import { type Checkpoint, parseCheckpoint } from "@writ/tlog/checkpoint";
import { parseNote } from "@writ/tlog/note";
import { decodeBundle, tileWidth } from "@writ/tlog/tile";
import { formatTilePath, TILE_WIDTH } from "@writ/tlog/tile-path";
import type { Found } from "./answers.ts";
import type { LogSource } from "./source.ts";

/** The published tree head as it says of itself; a proof is what has it verified. */
export async function headOf(source: LogSource, signal?: AbortSignal): Promise<Checkpoint> {
  return parseCheckpoint(parseNote(await source.bytes("checkpoint", signal)).text);
}

/** Events of one entry bundle, the newest first, as a search would give them. */
export async function eventsOfBundle(
  source: LogSource,
  index: number,
  size: number,
  signal?: AbortSignal,
): Promise<Found[]> {
  const width = tileWidth("entries", index, size);
  const path = formatTilePath({ level: "entries", index, width });
  const entries = decodeBundle(await source.bytes(path, signal), width);
  return entries.map((entry, at) => foundOf(decodeEvent(entry), index * TILE_WIDTH + at)).reverse();
}

function foundOf(event: Event, index: number): Found {
  const { evaluator_trace, ...fields } = event;
  const { engine_version, caller } = evaluator_trace;
  const writer = event.enforcement_decision_id.split(".", 1)[0] ?? "";
  return { ...fields, index, engine_version, caller, writer };
}
