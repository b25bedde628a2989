import { crc32 } from "node:zlib";
import { Frontier } from "@writ/tlog/tree";

/** What one writer signed at once, as a frame stores it. */
export interface FrameSubmission {
  /** 16 lowercase hex digits. */
  readonly writer: string;
  readonly epoch: number;
  readonly batch: number;
  /** The writer's signature, 64 bytes. */
  readonly signature: Uint8Array;
  /** At least one, each at most 65,535 bytes. */
  readonly entries: readonly Uint8Array[];
}

/** One commit: what was written and synced at once, and the signed tree head after it. */
export interface Frame {
  /** Index of the frame's first leaf, which is the tree size before it. */
  readonly firstIndex: number;
  /** SHA-256 of the constitution in force, 32 bytes. */
  readonly constitution: Uint8Array;
  /** At least one. */
  readonly submissions: readonly FrameSubmission[];
  /** The signed checkpoint of the tree after this frame (C2SP signed note), opaque here. */
  readonly note: Uint8Array;
}

/** What one writer has in the log up to some leaf. */
export interface Tally {
  readonly writer: string;
  /** The greatest epoch that it wrote under. */
  readonly epoch: number;
  readonly submissions: number;
  readonly entries: number;
  /** Sum of the lengths of its entries. */
  readonly bytes: number;
}

/**
 * What stands at the start of a segment file: all that a writer must know of the log before it, so
 * that opening reads the last segment and no other.
 */
export interface SegmentHead {
  /** The right edge of the tree before the segment; its size is the segment's first leaf index. */
  readonly frontier: Frontier;
  /** One for each writer that has anything in the log before the segment, sorted by name. */
  readonly tallies: readonly Tally[];
}

/** Why bytes are not a frame: they end too early, or they are not what was written. */
export interface FrameDefect {
  readonly code: "FRAME_TORN" | "FRAME_DAMAGED";
  readonly reason: string;
}

export type FrameRead<T> =
  | { readonly ok: true; readonly value: T; readonly end: number }
  | { readonly ok: false; readonly defect: FrameDefect };

/** Refuses to encode what no frame can hold; nothing was written. */
export class FrameUnencodable extends RangeError {
  readonly code = "FRAME_UNENCODABLE";
}

export const FRAME_HEADER_BYTES = 60;
/** Writers that a log can ever have had; bounds a segment's head. */
export const MAX_WRITERS = 4096;
export const MAX_SEGMENT_HEAD_BYTES: number = 16 + 53 * 32 + 2 + 40 * MAX_WRITERS + 4;
export const MAX_FRAME_BYTES: number = 32 * 1024 * 1024;
/**
 * More than 32 MiB of the smallest events. A frame of nothing but empty entries would cost its reader
 * gigabytes of views, whoever made it up.
 */
export const MAX_FRAME_ENTRIES = 131_072;
/** An entry's length is stored in 16 bits, as in a C2SP entry bundle. */
export const MAX_ENTRY_BYTES = 65_535;

const CHECKSUM_BYTES = 4;
const SUBMISSION_HEADER_BYTES = 92;
const HASH_BYTES = 32;
const SEGMENT_PREFIX_BYTES = 16;
const TALLY_BYTES = 40;
const MIN_FRAME_BYTES: number = FRAME_HEADER_BYTES + SUBMISSION_HEADER_BYTES + CHECKSUM_BYTES;

// 0xFF occurs in no UTF-8 text, so no event can hold a magic: whoever looks for the next frame after
// a damaged one cannot be led astray by what an event says.
const FRAME_MAGIC = Uint8Array.of(0xff, 0x57, 0x52, 0x49, 0x54, 0x46, 0x0a, 0x01);
const SEGMENT_MAGIC = Uint8Array.of(0xff, 0x57, 0x52, 0x49, 0x54, 0x53, 0x0a, 0x01);

/** Bytes that `encodeFrame` will produce. */
export function frameBytes(submissions: readonly FrameSubmission[], noteBytes: number): number {
  let total = FRAME_HEADER_BYTES + noteBytes + CHECKSUM_BYTES;
  for (const submission of submissions) total += submissionBytes(submission.entries);
  return total;
}

/** Bytes that one submission with these entries takes inside a frame. */
export function submissionBytes(entries: readonly Uint8Array[]): number {
  let total = SUBMISSION_HEADER_BYTES;
  for (const entry of entries) total += 2 + entry.length;
  return total;
}

