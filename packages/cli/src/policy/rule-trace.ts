import { canonicalJson } from "@writ/contract/jcs";
import type { Json, JsonObject } from "@writ/contract/json";
import type { ShapeType } from "@writ/contract/shape-type";
import { parse } from "@writ/engine/cel/parser";
import { print } from "@writ/engine/cel/print";
import type { Expr } from "@writ/engine/cel/syntax";
import { traceRule } from "@writ/engine/cel/trace";
import { conditionsOf } from "./conditions.ts";
import { partsOf } from "./tree-parts.ts";

/** One part of a rule and what it came to. */
export interface Step {
  readonly expression: string;
  /** As JSON; or what kept it from coming to a value. */
  readonly value: string;
  readonly failed: boolean;
}

export interface RuleTrace {
  readonly source: string;
  /** Null where the rule came to no answer. */
  readonly answer: boolean | null;
  /** In the order of evaluation. */
  readonly steps: readonly Step[];
  /** Steps that were left out, because a macro took them again and again. */
  readonly more: number;
  /** Conditions that were not asked, because what stood before them had decided. */
  readonly notAsked: readonly string[];
}

/** How often one part is shown: a macro asks the same of each element. */
const REPEATED = 8;

/** Evaluates a rule over what evaluators judged, and tells of each part that was asked. */
export function traceOf(source: string, type: ShapeType, judged: JsonObject): RuleTrace {
  const rule = parse(source);
  const silent = plainParts(rule);
  const shown = new Map<Expr, number>();
  const steps: Step[] = [];
  let more = 0;
  const tell = (expr: Expr, value: string, failed: boolean): void => {
    const times = (shown.get(expr) ?? 0) + 1;
    shown.set(expr, times);
    if (!failed && silent.has(expr)) return;
    if (times > REPEATED) more += 1;
    else steps.push({ expression: print(expr), value, failed });
  };
  const traced = traceRule(rule, type, {
    saw: (expr, value) => tell(expr, jsonText(value), false),
    failed: (expr, { code }) => tell(expr, code, true),
  });
  if ("faults" in traced) throw new Error("a rule that loaded does not compile");
  const answer = answerOf(() => traced.rule.evaluate(judged));
  const notAsked = conditionsOf(rule).filter((condition) => !shown.has(condition));
  return { source: print(rule), answer, steps, more, notAsked: notAsked.map(print) };
}

function answerOf(evaluate: () => boolean): boolean | null {
  try {
    return evaluate();
  } catch {
    return null;
  }
}

/** What says nothing new: literals, and the way to a member (the input, each object on it). */
function plainParts(rule: Expr): ReadonlySet<Expr> {
  const found = new Set<Expr>();
  const visit = (expr: Expr): void => {
    if (expr.kind === "literal") found.add(expr);
    if (expr.kind === "select" || expr.kind === "has") found.add(expr.operand);
    for (const part of partsOf(expr, false)) visit(part.expr);
  };
  visit(rule);
  return found;
}

/** A computation may give a number that JSON has not. */
function jsonText(value: Json): string {
  return typeof value === "number" && !Number.isFinite(value)
    ? String(value)
    : canonicalJson(value);
}
