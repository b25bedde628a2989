/** Why the Bucket rejects an append (rules §6.1). What is rejected is provably unwritten. */
export type RejectionCode = "QUOTA_EXCEEDED" | "SCHEMA_REJECTED" | "GOVERNANCE_DENIED";

/**
 * How an append ended.
 *
 * - `committed`: the event is in the log, once, synced, under a signed tree head.
 * - `rejected`: the event is not in the log and never will be.
 * - `unknown`: the event is in the log once or not at all, and nobody will say which.
 *
 * The last two mean the same upstream: the execution failed. Neither may be tried again.
 */
export type Ending =
  | { readonly ending: "committed" }
  | { readonly ending: "rejected"; readonly code: RejectionCode }
  | { readonly ending: "unknown" };

/** One writer's connection to one Bucket. Nothing can be read through it. */
export interface AppendDoor {
  /**
   * Appends one event: the exact bytes that become its record, which must not change afterwards.
   * Never rejects, never tries twice; always ends, at the latest at the door's deadline.
   */
  append(event: Uint8Array): Promise<Ending>;

  /** Resolves once the connection is gone, for whatever reason. Every append then ends `unknown`. */
  readonly closed: Promise<void>;

  /** Lets what was appended end, then hangs up. An append made after this ends `unknown` at once. */
  close(): Promise<void>;
}
