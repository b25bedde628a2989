import type { RejectionCode } from "./ending.ts";

/**
 * What no writer of this protocol ever does. The connection is closed (rules §5). UNJUDGED_MESSAGE: a
 * fault of the Bucket's own kept it from judging what was sent.
 */
export type ViolationCause =
  | "UNKNOWN_VERB"
  | "OUT_OF_TURN"
  | "MALFORMED_MESSAGE"
  | "BATCH_NOT_RISING"
  | "ADMISSION_MISUSED"
  | "UNJUDGED_MESSAGE";

/** Why a handshake was refused. The writer hears only that governance denies it. */
export type RefusalCause =
  | "UNKNOWN_WRITER"
  | "HANDSHAKE_SIGNATURE"
  | "WRITER_CONNECTED"
  | "EPOCH_NOT_GREATER";

/** Which quota a message would break; the disk's room is the last of them. */
export type QuotaCause = "IN_FLIGHT_QUOTA" | "WRITER_QUOTA" | "TOTAL_QUOTA" | "DISK_ROOM";

/** Why a message was rejected. The writer hears only the code. */
export type RejectionCause = QuotaCause | "EVENT_SCHEMA" | "BATCH_SIGNATURE" | "DECISION_ID";

/** The code that a cause of rejection has on the wire (rules §6.1). */
export const REJECTION_CODE: Readonly<Record<RejectionCause, RejectionCode>> = {
  IN_FLIGHT_QUOTA: "QUOTA_EXCEEDED",
  WRITER_QUOTA: "QUOTA_EXCEEDED",
  TOTAL_QUOTA: "QUOTA_EXCEEDED",
  DISK_ROOM: "QUOTA_EXCEEDED",
  EVENT_SCHEMA: "SCHEMA_REJECTED",
  BATCH_SIGNATURE: "GOVERNANCE_DENIED",
  DECISION_ID: "GOVERNANCE_DENIED",
};

/** What the Bucket turned away, for its operator. Nothing of it was or will be written. */
export type Denial =
  | {
      readonly kind: "violation";
      readonly cause: ViolationCause;
      /** Null until a handshake succeeded. */
      readonly writer: string | null;
      readonly detail: string;
    }
  | {
      readonly kind: "refusal";
      readonly cause: RefusalCause;
      /** As claimed, not proved. */
      readonly writer: string;
      readonly detail: string;
    }
  | {
      readonly kind: "rejection";
      readonly cause: RejectionCause;
      readonly code: RejectionCode;
      readonly writer: string;
      readonly detail: string;
    };
