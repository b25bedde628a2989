import { equalBytes, leafHash } from "@writ/tlog/hash";
import { Frontier } from "@writ/tlog/tree";
import {
  encodeSegmentHead,
  entryCount,
  type Frame,
  findFrame,
  MAX_FRAME_BYTES,
  MAX_SEGMENT_HEAD_BYTES,
  readFrame,
  readFrameHeader,
  readSegmentHead,
  type SegmentHead,
  type Tally,
  tally,
} from "../frame.ts";
import { type Head, type HeadVerifier, openHead, sameHead } from "./head.ts";
import { OpenRefused } from "./open-refused.ts";
import type { Position } from "./segment.ts";

/** The segments of a log, to be read once each. */
export interface LogBytes {
  /** First leaf indices, rising. */
  readonly segments: readonly number[];
  read(segment: number): Uint8Array;
  /** The segment's path, for messages. */
  name(segment: number): string;
}

/**
 * What must be written again, or cut, before the log's end may be trusted. It stands in the last
 * segment: that one was begun only after everything before it had been synced.
 */
export type Restoration =
  | {
      readonly kind: "rewrite";
      readonly segment: number;
      /** The same bytes to the same place: the last sync may have failed or never run. */
      readonly from: number;
      readonly bytes: Uint8Array;
      /** Whether the file goes on after them with a torn write, to be cut. */
      readonly cut: boolean;
    }
  /** No whole frame stands in it: a log has no segment without one. */
  | { readonly kind: "remove"; readonly segment: number };

/** What a log holds and how to make sure of it. */
export interface Recovery {
  readonly frontier: Frontier;
  readonly tallies: Map<string, Tally>;
  /** The last head in the log or, if nothing was committed since, the guard's. */
  readonly head: Head | undefined;
  /** Where the next frame goes; `undefined` if there is no segment yet. */
  readonly end: Position | undefined;
  /** `undefined` if the guard vouches for all there is. */
  readonly restoration: Restoration | undefined;
}

/**
 * Works out what a log holds beyond doubt; writes nothing. Reads the segments from the one that
 * ends the guard's tree on, normally the last one alone; without a guard (the operator adopts the
 * log as it is) all of them, checking every head.
 *
 * Up to the guard's head everything was acknowledged after a sync, so any defect there is refused.
 * Above it a frame may be torn, if it is the very last thing in the log: one frame is in the making
 * at a time.
 *
 * Throws `OpenRefused`: LOG_CORRUPT, LOG_FORKED, LOG_BEHIND_HEAD.
 */
export function recover(log: LogBytes, guard: Head | undefined, key: HeadVerifier): Recovery {
  const { segments } = log;
  const last = segments.length - 1;
  const scan = new Scan(log, guard, key);
  for (let i = startSegment(segments, guard); i <= last; i += 1) {
    scan.segment(segments[i] ?? 0, i === last);
  }
  return scan.result();
}

/** Place, in the list, of the segment that holds the guard's last frame. */
function startSegment(segments: readonly number[], guard: Head | undefined): number {
  if (guard === undefined) return 0;
  return Math.max(
    0,
    segments.findLastIndex((firstIndex) => firstIndex < guard.size),
  );
}

/** Where a segment stops being what was written. */
interface Defect {
  readonly at: number;
  readonly reason: string;
}

class Scan {
  readonly #log: LogBytes;
  readonly #guard: Head | undefined;
  readonly #key: HeadVerifier;
  readonly #tallies = new Map<string, Tally>();
  #frontier = new Frontier();
  #head: Head | undefined;
  #end: Position | undefined;
  #restoration: Restoration | undefined;

  constructor(log: LogBytes, guard: Head | undefined, key: HeadVerifier) {
    this.#log = log;
    this.#guard = guard;
    this.#key = key;
    this.#head = guard?.size === 0 ? guard : undefined;
  }

