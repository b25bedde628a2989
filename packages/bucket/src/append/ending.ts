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

/**
 * Room for one event, held in every quota and on the Bucket's disk until it is used or given back, or
 * the connection is gone. It has no deadline: what it admits may take its time.
 */
export interface Admitted {
  readonly ending: "admitted";
  /**
   * Appends the event that was admitted, under its room: no quota can reject it any more. As
   * `AppendDoor.append`, but throws `AdmissionMisused`, with nothing sent, if it is longer than what
   * was admitted, or if this admission has been used or released before. An event that is no event,
   * or of another attempt, is rejected as the Bucket would, before it is sent.
   */
  append(event: Uint8Array): Promise<Ending>;
  /** Gives the room back unused. Throws `AdmissionMisused` as `append` does. */
  release(): void;
}

/** What came of asking for room. Rejected and unknown: there is none, and nothing was written. */
export type Admission = Admitted | Exclude<Ending, { readonly ending: "committed" }>;

/** A mistake of the caller's; nothing was sent. */
export class AdmissionMisused extends Error {
  override readonly name = "AdmissionMisused";
  readonly code: "ADMISSION_SPENT" | "EVENT_TOO_LARGE";

  constructor(code: AdmissionMisused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** One writer's connection to one Bucket. Nothing can be read through it. */
export interface AppendDoor {
  /**
   * Appends one event: the exact bytes that become its record, which must not change afterwards.
   * Never rejects, never tries twice; always ends, at the latest at the door's deadline.
   */
  append(event: Uint8Array): Promise<Ending>;

  /**
   * Asks whether an event will be accepted, given the largest form that it can take: its schema,
   * whose it is, every quota. Where the answer is yes, its room is reserved. Writes nothing, tells
   * nothing of what was written. Never rejects; always ends, at the latest at the door's deadline.
   */
  admit(largest: Uint8Array): Promise<Admission>;

  /** Resolves once the connection is gone, for whatever reason. Every append then ends `unknown`. */
  readonly closed: Promise<void>;

  /**
   * Lets what was appended or admitted end, then hangs up. An append made after this ends `unknown`
   * at once, unless it was admitted before.
   */
  close(): Promise<void>;
}
