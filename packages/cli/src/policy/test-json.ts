import type { Fault } from "@writ/engine/fault";
import { coverageRatio, outcomeOf, type Thresholds } from "./test-outcome.ts";
import type { Mutation, TestResult } from "./test-run.ts";
import { diffLines, missed } from "./test-text.ts";

/** A run of tests for other programs. */
export function resultJson(result: TestResult, thresholds: Thresholds): object {
  const { folder, engineVersion, ran, failedCanaries, goals, mutation } = result;
  return {
    policy: folder,
    engine_version: engineVersion,
    ok: outcomeOf(result, thresholds).ok,
    cases: ran.map(({ case: { name, category, place, expected }, verdict, passed }) => ({
      name,
      category,
      ...place,
      passed,
      expected: {
        outcome: expected.outcome,
        reason_code: expected.reason,
        rewrite_class: expected.rewriteClass,
      },
      actual: {
        outcome: verdict.outcome,
        reason_code: verdict.reason_code,
        rewrite_class: verdict.rewrite_class,
      },
      evaluators: verdict.evaluators,
    })),
    failed_canaries: failedCanaries.map(({ category, path, line, column, expected, ...said }) => ({
      ...{ category, path, line, column, expected },
      actual: { outcome: said.outcome, reason_code: said.reason },
    })),
    coverage: {
      ratio: coverageRatio(result),
      goals: goals.length,
      missed: goals
        .filter((goal) => !goal.reached)
        .map((goal) => ({
          ...{ evaluator: goal.evaluator, what: goal.what, side: goal.side, ...goal.place },
          message: missed(goal),
        })),
    },
    mutation: mutation === null ? null : mutationJson(mutation),
  };
}

function mutationJson({ score, tried, untrue }: Mutation): object {
  return {
    score,
    mutants: tried.map(({ mutant, ...fate }) => ({
      evaluator: mutant.evaluator,
      mutant: mutant.change,
      ...mutant.place,
      fate: fate.fate,
      ...(fate.fate === "killed" && { by: fate.by.name }),
      ...(fate.fate === "equivalent" && { reason: fate.reason }),
      ...(fate.fate === "survived" && { diff: diffLines(mutant) }),
    })),
    untrue_entries: untrue.map(({ entry, why }) => ({
      ...{ evaluator: entry.evaluator, mutant: entry.mutant, ...entry.place },
      message: why,
    })),
  };
}

export function faultsJson(folder: string, faults: readonly Fault[]): object {
  return { policy: folder, ok: false, faults };
}
