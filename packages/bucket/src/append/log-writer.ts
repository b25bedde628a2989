import { HASH_SIZE } from "@writ/tlog/hash";
import type { Frontier } from "@writ/tlog/tree";
import {
  encodeSegmentHead,
  MAX_ENTRY_BYTES,
  MAX_FRAME_BYTES,
  MAX_FRAME_ENTRIES,
  submissionBytes,
  type Tally,
  tally,
} from "../frame.ts";
import type { Clock } from "./clock.ts";
import type { Epochs } from "./epochs.ts";
import { type Files, writeAll } from "./files.ts";
import { FrameDraft, type Waiting } from "./frame-draft.ts";
import type { Guard } from "./guard.ts";
import type { Head, HeadKey } from "./head.ts";
import type { Publishing } from "./publish.ts";
import { segmentHead } from "./recover.ts";
import { Scratch } from "./scratch.ts";
import { type Position, segmentPath } from "./segment.ts";
import {
  EpochNotGreater,
  type LogWriter,
  Poisoned,
  type Submission,
  SubmissionRefused,
} from "./submission.ts";

export interface LogLimits {
  /** A segment is closed before a frame that would make it longer. */
  readonly segmentBytes: number;
  /** Submissions are committed together up to this many bytes of frame. */
  readonly batchBytes: number;
  /** Full tiles are made durable in steps of this many leaves, a multiple of 256. */
  readonly tileSyncLeaves: number;
}

/** Room that a frame needs beside its submissions: header, checkpoint, checksum. */
const FRAME_OVERHEAD_BYTES = 64 * 1024;

/** What one open log works with. */
export interface LogParts {
  readonly files: Files;
  readonly clock: Clock;
  readonly key: HeadKey;
  /** SHA-256 of the constitution in force. */
  readonly constitution: Uint8Array;
  /** Directory of the segments. */
  readonly directory: string;
  readonly limits: LogLimits;
  readonly epochs: Epochs;
  readonly guard: Guard;
  readonly publisher: Publishing;
  /** Gives back what `lock` took. */
  readonly unlock: () => void;
}

/** Where an open log stands. */
export interface LogState {
  readonly frontier: Frontier;
  readonly tallies: Map<string, Tally>;
  readonly end: Position | undefined;
}

interface OpenSegment {
  readonly firstIndex: number;
  readonly handle: number;
}

/**
 * Group commit: what is submitted while one frame is being synced becomes the next frame, and is
 * hashed and signed meanwhile. One write, one `fdatasync` a frame, one frame at a time; the head is
 * signed inside it; whoever waits is told after.
 */
export class CommitLog implements LogWriter {
  readonly poisoned: Promise<Error>;
  readonly #parts: LogParts;
  readonly #frontier: Frontier;
  readonly #tallies: Map<string, Tally>;
  /** The bytes of the one frame that is sealed and not yet written. */
  readonly #scratch = new Scratch();
  #committed: number;
  /** Takes in what is submitted; the frontier is always that of its end. */
  #draft: FrameDraft;
  /** What the draft has no room for, in order. */
  #waiting: Waiting[] = [];
  #isSealedAhead = false;
  /** The frame that was synced last, until its writers are told. */
  #untold: { readonly frame: FrameDraft; readonly head: Head } | undefined;
  #segment: OpenSegment | undefined;
  #offset = 0;
  #committing: Promise<void> | undefined;
  #poison: Poisoned | undefined;
  #reportPoison: (error: Error) => void = () => {};
  #closing: Promise<void> | undefined;

  constructor(parts: LogParts, state: LogState) {
    this.#parts = parts;
    this.#frontier = state.frontier;
    this.#tallies = state.tallies;
    this.#committed = state.frontier.size;
    this.#draft = new FrameDraft(state.frontier);
    this.poisoned = new Promise((resolve) => {
      this.#reportPoison = resolve;
    });
    if (state.end !== undefined) {
      const { segment, offset } = state.end;
      const handle = parts.files.open(segmentPath(parts.directory, segment));
      this.#segment = { firstIndex: segment, handle };
      this.#offset = offset;
    }
    parts.publisher.start();
  }

  get size(): number {
    return this.#committed;
  }

  get tallies(): ReadonlyMap<string, Tally> {
    return this.#tallies;
  }

