import type { Tally } from "../frame.ts";

/**
 * What one writer signed at once: all of its entries are committed together, in order, or none is
 * (rules §4: no partial writes).
 */
export interface Submission {
  /** First 16 hex digits of SHA-256 of the writer's public key. */
  readonly writer: string;
  /** 1 … 2^53 − 1; never falls for one writer. */
  readonly epoch: number;
  /** 1, 2, … within one epoch; strictly rising, a lost or rejected message leaves a gap. */
  readonly batch: number;
  /** At least one, each 0 … 65,535 bytes. They must not be changed after they were submitted. */
  readonly entries: readonly Uint8Array[];
  /**
   * RFC 6962 leaf hashes of `entries`, 32 bytes each, in the same order; whoever submits has computed
   * them.
   */
  readonly leafHashes: Uint8Array;
  /** The writer's Ed25519 signature over the batch, 64 bytes. */
  readonly signature: Uint8Array;
}

/** A write or sync failed: whatever was not acknowledged is in the log once or not at all. */
export class Poisoned extends Error {
  override readonly name = "Poisoned";
  readonly code = "POISONED";

  constructor(cause: unknown) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    super(
      `a write to the log failed, so it is closed; end this process and start it anew: ${detail}`,
      {
        cause,
      },
    );
  }
}

/** The writer has been here with this epoch, or a later one: nothing was stored. */
export class EpochNotGreater extends Error {
  override readonly name = "EpochNotGreater";
  readonly code = "EPOCH_NOT_GREATER";

  constructor(writer: string, epoch: number, last: number) {
    super(`writer ${writer} must come with an epoch above ${last}, not ${epoch}`);
  }
}

/** What was submitted can stand in no frame. Nothing was written. */
export class SubmissionRefused extends Error {
  override readonly name = "SubmissionRefused";
  readonly code: "SUBMISSION_MALFORMED" | "SUBMISSION_TOO_LARGE" | "WRITER_CLOSED";

  constructor(code: SubmissionRefused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** The one writer of one Bucket directory. */
export interface LogWriter {
  /**
   * Resolves after `fdatasync` of the frame that holds the whole submission; only then may anyone
   * be told that it is committed. Submissions land in the order of these calls.
   *
   * Rejects with `SubmissionRefused` (too large for a frame, malformed, or after `close`: nothing
   * was written, the writer goes on) or with `Poisoned`: a write or sync failed, the entries are in
   * the log once or not at all, nothing more will be written, and the process must exit with an
   * error and open the directory anew.
   */
  submit(submission: Submission): Promise<void>;
  /**
   * Durably raises a writer's epoch: on stable storage before it returns. Throws `EpochNotGreater`
   * if the epoch is not greater than the last one raised; `Poisoned` if it could not be stored, or
   * earlier work could not.
   */
  raiseEpoch(writer: string, epoch: number): void;
  /** Number of leaves that are committed. */
  readonly size: number;
  /** What each writer has in the log, by name: where its quota stands. Committed leaves only. */
  readonly tallies: ReadonlyMap<string, Tally>;
  /** Settles (fulfils) with the cause when the writer is poisoned; pending for ever otherwise. */
  readonly poisoned: Promise<Error>;
  /** Commits what was submitted before, brings guard and tiles up to it, releases the lock. */
  close(): Promise<void>;
}
