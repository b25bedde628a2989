import {
  FRAME_HEADER_BYTES,
  type Frame,
  type FrameDefect,
  findFrame,
  MAX_FRAME_BYTES,
  MAX_SEGMENT_HEAD_BYTES,
  readFrame,
  readFrameHeader,
  readSegmentHead,
  type SegmentHead,
} from "../frame.ts";
import type { Folder, OpenFile } from "./folder.ts";
import { Window } from "./window.ts";

/** Where in the log's files a thing stands. */
export interface Place {
  /** Path relative to the Bucket folder. */
  readonly file: string;
  readonly offset: number;
}

/** The next thing found in the log. Byte arrays are views that are good until the next one is asked for. */
export type LogItem =
  | ({ readonly kind: "segment"; readonly head: SegmentHead; readonly bytes: Uint8Array } & Place)
  | ({ readonly kind: "frame"; readonly frame: Frame; readonly bytes: Uint8Array } & Place)
  | ({
      readonly kind: "damage";
      /** First byte after what could not be read. */
      readonly end: number;
      /** First leaf index that an intact header states. */
      readonly firstIndex: number | undefined;
      readonly defect: FrameDefect;
    } & Place);

export const LOG_FOLDER = "log";
const SEGMENT_NAME = /^(\d{20})\.frames$/;
const SCAN_BYTES = 1024 * 1024;
// Waiting for a writer in the middle of a write: a frame is one write, far quicker than this.
const PATIENCE = { rounds: 5, milliseconds: 20 } as const;

/** Path of the segment that begins with this leaf. */
export function segmentPath(firstIndex: number): string {
  return `${LOG_FOLDER}/${String(firstIndex).padStart(20, "0")}.frames`;
}

/** Bytes in the log's files at this moment. */
export function logBytes(folder: Folder): number {
  let total = 0;
  for (const firstIndex of segments(folder)) {
    const file = folder.open(segmentPath(firstIndex));
    total += file?.size() ?? 0;
    file?.close();
  }
  return total;
}

/** First leaf indices of the segments, ascending, as their names state them. Other names are no segments. */
export function segments(folder: Folder): number[] {
  return folder
    .list(LOG_FOLDER)
    .filter((entry) => entry.kind === "file")
    .map((entry) => segmentIndex(entry.name))
    .filter((index) => index !== undefined);
}

/** The leaf index in a segment's file name, or `undefined` if it is no such name. */
export function segmentIndex(name: string): number | undefined {
  const digits = SEGMENT_NAME.exec(name)?.[1];
  const index = digits === undefined ? Number.NaN : Number(digits);
  return Number.isSafeInteger(index) ? index : undefined;
}

/**
 * Reads the whole log in order, one item at a time, in memory that does not grow with it. What is
 * damaged is reported as such and never repaired; reading goes on at the next intact frame. A log
 * that is being written is read up to its last whole frame at that moment.
 */
export function* readLog(folder: Folder): Generator<LogItem, void, void> {
  const names = segments(folder);
  for (const [position, firstIndex] of names.entries()) {
    yield* readSegment(folder, segmentPath(firstIndex), position === names.length - 1);
  }
}

function* readSegment(folder: Folder, path: string, last: boolean): Generator<LogItem, void, void> {
  const file = folder.open(path);
  if (file === undefined) return;
  try {
    const window = new Window(file);
    // What is there now: chasing a writer that is faster than the reader would never end.
    const limit = file.size();
    let offset = 0;
    // An empty file is a head that is cut short, so there is always something to say.
    while (offset === 0 || offset < limit) {
      const seen = file.size();
      const item = readItem(window, path, offset);
      if (last && isTorn(item) && waitForMore(folder, file, seen)) continue;
      yield item.item;
      offset = Math.max(1, item.end);
    }
  } finally {
    file.close();
  }
}

/** An item, and where the next one begins. */
export interface ItemRead {
  readonly item: LogItem;
  readonly end: number;
}

/** Reads what stands at `offset` of a segment: its head at 0, a frame or damage anywhere else. */
export function readItem(window: Window, file: string, offset: number): ItemRead {
  return offset === 0 ? readHead(window, file) : readFrameItem(window, file, offset);
}