  /** Leaves that were acknowledged beyond doubt. */
  get #trusted(): number {
    return this.#guard?.size ?? 0;
  }

  segment(segment: number, isLast: boolean): void {
    const bytes = this.#log.read(segment);
    const start = this.#start(segment, bytes);
    const { at, safe, defect } =
      start.defect === undefined
        ? this.#frames(segment, bytes, start.at)
        : { at: 0, safe: 0, defect: start.defect };
    if (defect !== undefined) this.#requireTornTail(segment, bytes, defect, isLast);
    if (isLast && this.#frontier.size === segment) {
      this.#restoration = { kind: "remove", segment };
      return;
    }
    this.#end = { segment, offset: at };
    if (!isLast || (at === safe && defect === undefined)) return;
    const again = bytes.subarray(safe, at);
    const cut = at < bytes.length;
    this.#restoration = { kind: "rewrite", segment, from: safe, bytes: again, cut };
  }

  result(): Recovery {
    const { size } = this.#frontier;
    if (size < this.#trusted) {
      throw new OpenRefused(
        "LOG_BEHIND_HEAD",
        `the log ends at leaf ${size}, but ${this.#trusted} were committed, says the guard: it was cut, or restored from an older copy. Put the newest copy back; if there is none, keep this one as evidence and begin a new Bucket, because the log key has signed what came after`,
      );
    }
    return {
      frontier: this.#frontier,
      tallies: this.#tallies,
      head: this.#head,
      end: this.#end,
      restoration: this.#restoration,
    };
  }

  /** Takes the segment's head in: where frames start, or what is wrong with it. */
  #start(segment: number, bytes: Uint8Array): { at: number; defect?: Defect } {
    const head = readSegmentHead(bytes);
    if (this.#end === undefined && segment > 0) {
      if (!head.ok) throw this.#corrupt(segment, 0, head.defect.reason);
      // Taken as given, because the guard's root confirms it or refuses the log.
      this.#frontier = head.value.frontier;
      for (const one of head.value.tallies) this.#tallies.set(one.writer, one);
    }
    if (segment !== this.#frontier.size) {
      throw this.#corrupt(segment, 0, `a segment should start at leaf ${this.#frontier.size}`);
    }
    if (!head.ok) return { at: 0, defect: { at: 0, reason: head.defect.reason } };
    const expected = encodeSegmentHead(segmentHead(this.#frontier, this.#tallies));
    if (equalBytes(bytes.subarray(0, head.end), expected)) return { at: head.end };
    throw this.#corrupt(segment, 0, "its head is not that of the log before it");
  }

  /** Takes frames in up to the end or a defect; `safe` is where the guard's word ends. */
  #frames(
    segment: number,
    bytes: Uint8Array,
    start: number,
  ): { at: number; safe: number; defect?: Defect } {
    let at = start;
    let safe = 0;
    while (at < bytes.length) {
      const read = readFrame(bytes, at);
      if (!read.ok) return { at, safe, defect: { at, reason: read.defect.reason } };
      this.#apply(segment, at, read.value);
      at = read.end;
      if (this.#frontier.size === this.#trusted) safe = at;
    }
    return { at, safe };
  }

  #apply(segment: number, at: number, frame: Frame): void {
    const before = this.#frontier.size;
    if (frame.firstIndex !== before) {
      throw this.#corrupt(segment, at, `a frame for leaf ${frame.firstIndex} stands at ${before}`);
    }
    const after = before + entryCount(frame.submissions);
    if (before < this.#trusted && after > this.#trusted) throw this.#forked(segment, at);
    for (const submission of frame.submissions) {
      for (const entry of submission.entries) this.#frontier.append(leafHash(entry));
      this.#tallies.set(submission.writer, tally(this.#tallies.get(submission.writer), submission));
    }
    // Heads below the guard's are bound by its root; checking each signature again would make
    // opening slow, and is what verification is for.
    if (after >= this.#trusted) this.#head = this.#headOf(segment, at, frame);
  }

  #headOf(segment: number, at: number, frame: Frame): Head {
    const { size } = this.#frontier;
    const root = this.#frontier.root();
    if (size === this.#guard?.size && !equalBytes(root, this.#guard.root)) {
      throw this.#forked(segment, at);
    }
    const head = this.#openHead(segment, at, frame.note.slice());
    if (sameHead(head, { size, root, note: frame.note })) return head;
    throw this.#corrupt(segment, at, "the signed head is not that of its leaves");
  }

  #openHead(segment: number, at: number, note: Uint8Array): Head {
    try {
      return openHead(this.#key, note);
    } catch (error) {
      throw this.#corrupt(segment, at, error instanceof Error ? error.message : String(error));
    }
  }

  #requireTornTail(segment: number, bytes: Uint8Array, defect: Defect, isLast: boolean): void {
    const { at, reason } = defect;
    const isAcknowledged = this.#frontier.size < this.#trusted;
    if (isAcknowledged || !isLast || endOfTornWrite(bytes, at) < bytes.length) {
      throw this.#corrupt(segment, at, reason);
    }
  }

  #corrupt(segment: number, at: number, reason: string): OpenRefused {
    return new OpenRefused(
      "LOG_CORRUPT",
      `${this.#log.name(segment)} is damaged at byte ${at}, after ${this.#frontier.size} leaves (${this.#trusted} are known to be committed): ${reason}. Nothing was changed; restore this file from a copy and open again`,
    );
  }

  #forked(segment: number, at: number): OpenRefused {
    return new OpenRefused(
      "LOG_FORKED",
      `${this.#log.name(segment)}, byte ${at}: the log does not hold the tree of ${this.#trusted} leaves that the guard saw committed: it is another log, or a copy that went its own way. Put the right one back`,
    );
  }
}

/** What a segment that begins here has as its head. */
export function segmentHead(frontier: Frontier, tallies: ReadonlyMap<string, Tally>): SegmentHead {
  const sorted = [...tallies.values()].sort((a, b) => (a.writer < b.writer ? -1 : 1));
  return { frontier, tallies: sorted };
}

/**
 * How far bytes that are no frame can be one torn write. Only one frame is written at a time, so a
 * further header shows that this one was synced and has been damaged since. The first frame of a
 * segment is written together with the segment's head, which may be torn in front of it.
 */
function endOfTornWrite(bytes: Uint8Array, at: number): number {
  const frameAt = at === 0 ? findFrame(bytes, 0) : at;
  const header = readFrameHeader(bytes, Math.max(0, frameAt));
  const next = findFrame(bytes, Math.max(0, frameAt) + 1);
  if (next >= 0) return next;
  return header.ok ? frameAt + header.value.length : at + MAX_SEGMENT_HEAD_BYTES + MAX_FRAME_BYTES;
}
