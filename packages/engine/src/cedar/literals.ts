import type { ShapeType } from "@writ/contract/shape-type";
import { isLower, whyNeverEqual } from "../cel/form.ts";
import { ANY } from "../cel/type.ts";

/** A string literal of a policy that no normalized input can meet. */
export interface Unmet {
  readonly literal: string;
  readonly message: string;
}

/**
 * Finds the string literals that a policy compares with a member of the input which can never be
 * equal to them: `==`, `!=`, `contains` and its kin, `like`. `policy` is in Cedar's JSON format.
 */
export function unmetLiterals(policy: unknown, input: ShapeType): readonly Unmet[] {
  const unmet: Unmet[] = [];
  visit(policy, (operator, operands) => unmet.push(...unmetBy(operator, operands, input)));
  return unmet;
}

type Node = Readonly<Record<string, unknown>>;

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function visit(value: unknown, found: (operator: string, operands: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, found);
  if (!isNode(value)) return;
  for (const [name, member] of Object.entries(value)) {
    // Below a literal value stand the author's own names, which may look like operators.
    if (name === "Value") continue;
    if (isNode(member)) found(name, member);
    visit(member, found);
  }
}

const COMPARISONS = ["==", "!=", "contains", "containsAll", "containsAny"];

function unmetBy(operator: string, operands: Node, input: ShapeType): readonly Unmet[] {
  const { left, right } = operands;
  if (operator === "like") {
    return typeAt(left, input) === null ? [] : patternTexts(operands.pattern).flatMap(unmetPart);
  }
  if (!COMPARISONS.includes(operator)) return [];
  return [...unmetAgainst(left, right, input), ...unmetAgainst(right, left, input)];
}

function unmetAgainst(literals: unknown, member: unknown, input: ShapeType): readonly Unmet[] {
  const found = typeAt(member, input);
  const type = found?.kind === "array" ? found.items : found;
  if (type === null || (type.kind !== "string" && type.kind !== "any")) return [];
  return stringsIn(literals).flatMap((literal) => {
    const why = whyNeverEqual({ tag: "string", value: literal }, { type, form: "normal" });
    if (why === null) return [];
    return [{ literal, message: `${JSON.stringify(literal)} can never be equal here; ${why}` }];
  });
}

/** What the shape says of `context.input.a.b`; null for anything else. */
function typeAt(expr: unknown, input: ShapeType): ShapeType | null {
  if (!isNode(expr) || !isNode(expr["."])) return null;
  const { left, attr } = expr["."];
  if (isNode(left) && left.Var === "context") return attr === "input" ? input : null;
  const owner = typeAt(left, input);
  if (owner === null || owner.kind === "any") return owner;
  if (owner.kind !== "object") return null;
  return owner.properties.find(({ name }) => name === attr)?.type ?? owner.additional ?? ANY;
}

function stringsIn(expr: unknown): readonly string[] {
  if (!isNode(expr)) return [];
  if (Array.isArray(expr.Set)) return expr.Set.flatMap(stringsIn);
  return typeof expr.Value === "string" ? [expr.Value] : [];
}

function patternTexts(pattern: unknown): readonly string[] {
  if (!Array.isArray(pattern)) return [];
  return pattern.flatMap((part) =>
    isNode(part) && typeof part.Literal === "string" ? [part.Literal] : [],
  );
}

function unmetPart(literal: string): readonly Unmet[] {
  if (isLower(literal)) return [];
  const message = `${JSON.stringify(literal)} in the pattern can never match: policy sees strings lower-cased`;
  return [{ literal, message }];
}
