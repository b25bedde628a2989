import type { JsonObject } from "@writ/contract/json";
import type { Outcome } from "@writ/contract/outcome";
import type { EvaluatorAnswer } from "./verdict.ts";

/**
 * One question put to the input, compiled. Its possible answers are made beforehand, so that
 * asking it makes nothing.
 */
export interface Evaluator {
  /** Place of its constraint in the bundle's order, from 0: the lower, the higher its priority. */
  readonly constraint: number;
  /** Pure; throws where the rule has no answer for this input. */
  readonly rule: { evaluate(input: JsonObject): boolean };
  readonly passed: EvaluatorAnswer;
  readonly fired: EvaluatorAnswer;
  readonly broken: EvaluatorAnswer;
  readonly rewriteClass: string | null;
}

export function evaluatorOf(parts: {
  readonly name: string;
  readonly constraint: number;
  readonly rule: Evaluator["rule"];
  readonly outcome: Exclude<Outcome, "EXECUTE">;
  readonly reason: string;
  readonly rewriteClass: string | null;
}): Evaluator {
  const { name, constraint, rule, outcome, reason, rewriteClass } = parts;
  return Object.freeze({
    constraint,
    rule,
    passed: Object.freeze([name, "EXECUTE", null] as const),
    fired: Object.freeze([name, outcome, reason] as const),
    broken: Object.freeze([name, "BLOCK", "EVALUATOR_FAILED"] as const),
    rewriteClass,
  });
}

/** What the evaluators of a category say together. */
export interface Judgement {
  readonly outcome: Outcome;
  readonly reason: string;
  readonly rewriteClass: string | null;
  readonly answers: readonly EvaluatorAnswer[];
}

/**
 * Asks every evaluator, in the bundle's order, and lets BLOCK win over REWRITE over EXECUTE
 * (contract §3). Reason and class are those of the highest constraint with that outcome, first
 * evaluator in order.
 *
 * Evaluators of one constraint that ask for REWRITE by different classes disagree: a BLOCK of that
 * constraint, after those of its own evaluators (contract §4).
 */
export function judge(evaluators: readonly Evaluator[], input: JsonObject): Judgement {
  const answers = evaluators.map((evaluator) => ask(evaluator, input));
  const blocking = answers.findIndex((answer) => answer[1] === "BLOCK");
  const rewriting = answers.findIndex((answer) => answer[1] === "REWRITE");
  const quarrel = rewriting < 0 ? null : firstDisagreement(evaluators, answers);
  if (quarrel !== null && (evaluators[blocking]?.constraint ?? Infinity) > quarrel) {
    return { outcome: "BLOCK", reason: "EVALUATOR_DISAGREEMENT", rewriteClass: null, answers };
  }
  if (blocking >= 0) return judgementOf("BLOCK", null, answers[blocking], answers);
  const rewriteClass = evaluators[rewriting]?.rewriteClass ?? null;
  if (rewriting >= 0) return judgementOf("REWRITE", rewriteClass, answers[rewriting], answers);
  return { outcome: "EXECUTE", reason: "ALLOWED", rewriteClass: null, answers };
}

function judgementOf(
  outcome: Outcome,
  rewriteClass: string | null,
  ground: EvaluatorAnswer | undefined,
  answers: readonly EvaluatorAnswer[],
): Judgement {
  return { outcome, reason: ground?.[2] ?? "INTERNAL_ERROR", rewriteClass, answers };
}

/** A rule that throws, or answers neither yes nor no, has blocked: nothing is skipped. */
function ask(evaluator: Evaluator, input: JsonObject): EvaluatorAnswer {
  try {
    const holds: unknown = evaluator.rule.evaluate(input);
    if (holds === false) return evaluator.passed;
    return holds === true ? evaluator.fired : evaluator.broken;
  } catch {
    return evaluator.broken;
  }
}

/** The highest constraint whose evaluators ask for different rewrites; null if there is none. */
function firstDisagreement(
  evaluators: readonly Evaluator[],
  answers: readonly EvaluatorAnswer[],
): number | null {
  let first: Evaluator | null = null;
  for (const [index, evaluator] of evaluators.entries()) {
    if (answers[index]?.[1] !== "REWRITE") continue;
    if (first?.constraint !== evaluator.constraint) first = evaluator;
    else if (first.rewriteClass !== evaluator.rewriteClass) return evaluator.constraint;
  }
  return null;
}
