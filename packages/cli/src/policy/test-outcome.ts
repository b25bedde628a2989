import type { TestResult } from "./test-run.ts";

/** What a run has to reach, each from 0 to 1; null where anything will do. */
export interface Thresholds {
  readonly coverage: number | null;
  readonly mutation: number | null;
}

/** How much of what should have happened did; 1 of nothing. */
export function coverageRatio({ goals }: TestResult): number {
  return goals.length === 0 ? 1 : goals.filter((goal) => goal.reached).length / goals.length;
}

export interface TestOutcome {
  readonly casesPass: boolean;
  readonly coverageMet: boolean;
  /** A score that was not computed meets no threshold. */
  readonly mutationMet: boolean;
  readonly ok: boolean;
}

export function outcomeOf(result: TestResult, thresholds: Thresholds): TestOutcome {
  const { mutation } = result;
  const casesPass = result.ran.every((each) => each.passed) && result.failedCanaries.length === 0;
  const coverageMet = thresholds.coverage === null || coverageRatio(result) >= thresholds.coverage;
  const mutationMet =
    (thresholds.mutation === null || (mutation?.score ?? -1) >= thresholds.mutation) &&
    (mutation?.untrue.length ?? 0) === 0;
  return { casesPass, coverageMet, mutationMet, ok: casesPass && coverageMet && mutationMet };
}
