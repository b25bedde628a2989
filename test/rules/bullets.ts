import { type TestContext, test } from "node:test";

/** Every bullet of the bucket write rules, §4 to §9, in their words. */
export const BULLETS = {
  "§4": [
    "One enforcement invocation → at most one Bucket write",
    "No multi-stage updates",
    "No partial writes",
    "No follow-up writes to amend outcomes",
    "If enforcement crashes before write: No record exists",
    "If enforcement crashes before write: No backfill occurs",
    "If enforcement crashes after write: Record stands as final truth",
  ],
  "§5": [
    "UPDATE a Bucket record",
    "DELETE a Bucket record",
    "Correct a previous write",
    "Overwrite fields",
    "Request schema changes",
    "Request relaxed validation",
    "Request replay or reconciliation",
  ],
  "§6.1": [
    "If Bucket rejects a write (quota): Enforcement fails the execution safely",
    "If Bucket rejects a write (schema): Enforcement fails the execution safely",
    "If Bucket rejects a write (governance): Enforcement fails the execution safely",
    "No retries are performed",
    "No alternate storage is used",
    "No pressure is applied to Bucket",
    "Execution result is returned upstream as failed",
  ],
  "§7": [
    "It does NOT read from Bucket",
    "It does NOT depend on past Bucket records",
    "It does NOT use Bucket to determine future behavior",
  ],
  "§8": [
    "Produces a new enforcement decision",
    "Generates a new enforcement_decision_id",
    "Produces a new immutable record",
    "Bucket does not deduplicate",
    "Bucket does not reconcile",
    "Bucket does not infer intent",
    "Truth is chronological, not corrected",
  ],
  "§9": [
    "No feedback loop exists",
    "No control signal flows back",
    "No governance authority flows upstream",
    "This prevents: Truth rewriting",
    "This prevents: Historical corruption",
    "This prevents: Authority inversion",
  ],
} as const;

export type Section = keyof typeof BULLETS;

/** The test of one bullet, named after it. */
export function rule<S extends Section>(
  section: S,
  bullet: (typeof BULLETS)[S][number],
  hold: (t: TestContext) => Promise<void> | void,
): void {
  test(`rules ${section}: ${bullet}`, hold);
}
