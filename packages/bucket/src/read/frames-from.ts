import {
  FRAME_HEADER_BYTES,
  type Frame,
  MAX_SEGMENT_HEAD_BYTES,
  readFrame,
  readFrameHeader,
  readSegmentHead,
} from "../frame.ts";
import type { Folder } from "./folder.ts";
import { segmentPath, segments } from "./log.ts";
import { Window } from "./window.ts";

/** Where reading the log goes on. */
export interface LogPosition {
  /** Leaf index of the next frame. */
  readonly index: number;
  /** First leaf index of the segment that holds it, or that was read last. */
  readonly segment: number;
  /** Where in that segment; 0 before its head. */
  readonly offset: number;
}

/** A frame and where it stands. Byte arrays are views that are good until the next one is asked for. */
export interface LocatedFrame {
  readonly frame: Frame;
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
}

/** The log below a published size is not whole: every frame there was synced before it was published. */
export class LogUnreadable extends Error {
  override readonly name = "LogUnreadable";
  readonly code = "LOG_UNREADABLE";
  /** The leaf that could not be reached. */
  readonly index: number;

  constructor(index: number, reason: string) {
    super(`the log cannot be read at event ${index} (${reason}); run writ verify`);
    this.index = index;
  }
}

export const LOG_START: LogPosition = { index: 0, segment: 0, offset: 0 };

/**
 * The frames from a position on, up to the published size `until`, one in memory at a time. For
 * whoever follows a log: it is told the size that is published and never looks beyond it.
 *
 * Throws LogUnreadable.
 */
export function* framesFrom(
  folder: Folder,
  from: LogPosition,
  until: number,
): Generator<LocatedFrame, void, void> {
  let position = from;
  while (position.index < until) {
    const before = position.index;
    position = yield* framesOfSegment(folder, position, until);
    if (position.index >= until) return;
    if (!segments(folder).includes(position.index) || position.segment === position.index) {
      throw new LogUnreadable(position.index, "the log ends there");
    }
    if (before === position.index && position.offset === 0) return;
    position = { index: position.index, segment: position.index, offset: 0 };
  }
}

/** The frame at a place that was noted when it was read; `undefined` if it is not whole there now. */
export function frameAt(
  folder: Folder,
  { segment, offset, length }: Omit<LocatedFrame, "frame">,
): Frame | undefined {
  const file = folder.open(segmentPath(segment));
  if (file === undefined) return undefined;
  try {
    const bytes = new Uint8Array(length);
    const read = readFrame(bytes.subarray(0, file.read(offset, bytes)), 0);
    return read.ok ? read.value : undefined;
  } finally {
    file.close();
  }
}

function* framesOfSegment(
  folder: Folder,
  from: LogPosition,
  until: number,
): Generator<LocatedFrame, LogPosition, void> {
  const { segment } = from;
  const file = folder.open(segmentPath(segment));
  if (file === undefined) throw new LogUnreadable(from.index, "a segment is missing");
  try {
    const window = new Window(file);
    let { index } = from;
    let offset = from.offset === 0 ? endOfHead(window, segment) : from.offset;
    while (index < until && offset < file.size()) {
      const frame = readFrameAt(window, offset, index);
      yield { frame: frame.frame, segment, offset, length: frame.length };
      index += frame.leaves;
      offset += frame.length;
    }
    return { index, segment, offset };
  } finally {
    file.close();
  }
}

function endOfHead(window: Window, segment: number): number {
  const head = readSegmentHead(window.from(0, MAX_SEGMENT_HEAD_BYTES));
  if (!head.ok) throw new LogUnreadable(segment, head.defect.reason);
  if (head.value.frontier.size !== segment) {
    throw new LogUnreadable(segment, "a segment's name is not its first index");
  }
  return head.end;
}

function readFrameAt(
  window: Window,
  offset: number,
  index: number,
): { frame: Frame; length: number; leaves: number } {
  const header = readFrameHeader(window.from(offset, FRAME_HEADER_BYTES), 0);
  if (!header.ok) throw new LogUnreadable(index, header.defect.reason);
  const read = readFrame(window.from(offset, header.value.length), 0);
  if (!read.ok) throw new LogUnreadable(index, read.defect.reason);
  const { firstIndex, submissions } = read.value;
  if (firstIndex !== index) {
    throw new LogUnreadable(index, `a frame there begins with event ${firstIndex}`);
  }
  const leaves = submissions.reduce((sum, { entries }) => sum + entries.length, 0);
  return { frame: read.value, length: read.end, leaves };
}
