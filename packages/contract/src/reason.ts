/** Why an input never reached the evaluators. */
export type Refusal =
  | "MALFORMED_INPUT"
  | "UNKNOWN_CATEGORY"
  | "MISSING_MANDATORY_INPUT"
  | "INPUT_SHAPE_VIOLATION"
  | "TRANSIENT_FIELD";

/** What stopped a decision that had begun (contract §4). */
export type Failure =
  | "VALIDATOR_UNAVAILABLE"
  | "EVALUATOR_DISAGREEMENT"
  | "EVALUATOR_FAILED"
  | "INTERNAL_ERROR";

/** Reason codes that belong to the engine; a bundle may use none of them. */
export type ReservedReason = Refusal | Failure | "ALLOWED";

/** One order of precedence: where several hold, the first is the reason. */
export const REFUSALS: readonly Refusal[] = [
  "MALFORMED_INPUT",
  "UNKNOWN_CATEGORY",
  "MISSING_MANDATORY_INPUT",
  "INPUT_SHAPE_VIOLATION",
  "TRANSIENT_FIELD",
];

export const FAILURES: readonly Failure[] = [
  "VALIDATOR_UNAVAILABLE",
  "EVALUATOR_DISAGREEMENT",
  "EVALUATOR_FAILED",
  "INTERNAL_ERROR",
];

export const RESERVED_REASONS: ReadonlySet<string> = new Set([...REFUSALS, ...FAILURES, "ALLOWED"]);

/** Whether a failure, rather than a policy, closed the attempt: its record says `failed`. */
export function isFailureReason(reason: string): boolean {
  return reason !== "ALLOWED" && RESERVED_REASONS.has(reason);
}

/** A bundle's own reason codes and rewrite classes: upper snake case, at most 64 characters. */
export function isReasonCode(text: string): boolean {
  return text.length <= 64 && /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/.test(text);
}
