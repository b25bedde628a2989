import type { Json, JsonObject } from "@writ/contract/json";
import type { ShapeType } from "@writ/contract/shape-type";
import { Checker } from "./check.ts";
import { Frame } from "./evaluation.ts";
import { type CelFault, ParseFailed } from "./fault.ts";
import type { Guard } from "./guard.ts";
import { parse } from "./parser.ts";
import type { Expr } from "./syntax.ts";
import { nameOf } from "./type.ts";
import type { Typed } from "./typed.ts";
import { asBoolean } from "./values.ts";

/** Steps one evaluation of a rule may take. */
export const STEPS = 100_000;

/** A compiled condition. */
export interface Rule {
  /**
   * Whether the condition holds of a normalized input of the shape the rule was compiled for.
   * Throws `EvaluationFailed` for every error of the expression, absorbed by nothing, and when the
   * steps run out. Depends on `input` alone and keeps nothing.
   */
  evaluate(input: JsonObject): boolean;
  readonly guard?: Guard;
}

function parsed(source: string): Expr | CelFault {
  try {
    return parse(source);
  } catch (error) {
    if (error instanceof ParseFailed) return error.fault;
    throw error;
  }
}

function ruleOf(typed: Typed, slots: number, nodes: number): Rule {
  const { run, guard } = typed;
  const { at } = typed.expr;
  return {
    ...(guard !== undefined && { guard }),
    evaluate: (input) => {
      const frame = new Frame(input, new Array<Json>(slots), STEPS);
      frame.spend(nodes, at);
      return asBoolean(run(frame), at);
    },
  };
}

/**
 * Compiles one condition over `input`, an object of the type given. The faults of an expression
 * come all at once, sorted by offset (a syntax fault comes alone); offsets count UTF-16 code units.
 */
export function compileRule(
  source: string,
  input: ShapeType,
): { readonly rule: Rule } | { readonly faults: readonly CelFault[] } {
  const expr = parsed(source);
  if ("code" in expr) return { faults: [expr] };
  const checker = new Checker(input);
  const typed = checker.check(expr);
  const { kind } = typed.type;
  if (checker.faults.length === 0 && kind !== "boolean" && kind !== "any") {
    const message = `write a condition: this is ${nameOf(typed.type)}`;
    checker.faults.push({ offset: expr.at, code: "NOT_BOOLEAN", message });
  }
  if (checker.faults.length > 0) {
    return { faults: checker.faults.sort((a, b) => a.offset - b.offset) };
  }
  return { rule: ruleOf(typed, checker.slots, checker.nodes) };
}
