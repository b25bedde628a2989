import type { Expr } from "@writ/engine/cel/syntax";
import { partsOf } from "./tree-parts.ts";

const QUESTIONS: ReadonlySet<string> = new Set(["<", "<=", ">", ">=", "==", "!=", "in"]);
const PREDICATES: ReadonlySet<string> = new Set(["startsWith", "endsWith", "contains", "matches"]);

/** Whether an expression is a question by itself, wherever it stands. */
function asks(expr: Expr): boolean {
  switch (expr.kind) {
    case "logic":
    case "has":
      return true;
    case "unary":
      return expr.operator === "!";
    case "binary":
      return QUESTIONS.has(expr.operator);
    case "call":
      return PREDICATES.has(expr.name);
    case "macro":
      return expr.macro === "all" || expr.macro.startsWith("exists");
    default:
      return false;
  }
}

/** Whether an expression has two sides that a test should see. */
export function isCondition(expr: Expr, inConditionsPlace: boolean): boolean {
  return asks(expr) || (inConditionsPlace && expr.kind !== "literal");
}

/** The conditions of a rule, the rule itself first, then as they stand in its source. */
export function conditionsOf(rule: Expr): readonly Expr[] {
  const found: Expr[] = [];
  const visit = (expr: Expr, inConditionsPlace: boolean): void => {
    if (isCondition(expr, inConditionsPlace)) found.push(expr);
    for (const part of partsOf(expr, inConditionsPlace)) visit(part.expr, part.condition);
  };
  visit(rule, true);
  return found;
}
