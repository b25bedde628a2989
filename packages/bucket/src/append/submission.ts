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
  /** RFC 6962 leaf hashes of `entries`, in the same order; whoever submits has computed them. */
  readonly leafHashes: readonly Uint8Array[];
  /** The writer's Ed25519 signature over the batch, 64 bytes. */
  readonly signature: Uint8Array;
}

/** The one writer of one Bucket directory. */
export interface LogWriter {
  /**
   * Resolves after `fdatasync` of the frame that holds the whole submission; only then may anyone
   * be told that it is committed. Submissions land in the order of these calls.
   *
   * Rejects with `SubmissionTooLarge` (nothing was written, the writer goes on), `WriterClosed`
   * (submitted after `close`, nothing was written), or `Poisoned`: a write or sync failed, the
   * entries are in the log once or not at all, nothing more will be answered, and the process must
   * exit with an error and open the directory anew.
   */
  submit(submission: Submission): Promise<void>;
  /**
   * Durably raises a writer's epoch: on stable storage before it returns. Throws `EpochNotGreater`
   * if the epoch is not greater than the last one raised, `Poisoned` if it could not be stored.
   */
  raiseEpoch(writer: string, epoch: number): void;
  /** Number of leaves that are committed. */
  readonly size: number;
  /** Settles (fulfils) with the cause when the writer is poisoned; pending for ever otherwise. */
  readonly poisoned: Promise<Error>;
  /** Commits what was submitted before, brings guard and tiles up to it, releases the lock. */
  close(): Promise<void>;
}