/**
 * The one encoding of a frame. Throws `FrameUnencodable` if a field is outside its range.
 *
 * @param room gives the bytes that the frame is written to, all of which are set
 */
export function encodeFrame(
  frame: Frame,
  room: (length: number) => Buffer = Buffer.allocUnsafe,
): Uint8Array {
  const length = frameBytes(frame.submissions, frame.note.length);
  requireEncodable(length <= MAX_FRAME_BYTES, "frame is larger than 32 MiB; submit less at once");
  requireEncodable(frame.submissions.length > 0, "frame has no submission");
  const entries = entryCount(frame.submissions);
  requireEncodable(entries <= MAX_FRAME_ENTRIES, "frame has more than 131,072 entries");
  requireEncodable(frame.note.length > 0, "frame has no checkpoint");
  requireEncodable(frame.constitution.length === HASH_BYTES, "constitution digest is not 32 bytes");
  const bytes = room(length);
  bytes.set(FRAME_MAGIC, 0);
  bytes.writeUInt32BE(length, 8);
  writeUint64(bytes, frame.firstIndex, 12);
  bytes.writeUInt32BE(frame.submissions.length, 20);
  bytes.set(frame.constitution, 24);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 56)), 56);
  let at = FRAME_HEADER_BYTES;
  for (const submission of frame.submissions) at = writeSubmission(bytes, at, submission);
  bytes.set(frame.note, at);
  writeChecksum(bytes);
  return bytes;
}

/** Total length of the frame that starts at `offset`, if its 60-byte header is intact. */
export function readFrameHeader(
  bytes: Uint8Array,
  offset: number,
): FrameRead<{ readonly length: number; readonly firstIndex: number }> {
  if (bytes.length - offset < FRAME_HEADER_BYTES) return torn("header is cut short");
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, FRAME_HEADER_BYTES);
  if (!startsWith(bytes, offset, FRAME_MAGIC)) return damaged("no frame starts here");
  if (view.getUint32(56) !== crc32(bytes.subarray(offset, offset + 56))) {
    return damaged("header checksum does not match");
  }
  const length = view.getUint32(8);
  if (length < MIN_FRAME_BYTES) return damaged("frame is too short to hold a submission");
  if (length > MAX_FRAME_BYTES) return damaged("frame is larger than 32 MiB");
  const firstIndex = readUint64(view, 12);
  if (firstIndex === undefined) return damaged("first leaf index is beyond 2^53");
  return { ok: true, value: { length, firstIndex }, end: offset + FRAME_HEADER_BYTES };
}

/**
 * Reads the frame at `offset`. Byte arrays of the result are views into `bytes`. A result that is
 * `ok` re-encodes to exactly `bytes[offset … end)`.
 */
export function readFrame(bytes: Uint8Array, offset: number): FrameRead<Frame> {
  const header = readFrameHeader(bytes, offset);
  if (!header.ok) return header;
  const { length, firstIndex } = header.value;
  const end = offset + length;
  if (end > bytes.length) return torn(`frame of ${length} bytes is cut short`);
  const frame = bytes.subarray(offset, end);
  if (!checksumMatches(frame)) return damaged("frame checksum does not match");
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const body = readSubmissions(frame, view, view.getUint32(20));
  if (body === undefined) return damaged("submissions do not fill the frame as its counts say");
  const note = frame.subarray(body.end, frame.length - CHECKSUM_BYTES);
  if (note.length === 0) return damaged("frame has no checkpoint");
  const constitution = frame.subarray(24, 56);
  return {
    ok: true,
    value: { firstIndex, constitution, submissions: body.submissions, note },
    end,
  };
}

/**
 * Offset of the next intact frame header at or after `from`, or −1: where to go on after a frame
 * that is damaged, so that its damage stays its own.
 */
export function findFrame(bytes: Uint8Array, from: number): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = buffer.indexOf(FRAME_MAGIC, from);
  while (at >= 0 && !readFrameHeader(bytes, at).ok) at = buffer.indexOf(FRAME_MAGIC, at + 1);
  return at;
}

/** Number of leaves that a frame adds. */
export function entryCount(submissions: readonly FrameSubmission[]): number {
  let count = 0;
  for (const submission of submissions) count += submission.entries.length;
  return count;
}

