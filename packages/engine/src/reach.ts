import { parse } from "./cel/parser.ts";
import type { Expr } from "./cel/syntax.ts";
import { formulaOf, neverHolds } from "./suspect/formula.ts";

/**
 * Why a condition cannot do what an evaluator is for, or null if nothing shows that. `source` has
 * compiled. No condition is called so that holds of one input and not of another.
 */
export function unreachable(source: string): string | null {
  const expr = parse(source);
  if (!mentionsInput(expr)) return "this is the same for every input: compare something of input";
  if (neverHolds(formulaOf(expr)))
    return "this holds of no input: mend it, or remove the evaluator";
  // It may still fail, but it never lets an input pass.
  if (neverHolds(formulaOf(expr, true))) {
    return "no input passes this: mend it, or let the category be always: BLOCK";
  }
  return null;
}

function mentionsInput(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  if (isInput(node)) return true;
  return Object.values(node).some(mentionsInput);
}

/** An iteration variable may not be called so, and a literal is no object. */
function isInput(node: object): boolean {
  const { kind, name } = node as Partial<Extract<Expr, { kind: "name" }>>;
  return kind === "name" && name === "input";
}
