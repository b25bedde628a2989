import { entryCount, type Tally, tally } from "../frame.ts";
import type { Folder } from "./folder.ts";
import { segmentPath, segments } from "./log.ts";
import { readRange } from "./log-ranges.ts";

/** What the end of a log says about the whole of it. */
export interface LogEnd {
  /** Leaves up to the last whole frame. */
  readonly size: number;
  /** What each writer has in the log, by name. */
  readonly tallies: ReadonlyMap<string, Tally>;
  /** Why reading stopped before the file's end; undefined if it did not. */
  readonly defect: string | undefined;
}

/**
 * Reads the last segment: its head holds what was before it. Takes that head at its word; that it is
 * true is for verification, which reads everything.
 */
export function readLogEnd(folder: Folder): LogEnd {
  const last = segments(folder).at(-1);
  const tallies = new Map<string, Tally>();
  if (last === undefined) return { size: 0, tallies, defect: undefined };
  const path = segmentPath(last);
  let size = last;
  for (const item of readRange(folder, { file: path, from: 0, to: sizeOf(folder, path) })) {
    if (item.kind === "damage") return { size, tallies, defect: item.defect.reason };
    if (item.kind === "segment") {
      for (const one of item.head.tallies) tallies.set(one.writer, one);
      continue;
    }
    size += entryCount(item.frame.submissions);
    for (const one of item.frame.submissions) {
      tallies.set(one.writer, tally(tallies.get(one.writer), one));
    }
  }
  return { size, tallies, defect: undefined };
}

function sizeOf(folder: Folder, path: string): number {
  const file = folder.open(path);
  try {
    return file?.size() ?? 0;
  } finally {
    file?.close();
  }
}