/** Adds a submission to its writer's tally. */
export function tally(before: Tally | undefined, submission: FrameSubmission): Tally {
  const { writer, epoch, entries } = submission;
  return {
    writer,
    epoch: Math.max(epoch, before?.epoch ?? 0),
    submissions: 1 + (before?.submissions ?? 0),
    entries: entries.length + (before?.entries ?? 0),
    bytes: entries.reduce((sum, entry) => sum + entry.length, before?.bytes ?? 0),
  };
}

/** The one encoding of a segment's head. */
export function encodeSegmentHead({ frontier, tallies }: SegmentHead): Uint8Array {
  requireEncodable(tallies.length <= MAX_WRITERS, "a log has more than 4096 writers");
  requireEncodable(isRising(tallies), "tallies are not sorted by writer");
  const edge = frontier.toBytes();
  const edgeEnd = SEGMENT_MAGIC.length + edge.length;
  const bytes = Buffer.alloc(edgeEnd + 2 + TALLY_BYTES * tallies.length + CHECKSUM_BYTES);
  bytes.set(SEGMENT_MAGIC, 0);
  bytes.set(edge, SEGMENT_MAGIC.length);
  bytes.writeUInt16BE(tallies.length, edgeEnd);
  tallies.forEach(({ writer, epoch, submissions, entries, bytes: size }, i) => {
    const at = edgeEnd + 2 + TALLY_BYTES * i;
    writeWriter(bytes, writer, at);
    [epoch, submissions, entries, size].forEach((value, field) => {
      writeUint64(bytes, value, at + 8 + 8 * field);
    });
  });
  writeChecksum(bytes);
  return bytes;
}

/**
 * Reads the head at the start of a segment; `end` is where the first frame starts. A result that is
 * `ok` re-encodes to exactly those bytes.
 */
export function readSegmentHead(bytes: Uint8Array): FrameRead<SegmentHead> {
  if (bytes.length < SEGMENT_PREFIX_BYTES) return torn("segment head is cut short");
  if (!startsWith(bytes, 0, SEGMENT_MAGIC)) return damaged("no segment starts here");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const firstIndex = readUint64(view, SEGMENT_MAGIC.length);
  if (firstIndex === undefined) return damaged("first leaf index is beyond 2^53");
  const edgeEnd = SEGMENT_PREFIX_BYTES + HASH_BYTES * oneBits(firstIndex);
  if (bytes.length < edgeEnd + 2) return torn("segment head is cut short");
  const writers = view.getUint16(edgeEnd);
  if (writers > MAX_WRITERS) return damaged("segment head names more than 4096 writers");
  const end = edgeEnd + 2 + TALLY_BYTES * writers + CHECKSUM_BYTES;
  if (bytes.length < end) return torn("segment head is cut short");
  if (!checksumMatches(bytes.subarray(0, end)))
    return damaged("segment head checksum does not match");
  const tallies = readTallies(bytes, view, edgeEnd + 2, writers);
  if (tallies === undefined) return damaged("segment head's tallies are not in order");
  const frontier = Frontier.fromBytes(bytes.subarray(SEGMENT_MAGIC.length, edgeEnd));
  return { ok: true, value: { frontier, tallies }, end };
}

function readTallies(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  count: number,
): Tally[] | undefined {
  const tallies: Tally[] = [];
  for (let at = start; at < start + TALLY_BYTES * count; at += TALLY_BYTES) {
    const [epoch, submissions, entries, size] = [8, 16, 24, 32].map((field) =>
      readUint64(view, at + field),
    );
    if (
      epoch === undefined ||
      submissions === undefined ||
      entries === undefined ||
      size === undefined
    ) {
      return undefined;
    }
    tallies.push({ writer: readWriter(bytes, at), epoch, submissions, entries, bytes: size });
  }
  return isRising(tallies) ? tallies : undefined;
}

function isRising(tallies: readonly Tally[]): boolean {
  return tallies.every(({ writer }, i) => i === 0 || (tallies[i - 1]?.writer ?? "") < writer);
}

