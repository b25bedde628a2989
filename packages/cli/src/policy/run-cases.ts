import type { JsonObject } from "@writ/contract/json";
import { judgedValue } from "@writ/engine/anatomy";
import type { Verdict } from "@writ/engine/verdict";
import type { Case, Expected } from "./case.ts";
import type { Subject } from "./subject.ts";

/** A case and what the bundle said to it. */
export interface Ran {
  readonly case: Case;
  readonly verdict: Verdict;
  readonly passed: boolean;
  /** The normal form that evaluators judged; null where none was asked. */
  readonly judged: JsonObject | null;
}

export function runCase(subject: Subject, asked: Case): Ran {
  const { category, received, host, expected } = asked;
  const verdict = subject.engine.decide(received, host);
  const actual = {
    outcome: verdict.outcome,
    reason: verdict.reason_code,
    rewriteClass: verdict.rewrite_class,
  };
  const ruled = subject.bundle.categories.get(category);
  const isJudged = verdict.evaluators.length > 0 && ruled !== undefined && "input" in received;
  const judged = isJudged ? judgedValue(ruled, received.input, host) : null;
  return { case: asked, verdict, passed: isAs(expected, actual), judged };
}

export function isAs(expected: Expected, actual: Expected): boolean {
  return (
    expected.outcome === actual.outcome &&
    expected.reason === actual.reason &&
    expected.rewriteClass === actual.rewriteClass
  );
}
