import { decodeEvent } from "@writ/contract/event";
import { decodeBundle, tileWidth } from "@writ/tlog/tile";
import { formatTilePath, TILE_WIDTH } from "@writ/tlog/tile-path";
import type { FieldValues, FoundPage } from "../source/answers.ts";
import { headOf } from "../source/export.ts";
import { type LogSource, SourceRefused } from "../source/source.ts";
import type { Recording } from "./compare.ts";
import type { FindRecording } from "./run.ts";

/** Policies under which inputs are looked for besides the one that was given. */
export const MOST_VERSIONS = 8;

/** The versions of the policies that a log was made under, the most frequent first. */
export async function recordedVersions(
  source: LogSource,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (source.kind === "export") return [];
  const { fields } = await source.json<FieldValues>("v1/fields", signal);
  return (fields.engine_version ?? []).flatMap(({ value }) => value ?? []);
}

/** How a log is asked for what it has of an input. */
export async function findIn(source: LogSource, signal: AbortSignal): Promise<FindRecording> {
  return source.kind === "export" ? scanned(source, signal) : searched(source, signal);
}

/** One search for each trace_id, then the event's own bytes. */
function searched(source: LogSource, signal: AbortSignal): FindRecording {
  return async (traceIds) => {
    for (const traceId of traceIds) {
      const query = new URLSearchParams({ trace_id: traceId, limit: "1", order: "oldest" });
      const page = await patiently(() => source.json<FoundPage>(`v1/search?${query}`, signal));
      const first = page.events[0];
      if (first === undefined) continue;
      const bytes = await source.bytes(`v1/event?index=${first.index}`, signal);
      return { index: first.index, event: decodeEvent(bytes), count: page.total.count };
    }
    return undefined;
  };
}

/** A log that others ask too says that it is busy: that passes. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = TRIES; ; left--) {
    try {
      return await ask();
    } catch (error) {
      const isBusy = error instanceof SourceRefused && error.code === "BUSY";
      if (!isBusy || left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

const TRIES = 5;

/** An export has no search: every event is read once, and the first of each trace_id kept. */
async function scanned(source: LogSource, signal: AbortSignal): Promise<FindRecording> {
  const { size } = await headOf(source, signal);
  const found = new Map<string, Recording>();
  for (let index = 0; tileWidth("entries", index, size) > 0; index++) {
    const width = tileWidth("entries", index, size);
    const path = formatTilePath({ level: "entries", index, width });
    const entries = decodeBundle(await source.bytes(path, signal), width);
    entries.forEach((entry, at) => {
      const event = decodeEvent(entry);
      const before = found.get(event.trace_id);
      const recording = before ?? { index: index * TILE_WIDTH + at, event, count: 0 };
      found.set(event.trace_id, { ...recording, count: recording.count + 1 });
    });
  }
  return async (traceIds) => {
    for (const traceId of traceIds) {
      const recording = found.get(traceId);
      if (recording !== undefined) return recording;
    }
    return undefined;
  };
}