function writeSubmission(bytes: Buffer, start: number, submission: FrameSubmission): number {
  const { writer, epoch, batch, signature, entries } = submission;
  requireEncodable(signature.length === 64, "signature is not 64 bytes");
  requireEncodable(entries.length > 0, "submission has no entry");
  writeWriter(bytes, writer, start);
  writeUint64(bytes, epoch, start + 8);
  writeUint64(bytes, batch, start + 16);
  bytes.set(signature, start + 24);
  bytes.writeUInt32BE(entries.length, start + 88);
  let at = start + SUBMISSION_HEADER_BYTES;
  for (const entry of entries) {
    const size = entry.length;
    requireEncodable(size <= MAX_ENTRY_BYTES, "entry is longer than 65,535 bytes");
    bytes[at] = size >>> 8;
    bytes[at + 1] = size & 0xff;
    bytes.set(entry, at + 2);
    at += 2 + size;
  }
  return at;
}

function readSubmissions(
  frame: Uint8Array,
  view: DataView,
  count: number,
): { submissions: FrameSubmission[]; end: number } | undefined {
  if (count === 0) return undefined;
  const submissions: FrameSubmission[] = [];
  let at = FRAME_HEADER_BYTES;
  let room = MAX_FRAME_ENTRIES;
  for (let i = 0; i < count; i += 1) {
    const read = readSubmission(frame, view, at, room);
    if (read === undefined) return undefined;
    submissions.push(read.submission);
    room -= read.submission.entries.length;
    at = read.end;
  }
  return { submissions, end: at };
}

function readSubmission(
  frame: Uint8Array,
  view: DataView,
  start: number,
  room: number,
): { submission: FrameSubmission; end: number } | undefined {
  const limit = frame.length - CHECKSUM_BYTES;
  let at = start + SUBMISSION_HEADER_BYTES;
  if (at > limit) return undefined;
  const epoch = readUint64(view, start + 8);
  const batch = readUint64(view, start + 16);
  const count = view.getUint32(start + 88);
  if (epoch === undefined || batch === undefined) return undefined;
  if (count === 0 || count > room) return undefined;
  const entries: Uint8Array[] = [];
  for (let i = 0; i < count; i += 1) {
    if (at + 2 > limit) return undefined;
    const end = at + 2 + view.getUint16(at);
    if (end > limit) return undefined;
    entries.push(frame.subarray(at + 2, end));
    at = end;
  }
  const writer = readWriter(frame, start);
  const signature = frame.subarray(start + 24, start + 88);
  return { submission: { writer, epoch, batch, signature, entries }, end: at };
}

function writeChecksum(bytes: Buffer): void {
  const at = bytes.length - CHECKSUM_BYTES;
  bytes.writeUInt32BE(crc32(bytes.subarray(0, at)), at);
}

function checksumMatches(bytes: Uint8Array): boolean {
  const at = bytes.length - CHECKSUM_BYTES;
  if (at < FRAME_MAGIC.length) return false;
  const stored = new DataView(bytes.buffer, bytes.byteOffset + at, CHECKSUM_BYTES).getUint32(0);
  return stored === crc32(bytes.subarray(0, at));
}

function writeWriter(bytes: Buffer, writer: string, at: number): void {
  requireEncodable(/^[0-9a-f]{16}$/.test(writer), "writer is not 16 lowercase hex digits");
  bytes.write(writer, at, "hex");
}

function readWriter(bytes: Uint8Array, at: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, 8).toString("hex");
}

function writeUint64(bytes: Buffer, value: number, at: number): void {
  requireEncodable(Number.isSafeInteger(value) && value >= 0, "number is not within 0 … 2^53 − 1");
  bytes.writeUInt32BE(Math.floor(value / 2 ** 32), at);
  bytes.writeUInt32BE(value >>> 0, at + 4);
}

function readUint64(view: DataView, at: number): number | undefined {
  const value = view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
  return Number.isSafeInteger(value) ? value : undefined;
}

function oneBits(n: number): number {
  let count = 0;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

function startsWith(bytes: Uint8Array, offset: number, prefix: Uint8Array): boolean {
  return prefix.every((byte, i) => bytes[offset + i] === byte);
}

function requireEncodable(holds: boolean, message: string): void {
  if (!holds) throw new FrameUnencodable(message);
}

function torn(reason: string): { ok: false; defect: FrameDefect } {
  return { ok: false, defect: { code: "FRAME_TORN", reason } };
}

function damaged(reason: string): { ok: false; defect: FrameDefect } {
  return { ok: false, defect: { code: "FRAME_DAMAGED", reason } };
}
