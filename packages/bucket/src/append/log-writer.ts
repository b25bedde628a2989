import type { Frontier } from "@writ/tlog/tree";
import {
  encodeFrame,
  encodeSegmentHead,
  MAX_ENTRY_BYTES,
  MAX_FRAME_BYTES,
  submissionBytes,
  type Tally,
  tally,
} from "../frame.ts";
import type { Clock } from "./clock.ts";
import type { Epochs } from "./epochs.ts";
import { type Files, writeAll } from "./files.ts";
import type { Guard } from "./guard.ts";
import { type Head, type HeadKey, signHead } from "./head.ts";
import type { Publishing } from "./publish.ts";
import { segmentHead } from "./recover.ts";
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

interface Waiting {
  readonly submission: Submission;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface OpenSegment {
  readonly firstIndex: number;
  readonly handle: number;
}

/**
 * Group commit: what is submitted while one frame is being synced becomes the next frame. One
 * write, one `fdatasync` a frame; the head is signed inside it; whoever waits is told after.
 */
export class CommitLog implements LogWriter {
  readonly poisoned: Promise<Error>;
  readonly #parts: LogParts;
  readonly #frontier: Frontier;
  readonly #tallies: Map<string, Tally>;
  #committed: number;
  #waiting: Waiting[] = [];
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
      this.#waiting.push({ submission, bytes, resolve, reject });
      this.#committing ??= this.#commitAll();
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
    for (const { reject } of this.#waiting.splice(0)) reject(poison);
    this.#reportPoison(poison);
    return poison;
  }

  async #commitAll(): Promise<void> {
    // Whatever else arrived in this turn of the event loop belongs into the same frame.
    await this.#parts.clock.breathe();
    while (this.#waiting.length > 0 && this.#poison === undefined) {
      const batch = this.#waiting.splice(
        0,
        batchLength(this.#waiting, this.#parts.limits.batchBytes),
      );
      await this.#commit(batch);
    }
    this.#committing = undefined;
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const head = await this.#writeFrame(batch);
      // The guard or the tiles failed meanwhile: the process is about to end and answers nobody.
      if (this.#poison !== undefined) throw this.#poison;
      this.#announce(batch, head);
    } catch (cause) {
      const poison = this.fail(cause);
      for (const { reject } of batch) reject(poison);
    }
  }

  async #writeFrame(batch: readonly Waiting[]): Promise<Head> {
    const { files, key, constitution, directory } = this.#parts;
    const submissions = batch.map(({ submission }) => submission);
    const size = batch.reduce((sum, { bytes }) => sum + bytes, 0);
    const segment = this.#segmentFor(size + FRAME_OVERHEAD_BYTES);
    const segmentStart =
      this.#offset === 0
        ? encodeSegmentHead(segmentHead(this.#frontier, this.#tallies))
        : undefined;
    const firstIndex = this.#frontier.size;
    for (const { leafHashes } of submissions) {
      for (const hash of leafHashes) this.#frontier.append(hash);
    }
    const head = signHead(key, this.#frontier);
    const frame = encodeFrame({ firstIndex, constitution, submissions, note: head.note });
    const bytes = segmentStart === undefined ? frame : Buffer.concat([segmentStart, frame]);
    writeAll(
      files,
      segment.handle,
      segmentPath(directory, segment.firstIndex),
      bytes,
      this.#offset,
    );
    await files.datasyncLater(segment.handle);
    this.#offset += bytes.length;
    return head;
  }

  /** The segment that a frame of `size` bytes goes to; a new one is durable by name before it is used. */
  #segmentFor(size: number): OpenSegment {
    const { files, directory, limits } = this.#parts;
    const firstIndex = this.#frontier.size;
    const present = this.#segment;
    const hasRoom = this.#offset + size <= limits.segmentBytes;
    if (present !== undefined && (hasRoom || present.firstIndex === firstIndex)) return present;
    const segment = { firstIndex, handle: files.create(segmentPath(directory, firstIndex)) };
    this.#segment = segment;
    this.#offset = 0;
    if (present !== undefined) files.close(present.handle);
    files.syncDirectory(directory);
    return segment;
  }

  /** The frame is durable: tells the writers, and what follows the commits. */
  #announce(batch: readonly Waiting[], head: Head): void {
    const submissions = batch.map(({ submission }) => submission);
    this.#committed = head.size;
    for (const one of submissions) {
      this.#tallies.set(one.writer, tally(this.#tallies.get(one.writer), one));
    }
    for (const { resolve } of batch) resolve();
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

/** How many of the waiting go into the next frame: as many as fit, and at least one. */
export function batchLength(waiting: readonly { readonly bytes: number }[], limit: number): number {
  let total = 0;
  const over = waiting.findIndex(({ bytes }) => {
    total += bytes;
    return total > limit;
  });
  return over < 0 ? waiting.length : Math.max(1, over);
}

/** Why a submission can stand in no frame, if it cannot: one bad one must not poison the log. */
function refusalOf({ entries, leafHashes }: Submission): SubmissionRefused | undefined {
  const isWhole =
    entries.length > 0 &&
    entries.length === leafHashes.length &&
    entries.every((entry) => entry.length <= MAX_ENTRY_BYTES) &&
    leafHashes.every((hash) => hash.length === 32);
  if (!isWhole) {
    return new SubmissionRefused(
      "SUBMISSION_MALFORMED",
      "give at least one entry of at most 65,535 bytes, and the leaf hash of each",
    );
  }
  if (submissionBytes(entries) <= MAX_FRAME_BYTES - FRAME_OVERHEAD_BYTES) return undefined;
  return new SubmissionRefused("SUBMISSION_TOO_LARGE", "submit less at once: a frame holds 32 MiB");
}

function closedRefusal(): SubmissionRefused {
  return new SubmissionRefused("WRITER_CLOSED", "the log is being closed; open it again to append");
}
