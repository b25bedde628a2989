import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import {
  FRAME_HEADER_BYTES,
  MAX_SEGMENT_HEAD_BYTES,
  readFrameHeader,
  readSegmentHead,
} from "@writ/bucket/read/frame";
import type { Counts } from "./plain-server.ts";

/** Counts the frames of a growing log by their headers alone. */
export class FramesSeen {
  readonly #log: string;
  #segment = "";
  #offset = 0;
  #frames = 0;

  /** @param log folder of the segments */
  constructor(log: string) {
    this.#log = log;
  }

  /** Frames so far. Call it when nothing is under way. */
  count(): Counts["batches"] {
    const segments = readdirSync(this.#log).sort();
    for (const segment of segments.slice(Math.max(0, segments.indexOf(this.#segment)))) {
      if (segment !== this.#segment) {
        this.#segment = segment;
        this.#offset = 0;
      }
      this.#readOn(join(this.#log, segment));
    }
    return this.#frames;
  }

  #readOn(path: string): void {
    const file = openSync(path, "r");
    try {
      if (this.#offset === 0) {
        const head = readSegmentHead(read(file, MAX_SEGMENT_HEAD_BYTES, 0));
        if (!head.ok) throw new Error(head.defect.reason);
        this.#offset = head.end;
      }
      for (;;) {
        const header = readFrameHeader(read(file, FRAME_HEADER_BYTES, this.#offset), 0);
        if (!header.ok) return;
        this.#offset += header.value.length;
        this.#frames += 1;
      }
    } finally {
      closeSync(file);
    }
  }
}

function read(file: number, length: number, at: number): Uint8Array {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, at));
}
