import type { JsonObject } from "@writ/contract/json";
import type { Outcome } from "@writ/contract/outcome";
import type { Guard } from "./cel/guard.ts";
import type { Objection, Panel } from "./panel.ts";
import { JudgesDiffer } from "./unanimous.ts";
import type { EvaluatorAnswer } from "./verdict.ts";

/**
 * One question put to the input, compiled. Its possible answers are made beforehand, so that
 * asking it makes nothing.
 */
export interface Evaluator {
  /** Place of its constraint in the bundle's order, from 0: the lower, the higher its priority. */
  readonly constraint: number;
  /** Pure; throws where the rule has no answer for this input. */
  readonly rule: { evaluate(input: JsonObject): boolean; readonly guard?: Guard };
  readonly passed: EvaluatorAnswer;
  readonly fired: EvaluatorAnswer;
  readonly broken: EvaluatorAnswer;
  /** The answer where its judges differ. */
  readonly divided: EvaluatorAnswer;
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
    divided: Object.freeze([name, "BLOCK", "EVALUATOR_DISAGREEMENT"] as const),
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
 * Asks every evaluator, and lets BLOCK win over REWRITE over EXECUTE (contract §3). Reason and
 * class are those of the highest constraint with that outcome, first evaluator in order.
 *
 * Evaluators of one constraint that ask for REWRITE by different classes disagree: a BLOCK of that
 * constraint, after those of its own evaluators (contract §4).
 */
export function judge(panel: Panel, input: JsonObject): Judgement {
  const objections = panel.objections(input);
  const answers = panel.answers(objections);
  const blocking = objections.find(({ answer }) => answer[1] === "BLOCK");
  const quarrel = objections.length > 1 ? firstDisagreement(objections) : null;
  if (quarrel !== null && (blocking?.evaluator.constraint ?? Infinity) > quarrel) {
    return { outcome: "BLOCK", reason: "EVALUATOR_DISAGREEMENT", rewriteClass: null, answers };
  }
  const ground = blocking ?? objections[0];
  if (ground === undefined) {
    return { outcome: "EXECUTE", reason: "ALLOWED", rewriteClass: null, answers };
  }
  const [, outcome, reason] = ground.answer;
  const rewriteClass = outcome === "REWRITE" ? ground.evaluator.rewriteClass : null;
  return { outcome, reason: reason ?? "INTERNAL_ERROR", rewriteClass, answers };
}

/** A rule that throws, or answers neither yes nor no, has blocked: nothing is skipped. */
export function ask(evaluator: Evaluator, input: JsonObject): EvaluatorAnswer {
  try {
    const holds: unknown = evaluator.rule.evaluate(input);
    if (holds === false) return evaluator.passed;
    return holds === true ? evaluator.fired : evaluator.broken;
  } catch (error) {
    return error instanceof JudgesDiffer ? evaluator.divided : evaluator.broken;
  }
}

/** The highest constraint whose evaluators ask for different rewrites; null if there is none. */
function firstDisagreement(objections: readonly Objection[]): number | null {
  let first: Evaluator | null = null;
  for (const { evaluator, answer } of objections) {
    if (answer[1] !== "REWRITE") continue;
    if (first?.constraint !== evaluator.constraint) first = evaluator;
    else if (first.rewriteClass !== evaluator.rewriteClass) return evaluator.constraint;
  }
  return null;
}
