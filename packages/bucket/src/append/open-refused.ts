/** Why a Bucket directory is not opened for writing. */
export type OpenRefusal =
  /** Another process (or another writer in this one) has it open. */
  | "BUCKET_LOCKED"
  /** The directory is a copy; the original, whose guard this is, is still there. */
  | "BUCKET_COPIED"
  /** There is, or was, a log but no guard. */
  | "GUARD_MISSING"
  /** The guard file is not a checkpoint of this log's key and origin. */
  | "GUARD_INVALID"
  /** What was given as a kept checkpoint is none of this log's. */
  | "CHECKPOINT_INVALID"
  /** The log is shorter than the guard or the published checkpoint knows it was. */
  | "LOG_BEHIND_HEAD"
  /** The log holds another tree than the one that the guard saw. */
  | "LOG_FORKED"
  /** The constitution in force holds from a tree that this log does not have. */
  | "CONSTITUTION_MISPLACED"
  /** Bytes of the log are not what was written. */
  | "LOG_CORRUPT"
  /** The file of writers' epochs is missing, malformed or behind the log. */
  | "EPOCHS_INVALID";

/** The directory stays as it is: nothing was written, nothing was repaired. */
export class OpenRefused extends Error {
  override readonly name = "OpenRefused";
  readonly code: OpenRefusal;

  constructor(code: OpenRefusal, message: string) {
    super(message);
    this.code = code;
  }
}
