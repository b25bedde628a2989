import { FRAME_HEADER_BYTES, readFrameHeader } from "../frame.ts";
import type { Folder, OpenFile } from "./folder.ts";
import { type LogItem, nextFrame, readItem, segmentPath, segments, waitForMore } from "./log.ts";
import { Window } from "./window.ts";

/** Part of one segment: whole items, the first at `from`; what follows it begins at `to`. */
export interface LogRange {
  /** Path relative to the Bucket folder. */
  readonly file: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Divides the log into ranges of about `bytes`, in order. Looks at the frames' headers only, as
 * `readLog` goes from one item to the next, so that the items of all ranges one after another are
 * exactly those of `readLog`. Waits for a writer that is in the middle of the last frame.
 */
export function* logRanges(folder: Folder, bytes: number): Generator<LogRange, void, void> {
  const names = segments(folder);
  for (const [position, firstIndex] of names.entries()) {
    const file = segmentPath(firstIndex);
    let from = 0;
    let to = 0;
    for (to of itemEnds(folder, file, position === names.length - 1)) {
      if (to - from < bytes) continue;
      yield { file, from, to };
      from = to;
    }
    if (from < to) yield { file, from, to };
  }
}

/** The items of one range. Byte arrays are views that are good until the next one is asked for. */
export function* readRange(folder: Folder, range: LogRange): Generator<LogItem, void, void> {
  const file = folder.open(range.file);
  if (file === undefined) return;
  try {
    const window = new Window(file, range.to - range.from);
    for (let offset = range.from; offset < range.to; ) {
      const { item, end } = readItem(window, range.file, offset);
      yield item;
      offset = Math.max(1, end);
    }
  } finally {
    file.close();
  }
}

/** Where each item of a segment ends, as `readLog` reads it. */
function* itemEnds(folder: Folder, path: string, last: boolean): Generator<number, void, void> {
  const file = folder.open(path);
  if (file === undefined) return;
  try {
    const limit = file.size();
    const window = new Window(file);
    let offset = 0;
    while (offset === 0 || offset < limit) {
      const seen = file.size();
      const { end, isTorn } = itemEnd(file, window, path, offset);
      if (last && isTorn && waitForMore(folder, file, seen)) continue;
      offset = Math.max(1, end);
      yield offset;
    }
  } finally {
    file.close();
  }
}

interface ItemEnd {
  readonly end: number;
  /** The file ends within it. */
  readonly isTorn: boolean;
}

function itemEnd(file: OpenFile, window: Window, path: string, offset: number): ItemEnd {
  if (offset === 0) return headEnd(window, path);
  const header = new Uint8Array(FRAME_HEADER_BYTES);
  const read = readFrameHeader(header.subarray(0, file.read(offset, header)), 0);
  if (read.ok) {
    const end = offset + read.value.length;
    const size = file.size();
    return { end: Math.min(end, size), isTorn: end > size };
  }
  const isTorn = read.defect.code === "FRAME_TORN";
  return { end: nextFrame(window, offset + 1), isTorn };
}

function headEnd(window: Window, path: string): ItemEnd {
  const { item, end } = readItem(window, path, 0);
  return { end, isTorn: item.kind === "damage" && item.defect.code === "FRAME_TORN" };
}
