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

/** What a log has of inputs. */
export interface Recordings {
  /** The versions of the policies that it was made under, the most frequent first. */
  readonly versions: readonly string[];
  readonly find: FindRecording;
}

/** Opens what a log has of inputs: by its search, or, in an export, by reading every event once. */
export async function recordingsIn(source: LogSource, signal: AbortSignal): Promise<Recordings> {
  if (source.kind === "export") return scanned(source, signal);
  const { fields } = await source.json<FieldValues>("v1/fields", signal);
  const versions = (fields.engine_version ?? []).flatMap(({ value }) => value ?? []);
  return { versions, find: searched(source, signal) };
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
async function scanned(source: LogSource, signal: AbortSignal): Promise<Recordings> {
  const { size } = await headOf(source, signal);
  const found = new Map<string, Recording>();
  const versions = new Map<string, number>();
  for (let index = 0; tileWidth("entries", index, size) > 0; index++) {
    const width = tileWidth("entries", index, size);
    const path = formatTilePath({ level: "entries", index, width });
    const entries = decodeBundle(await source.bytes(path, signal), width);
    entries.forEach((entry, at) => {
      const event = decodeEvent(entry);
      const { engine_version } = event.evaluator_trace;
      const before = found.get(event.trace_id) ?? {
        index: index * TILE_WIDTH + at,
        event,
        count: 0,
      };
      found.set(event.trace_id, { ...before, count: before.count + 1 });
      versions.set(engine_version, (versions.get(engine_version) ?? 0) + 1);
    });
  }
  return {
    versions: [...versions].sort(([, a], [, b]) => b - a).map(([version]) => version),
    find: async (traceIds) => {
      for (const traceId of traceIds) {
        const recording = found.get(traceId);
        if (recording !== undefined) return recording;
      }
      return undefined;
    },
  };
}
