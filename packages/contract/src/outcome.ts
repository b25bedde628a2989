/** contract §3: what the engine may return, and nothing else. */
export type Outcome = "EXECUTE" | "REWRITE" | "BLOCK";

/** rules §3: the record's words for the same. */
export type RecordedDecision = "ALLOW" | "REWRITE" | "BLOCK";

/** contract §3: highest priority first. */
export const SEVERITY: readonly Outcome[] = ["BLOCK", "REWRITE", "EXECUTE"];

export function isOutcome(value: unknown): value is Outcome {
  return value === "EXECUTE" || value === "REWRITE" || value === "BLOCK";
}

/** The highest priority among the outcomes; EXECUTE if there is none; BLOCK for a foreign word. */
export function mostSevere(outcomes: Iterable<unknown>): Outcome {
  let most: Outcome = "EXECUTE";
  for (const outcome of outcomes) {
    if (outcome === "REWRITE") most = "REWRITE";
    else if (outcome !== "EXECUTE") return "BLOCK";
  }
  return most;
}

/** The record's word for an outcome; whatever is no outcome is a BLOCK (contract §4). */
export function recorded(outcome: unknown): RecordedDecision {
  if (outcome === "EXECUTE") return "ALLOW";
  return outcome === "REWRITE" ? "REWRITE" : "BLOCK";
}