function readHead(window: Window, file: string): ItemRead {
  const bytes = window.from(0, MAX_SEGMENT_HEAD_BYTES);
  const read = readSegmentHead(bytes);
  if (!read.ok) return damage(window, { file, offset: 0 }, read.defect);
  const head = { head: read.value, bytes: bytes.subarray(0, read.end) };
  return { item: { kind: "segment", file, offset: 0, ...head }, end: read.end };
}

function readFrameItem(window: Window, file: string, offset: number): ItemRead {
  const place: Place = { file, offset };
  const header = readFrameHeader(window.from(offset, FRAME_HEADER_BYTES), 0);
  if (!header.ok) return damage(window, place, header.defect);
  const { length, firstIndex } = header.value;
  const bytes = window.from(offset, length);
  const read = readFrame(bytes, 0);
  if (read.ok) {
    const frameBytes = bytes.subarray(0, read.end);
    return {
      item: { kind: "frame", ...place, frame: read.value, bytes: frameBytes },
      end: offset + read.end,
    };
  }
  // An intact header says where the next frame starts, so the damage stays within this one.
  const end = Math.min(offset + length, offset + bytes.length);
  return { item: { kind: "damage", ...place, end, firstIndex, defect: read.defect }, end };
}

/** What no intact header delimits ends where the next one begins. */
function damage(window: Window, place: Place, defect: FrameDefect): ItemRead {
  const end = nextFrame(window, place.offset + 1);
  return { item: { kind: "damage", ...place, end, firstIndex: undefined, defect }, end };
}

/** Offset of the next intact frame header, or of the end of the file. */
export function nextFrame(window: Window, from: number): number {
  let at = from;
  for (;;) {
    const bytes = window.from(at, SCAN_BYTES);
    const found = findFrame(bytes, 0);
    if (found >= 0) return at + found;
    if (bytes.length < SCAN_BYTES) return at + bytes.length;
    // A header may straddle the end of what was scanned.
    at += bytes.length - FRAME_HEADER_BYTES + 1;
  }
}

function isTorn({ item }: ItemRead): boolean {
  return item.kind === "damage" && item.defect.code === "FRAME_TORN";
}

/** Whether the file grew beyond what was seen within a short wait: its writer had not finished. */
export function waitForMore(folder: Folder, file: OpenFile, seen: number): boolean {
  for (let round = 0; round < PATIENCE.rounds; round++) {
    if (file.size() > seen) return true;
    folder.pause(PATIENCE.milliseconds);
  }
  return false;
}

/**
 * One entry by its leaf index, or `undefined` if the log does not reach that far or the frame that
 * holds it is damaged. Reads headers within one segment and one frame, never the whole log.
 */
export function entryAt(folder: Folder, index: number): Uint8Array | undefined {
  const segment = segments(folder).findLast((firstIndex) => firstIndex <= index);
  const file = segment === undefined ? undefined : folder.open(segmentPath(segment));
  if (file === undefined) return undefined;
  try {
    const frame = frameHolding(file, index);
    if (frame === undefined) return undefined;
    const entries = frame.submissions.flatMap((submission) => submission.entries);
    return entries[index - frame.firstIndex]?.slice();
  } finally {
    file.close();
  }
}

function frameHolding(file: OpenFile, index: number): Frame | undefined {
  const head = new Uint8Array(MAX_SEGMENT_HEAD_BYTES);
  const segment = readSegmentHead(head.subarray(0, file.read(0, head)));
  if (!segment.ok) return undefined;
  const header = new Uint8Array(FRAME_HEADER_BYTES);
  let candidate: { offset: number; length: number } | undefined;
  let offset = segment.end;
  for (;;) {
    const got = file.read(offset, header);
    const read = readFrameHeader(header.subarray(0, got), 0);
    if (!read.ok || read.value.firstIndex > index) break;
    candidate = { offset, length: read.value.length };
    offset += read.value.length;
  }
  if (candidate === undefined) return undefined;
  const bytes = new Uint8Array(Math.min(candidate.length, MAX_FRAME_BYTES));
  const frame = readFrame(bytes.subarray(0, file.read(candidate.offset, bytes)), 0);
  return frame.ok ? frame.value : undefined;
}
