import {
  entryCount,
  FRAME_HEADER_BYTES,
  type Frame,
  MAX_SEGMENT_HEAD_BYTES,
  readFrame,
  readFrameHeader,
  readSegmentHead,
} from "../frame.ts";
import type { Files } from "./files.ts";
import { OpenRefused } from "./open-refused.ts";
import { listSegments, segmentPath } from "./segment.ts";

const CHUNK_BYTES = 1024 * 1024;

/**
 * Reads committed leaves back from the log, in order. It is never asked to go beyond what is synced,
 * so a frame that cannot be read is damage: `OpenRefused` (LOG_CORRUPT).
 */
export class LogCursor {
  readonly #files: Files;
  readonly #directory: string;
  #segment: number;
  #offset = 0;
  /** Leaf index that the frame at the cursor starts with. */
  #index: number;
  #chunk: Uint8Array = new Uint8Array(0);
  #chunkAt = 0;

  /** A cursor from which `next(index)` can be asked, at the start of the segment that holds it. */
  constructor(files: Files, directory: string, index: number) {
    this.#files = files;
    this.#directory = directory;
    this.#segment = listSegments(files, directory).findLast((first) => first <= index) ?? 0;
    this.#index = this.#segment;
  }

  /** The entries from `index` to the end of the frame that holds it. `index` must be committed. */
  next(index: number): readonly Uint8Array[] {
    while (this.#passFrameBefore(index));
    const { firstIndex, submissions } = this.#frame();
    const entries = submissions.flatMap((submission) => submission.entries);
    return firstIndex === index ? entries : entries.slice(index - firstIndex);
  }

  /** Goes past the frame at the cursor if it ends before `index`, by the headers alone. */
  #passFrameBefore(index: number): boolean {
    if (this.#index === index) return false;
    const { length } = this.#header();
    const after = this.#bytes(length + FRAME_HEADER_BYTES).subarray(length);
    if (after.length < FRAME_HEADER_BYTES) return false;
    const next = readFrameHeader(after, 0);
    if (!next.ok || next.value.firstIndex > index) return false;
    this.#offset += length;
    this.#index = next.value.firstIndex;
    return true;
  }

  #frame(): Frame {
    const { length } = this.#header();
    const read = readFrame(this.#bytes(length), 0);
    if (!read.ok) throw this.#damaged(read.defect.reason);
    const frame = read.value;
    if (frame.firstIndex !== this.#index) throw this.#damaged("it is out of order");
    this.#offset += read.end;
    this.#index += entryCount(frame.submissions);
    return frame;
  }

  /** The header of the frame at the cursor; where a segment has ended, of the next one's first. */
  #header(): { readonly length: number } {
    if (this.#offset > 0 && this.#bytes(1).length === 0) this.#enter(this.#index);
    if (this.#offset === 0) this.#passHead();
    const header = readFrameHeader(this.#bytes(FRAME_HEADER_BYTES), 0);
    if (!header.ok) throw this.#damaged(header.defect.reason);
    return header.value;
  }

  #enter(segment: number): void {
    this.#segment = segment;
    this.#offset = 0;
    this.#chunk = new Uint8Array(0);
  }

  #passHead(): void {
    const head = readSegmentHead(this.#bytes(MAX_SEGMENT_HEAD_BYTES));
    if (!head.ok) throw this.#damaged(head.defect.reason);
    this.#offset = head.end;
  }

  /** Bytes from the cursor on: at least `count`, or up to the end of the file. */
  #bytes(count: number): Uint8Array {
    const start = this.#offset - this.#chunkAt;
    if (start >= 0 && start + count <= this.#chunk.length) return this.#chunk.subarray(start);
    const path = segmentPath(this.#directory, this.#segment);
    const read = this.#files.read(path, this.#offset, Math.max(count, CHUNK_BYTES));
    if (read === undefined) throw this.#damaged("the file is missing");
    this.#chunk = read;
    this.#chunkAt = this.#offset;
    return read;
  }

  #damaged(reason: string): OpenRefused {
    const path = segmentPath(this.#directory, this.#segment);
    return new OpenRefused(
      "LOG_CORRUPT",
      `${path} is damaged at byte ${this.#offset}, at leaf ${this.#index}: ${reason}. Restore this file from a copy and open again`,
    );
  }
}
