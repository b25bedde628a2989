import type { Json } from "@writ/contract/json";
import type { Binary, BinaryOperator, Expr } from "../cel/syntax.ts";

/**
 * A condition as what it claims, for holding two conditions against each other. A condition that
 * holds has failed nowhere, since no failure is absorbed: so its claims may be read as plain logic.
 */
export type Formula =
  | { readonly kind: "all" | "any"; readonly of: readonly Formula[] }
  | { readonly kind: "claim"; readonly claim: Claim };

/** What a condition says of one subject, an expression written out. */
export type Claim = { readonly subject: string } & (
  | { readonly says: "one of" | "none of"; readonly values: ReadonlySet<Json> }
  | { readonly says: Order; readonly bound: number }
);

type Order = "<" | "<=" | ">" | ">=";

const MIRRORED: ReadonlyMap<BinaryOperator, Order> = new Map<BinaryOperator, Order>([
  ["<", ">"],
  ["<=", ">="],
  [">", "<"],
  [">=", "<="],
]);

const HOLDS: Readonly<Record<Order, (value: number, bound: number) => boolean>> = {
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};

export function formulaOf(expr: Expr, negated = false): Formula {
  if (expr.kind === "unary" && expr.operator === "!") return formulaOf(expr.operand, !negated);
  if (expr.kind === "logic") {
    const all = (expr.operator === "&&") !== negated;
    return { kind: all ? "all" : "any", of: expr.terms.map((term) => formulaOf(term, negated)) };
  }
  // `true` claims nothing, and `false` is the claim that nothing meets.
  if (expr.kind === "literal") {
    return { kind: (expr.value === true) !== negated ? "all" : "any", of: [] };
  }
  return { kind: "claim", claim: claimOf(expr, negated) };
}

function claimOf(expr: Expr, negated: boolean): Claim {
  const comparison = expr.kind === "binary" ? comparisonOf(expr, negated) : null;
  return comparison ?? { subject: written(expr), says: "one of", values: new Set([!negated]) };
}

function comparisonOf(expr: Binary, negated: boolean): Claim | null {
  const { operator, left, right } = expr;
  if (operator === "in") {
    const values = right.kind === "list" ? literals(right.items) : null;
    return values && { subject: written(left), says: negated ? "none of" : "one of", values };
  }
  const mirrored = left.kind === "literal";
  const [literal, other] = mirrored ? [left, right] : [right, left];
  const values = literals([literal]);
  if (values === null) return null;
  const subject = written(other);
  if (operator === "==" || operator === "!=") {
    return { subject, says: (operator === "!=") === negated ? "one of" : "none of", values };
  }
  const [bound] = values;
  const mirror = MIRRORED.get(operator);
  // `!(x < 1)` is not `x >= 1` where x is not a number.
  if (mirror === undefined || negated || typeof bound !== "number") return null;
  return { subject, says: mirrored ? mirror : (operator as Order), bound };
}

function literals(exprs: readonly Expr[]): ReadonlySet<Json> | null {
  const values = exprs.map((expr) => (expr.kind === "literal" ? expr.value : undefined));
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length ? new Set(known) : null;
}

/** An expression in one spelling: equal texts are equal expressions, wherever they stand. */
function written(expr: Expr): string {
  const places = new Set(["at", "height", "variableAt"]);
  return JSON.stringify(expr, (key, value: unknown) => (places.has(key) ? undefined : value));
}

/**
 * Whether the second condition holds wherever the first does. False means unknown: only what
 * follows from the form of both is seen.
 */
export function implies(a: Formula, b: Formula): boolean {
  if (a.kind === "any") return a.of.every((each) => implies(each, b));
  if (b.kind === "all") return b.of.every((each) => implies(a, each));
  if (a.kind === "all" && a.of.some((each) => implies(each, b))) return true;
  if (b.kind === "any") return b.of.some((each) => implies(a, each));
  return a.kind === "claim" && b.kind === "claim" && claimImplies(a.claim, b.claim);
}

function claimImplies(a: Claim, b: Claim): boolean {
  if (a.subject !== b.subject) return false;
  if ("values" in a && a.says === "one of") return [...a.values].every((value) => admits(b, value));
  // What lies in an endless set can only be known not to be one of few.
  if ("values" in b) {
    return b.says === "none of" && [...b.values].every((value) => !admits(a, value));
  }
  if ("values" in a || a.says[0] !== b.says[0]) return false;
  return HOLDS[b.says](a.bound, b.bound) || (a.bound === b.bound && a.says === b.says);
}

function admits(claim: Claim, value: Json): boolean {
  if ("values" in claim) return claim.values.has(value) === (claim.says === "one of");
  return typeof value === "number" && HOLDS[claim.says](value, claim.bound);
}

/**
 * Whether no input meets the condition. False means unknown, as in `implies`: claims are held
 * against each other two by two.
 */
export function neverHolds(formula: Formula): boolean {
  if (formula.kind === "claim") return isEmpty(formula.claim);
  if (formula.kind === "any") return formula.of.every(neverHolds);
  const claims = claimsOf(formula);
  return (
    formula.of.some(neverHolds) ||
    claims.some((a, at) => claims.slice(at + 1).some((b) => excludes(a, b) || excludes(b, a)))
  );
}

function isEmpty(claim: Claim): boolean {
  return claim.says === "one of" && claim.values.size === 0;
}

/** What all of a formula claims, however it is bracketed. */
function claimsOf(formula: Formula): readonly Claim[] {
  if (formula.kind === "claim") return [formula.claim];
  return formula.kind === "all" ? formula.of.flatMap(claimsOf) : [];
}

function excludes(a: Claim, b: Claim): boolean {
  if (a.subject !== b.subject) return false;
  if ("values" in a) return a.says === "one of" && ![...a.values].some((value) => admits(b, value));
  if ("values" in b || a.says[0] !== "<" || b.says[0] !== ">") return false;
  return a.bound < b.bound || (a.bound === b.bound && a.says + b.says !== "<=>=");
}