  submit(submission: Submission): Promise<void> {
    if (this.#poison !== undefined) return Promise.reject(this.#poison);
    const refusal = this.#closing === undefined ? refusalOf(submission) : closedRefusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    const bytes = submissionBytes(submission.entries);
    return new Promise((resolve, reject) => {
      this.#take({ submission, bytes, resolve, reject });
      if (this.#committing === undefined) this.#committing = this.#commitAll();
      else this.#sealAhead();
    });
  }

  raiseEpoch(writer: string, epoch: number): void {
    if (this.#poison !== undefined) throw this.#poison;
    try {
      this.#parts.epochs.raise(writer, epoch);
    } catch (error) {
      if (error instanceof EpochNotGreater) throw error;
      throw this.fail(error);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Poisons the log for a cause found here or by what follows the commits. The first one counts. */
  fail(cause: unknown): Poisoned {
    if (this.#poison !== undefined) return this.#poison;
    const poison = new Poisoned(cause);
    this.#poison = poison;
    this.#parts.guard.stop();
    void this.#parts.publisher.stop();
    const untold = this.#untold?.frame.waiting ?? [];
    this.#untold = undefined;
    for (const { reject } of [...untold, ...this.#draft.waiting, ...this.#waiting]) reject(poison);
    this.#reportPoison(poison);
    return poison;
  }

  /** Into the draft, or behind those that wait for the next one. */
  #take(one: Waiting): void {
    const isNext = this.#waiting.length === 0;
    if (isNext && this.#draft.add(one, this.#parts.limits.batchBytes)) return;
    this.#waiting.push(one);
  }

  /**
   * Signs the next frame while the present one is being synced. Once in each sync: where many
   * writers come one after the other, a signature for each of them would be wasted.
   */
  #sealAhead(): void {
    if (this.#isSealedAhead) return;
    this.#isSealedAhead = true;
    const draft = this.#draft;
    // Whatever else arrives in this turn of the event loop belongs into it.
    void this.#parts.clock.breathe().then(() => {
      if (draft !== this.#draft || this.#poison !== undefined) return;
      try {
        draft.seal(this.#parts.key, this.#parts.constitution, this.#scratch);
      } catch (cause) {
        this.fail(cause);
      }
    });
  }

  async #commitAll(): Promise<void> {
    // Whatever else is submitted before the event loop goes on belongs into the same frame.
    await undefined;
    while (!this.#draft.isEmpty && this.#poison === undefined) {
      const frame = this.#draft;
      try {
        await this.#commit(frame);
      } catch (cause) {
        const poison = this.fail(cause);
        for (const { reject } of frame.waiting) reject(poison);
      }
    }
    this.#tell();
    this.#committing = undefined;
  }

  async #commit(frame: FrameDraft): Promise<void> {
    const { head, bytes } = frame.seal(this.#parts.key, this.#parts.constitution, this.#scratch);
    this.#beginDraft();
    const handle = this.#write(frame, bytes);
    const syncing = this.#parts.files.datasyncLater(handle);
    // The disk is busy again: there is time now to tell of the frame before.
    this.#tell();
    await syncing;
    // The guard or the tiles failed meanwhile: the process is about to end and answers nobody.
    if (this.#poison !== undefined) throw this.#poison;
    this.#committed = head.size;
    for (const { submission } of frame.waiting) {
      const { writer } = submission;
      this.#tallies.set(writer, tally(this.#tallies.get(writer), submission));
    }
    this.#untold = { frame, head };
  }

  /** What comes from now on, and what waits already, goes into another frame. */
  #beginDraft(): void {
    const draft = new FrameDraft(this.#frontier);
    const { batchBytes } = this.#parts.limits;
    const left = this.#waiting.findIndex((one) => !draft.add(one, batchBytes));
    this.#waiting = left < 0 ? [] : this.#waiting.slice(left);
    this.#draft = draft;
    this.#isSealedAhead = false;
  }

  /** One write at the end of the segment; gives what is to be synced. */
  #write(frame: FrameDraft, sealed: Uint8Array): number {
    const { files, directory } = this.#parts;
    const { firstIndex, handle } = this.#segmentFor(frame);
    const bytes = this.#offset === 0 ? Buffer.concat([this.#segmentHead(frame), sealed]) : sealed;
    writeAll(files, handle, segmentPath(directory, firstIndex), bytes, this.#offset);
    this.#offset += bytes.length;
    return handle;
  }

  /** All before this frame is synced and counted in the tallies, and nothing of it. */
  #segmentHead({ before }: FrameDraft): Uint8Array {
    return encodeSegmentHead(segmentHead(before, this.#tallies));
  }

  /** The segment that a frame goes to; a new one is durable by name before it is used. */
  #segmentFor(frame: FrameDraft): OpenSegment {
    const { files, directory, limits } = this.#parts;
    const firstIndex = frame.before.size;
    const present = this.#segment;
    const size = frame.bytes + FRAME_OVERHEAD_BYTES;
    const hasRoom = this.#offset + size <= limits.segmentBytes;
    if (present !== undefined && (hasRoom || present.firstIndex === firstIndex)) return present;
    const segment = { firstIndex, handle: files.create(segmentPath(directory, firstIndex)) };
    this.#segment = segment;
    this.#offset = 0;
    if (present !== undefined) files.close(present.handle);
    files.syncDirectory(directory);
    return segment;
  }

  /** The last frame is durable: tells the writers, and what follows the commits. */
  #tell(): void {
    if (this.#untold === undefined) return;
    const { frame, head } = this.#untold;
    this.#untold = undefined;
    for (const { resolve } of frame.waiting) resolve();
    this.#parts.guard.cover(head);
    this.#parts.publisher.offer(head);
  }

  async #close(): Promise<void> {
    const { files, guard, publisher, unlock } = this.#parts;
    await this.#committing;
    await guard.flush();
    await publisher.flush();
    guard.stop();
    await publisher.stop();
    if (this.#segment !== undefined) files.close(this.#segment.handle);
    unlock();
    if (this.#poison !== undefined) throw this.#poison;
  }
}

/** Why a submission can stand in no frame, if it cannot: one bad one must not poison the log. */
function refusalOf({ entries, leafHashes }: Submission): SubmissionRefused | undefined {
  const isWhole =
    entries.length > 0 &&
    entries.length <= MAX_FRAME_ENTRIES &&
    HASH_SIZE * entries.length === leafHashes.length &&
    entries.every((entry) => entry.length <= MAX_ENTRY_BYTES);
  if (!isWhole) {
    return new SubmissionRefused(
      "SUBMISSION_MALFORMED",
      "give 1 to 131,072 entries of at most 65,535 bytes, and the leaf hash of each",
    );
  }
  if (submissionBytes(entries) <= MAX_FRAME_BYTES - FRAME_OVERHEAD_BYTES) return undefined;
  return new SubmissionRefused("SUBMISSION_TOO_LARGE", "submit less at once: a frame holds 32 MiB");
}

function closedRefusal(): SubmissionRefused {
  return new SubmissionRefused("WRITER_CLOSED", "the log is being closed; open it again to append");
}
