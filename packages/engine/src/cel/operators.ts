import type { Json, JsonArray } from "@writ/contract/json";
import { INTEGER_OPERATIONS, NUMBER_OPERATIONS } from "./arithmetic.ts";
import { chain } from "./chain.ts";
import type { Frame, Run } from "./evaluation.ts";
import { joinForms, neverEqual } from "./form.ts";
import type { Guard } from "./guard.ts";
import { numberOrder, textOrder } from "./order.ts";
import type { Binary, Logic, OrderOperator, Unary } from "./syntax.ts";
import {
  ANY,
  arrayOf,
  BOOLEAN,
  conflictOf,
  INTEGER,
  isScalar,
  join,
  type Kind,
  MIXED_NUMBERS,
  NUMBER,
  nameOf,
  STRING,
  type Type,
} from "./type.ts";
import { isBroken, type Report, reject, type Typed } from "./typed.ts";
import {
  asBoolean,
  asInteger,
  asList,
  asNumber,
  asString,
  atPath,
  bulk,
  isList,
  sameKindValue,
  sameValue,
} from "./values.ts";

function wrongOperand(report: Report, operand: Typed, wanted: string): Typed {
  const message = `put ${wanted} here: this is ${nameOf(operand.type)}`;
  return reject(report, operand.expr, { code: "WRONG_TYPE", message });
}

/** Reports an operand that can never be a boolean. */
export function requireBoolean(report: Report, operand: Typed): void {
  const { kind } = operand.type;
  if (kind !== "boolean" && kind !== "any") wrongOperand(report, operand, "a condition");
}

// --- && || !

export function checkLogic(report: Report, expr: Logic, terms: readonly Typed[]): Typed {
  for (const term of terms) requireBoolean(report, term);
  const run = chain(terms, expr.operator === "||");
  const guard = expr.operator === "&&" ? terms[0]?.guard : undefined;
  return { expr, type: BOOLEAN, form: "normal", run, ...(guard !== undefined && { guard }) };
}

export function checkUnary(report: Report, expr: Unary, operand: Typed): Typed {
  const { run, type } = operand;
  const { at } = operand.expr;
  if (expr.operator === "!") {
    requireBoolean(report, operand);
    const not: Run = (frame) => !asBoolean(run(frame), at);
    return { expr, type: BOOLEAN, form: "normal", run: not };
  }
  if (isBroken(operand)) return operand;
  if (type.kind === "integer") {
    const negate: Run = (frame) => 0 - asInteger(run(frame), at);
    return { expr, type: INTEGER, form: "normal", run: negate };
  }
  if (type.kind !== "number") return wrongOperand(report, operand, "an integer or a number");
  return { expr, type: NUMBER, form: "normal", run: (frame) => -asNumber(run(frame), at) };
}

// --- + - * / % < <= > >=

/** The kind an operation works in: `any` takes the other side's, and is held to it when it runs. */
function commonKind(left: Type, right: Type): Kind | null {
  if (left.kind === right.kind) return left.kind;
  if (left.kind === "any") return right.kind;
  return right.kind === "any" ? left.kind : null;
}

type Build = (operator: string, left: Typed, right: Typed, at: number) => Run | null;

function numeric(
  table: Readonly<Record<string, (a: number, b: number, at: number) => number>>,
  as: (value: Json, at: number) => number,
): Build {
  return (operator, left, right, at) => {
    const apply = table[operator];
    if (apply === undefined) return null;
    const { run: first, expr: a } = left;
    const { run: second, expr: b } = right;
    return (frame) => apply(as(first(frame), a.at), as(second(frame), b.at), at);
  };
}

const concatenate: Build = (operator, left, right, at) => {
  if (operator !== "+") return null;
  return (frame) => {
    const first = asString(left.run(frame), left.expr.at);
    const second = asString(right.run(frame), right.expr.at);
    frame.spend(bulk(first.length + second.length), at);
    return first + second;
  };
};

const append: Build = (operator, left, right, at) => {
  if (operator !== "+") return null;
  return (frame) => {
    const first = asList(left.run(frame), left.expr.at);
    const second = asList(right.run(frame), right.expr.at);
    frame.spend(first.length + second.length, at);
    return [...first, ...second];
  };
};

const ARITHMETIC: Readonly<Partial<Record<Kind, Build>>> = {
  integer: numeric(INTEGER_OPERATIONS, asInteger),
  number: numeric(NUMBER_OPERATIONS, asNumber),
  string: concatenate,
  array: append,
};

function refuse(report: Report, expr: Binary, left: Typed, right: Typed): Typed {
  const kinds = [left.type.kind, right.type.kind];
  if (kinds.includes("integer") && kinds.includes("number")) {
    return reject(report, expr, MIXED_NUMBERS);
  }
  if (kinds.every((kind) => kind === "any")) {
    const message = "say what one side is: write int(…), double(…) or string(…) around it";
    return reject(report, expr, { code: "WRONG_TYPE", message });
  }
  const message = `'${expr.operator}' does not take ${nameOf(left.type)} and ${nameOf(right.type)}`;
  return reject(report, expr, { code: "WRONG_TYPE", message });
}

const SUMS: Readonly<Partial<Record<Kind, Type>>> = {
  integer: INTEGER,
  number: NUMBER,
  string: STRING,
};

/** What `a + b` and the like give; for lists, a list of what either may hold. */
function resultType(kind: Kind, left: Type, right: Type): Type | null {
  if (left.kind === "array" && right.kind === "array") {
    const items = join(left.items, right.items);
    return items === null ? null : arrayOf(items);
  }
  return SUMS[kind] ?? arrayOf(ANY);
}

export function checkArithmetic(report: Report, expr: Binary, left: Typed, right: Typed): Typed {
  if (isBroken(left)) return left;
  if (isBroken(right)) return right;
  const kind = commonKind(left.type, right.type);
  const build = kind === null ? undefined : ARITHMETIC[kind];
  const run = build?.(expr.operator, left, right, expr.at);
  if (kind === null || run === undefined || run === null) return refuse(report, expr, left, right);
  const type = resultType(kind, left.type, right.type);
  if (type === null) return reject(report, expr, MIXED_NUMBERS);
  const parts = joinForms(left.form, right.form);
  return { expr, type, form: kind === "string" ? joinForms(parts, "lower") : parts, run };
}

/** The guard of a comparison with a limit that the policy sets. */
function limitOf(order: OrderOperator, { path }: Typed, right: Typed): { readonly guard?: Guard } {
  const limit = right.constant;
  return path === undefined || typeof limit !== "number" ? {} : { guard: { path, order, limit } };
}

export function checkOrder(report: Report, expr: Binary, left: Typed, right: Typed): Typed {
  const typed = { expr, type: BOOLEAN, form: "normal" } as const;
  if (isBroken(left) || isBroken(right)) return { ...typed, run: left.run };
  const kind = commonKind(left.type, right.type);
  const operator = expr.operator as OrderOperator;
  if (kind === "integer" || kind === "number") {
    return { ...typed, run: numberOrder(operator, left, right), ...limitOf(operator, left, right) };
  }
  if (kind !== "string") return refuse(report, expr, left, right);
  return { ...typed, run: textOrder(expr, operator, left, right) };
}

// --- == != in

/** How two values of these types are told apart at run time. */
type Same = (frame: Frame, a: Json, b: Json, at: number) => boolean;

function sameScalar(_frame: Frame, a: Json, b: Json): boolean {
  return a === b;
}

function sameness(left: Type, right: Type): Same {
  if (left.kind === "any" || right.kind === "any") return sameKindValue;
  if (left.kind === "string" && right.kind === "string") return sameValue;
  return isScalar(left) && isScalar(right) ? sameScalar : sameValue;
}

function reportNeverEqual(report: Report, left: Typed, right: Typed): void {
  if (right.constant === undefined) report.faults.push(...neverEqual(left.expr, right));
  if (left.constant === undefined) report.faults.push(...neverEqual(right.expr, left));
}

/** `a == 'literal'`: the commonest question, and one that costs no more than the literal's length. */
function againstConstant(operand: Typed, constant: Json, negated: boolean): Run {
  const { run, path, expr } = operand;
  const { at } = expr;
  if (path === undefined) return (frame) => (run(frame) === constant) !== negated;
  if (negated) return (frame) => atPath(frame.input, path, at) !== constant;
  return (frame) => atPath(frame.input, path, at) === constant;
}

/** An operand held against a literal that `===` tells apart from every value it can have. */
function againstLiteral(left: Typed, right: Typed): { operand: Typed; constant: Json } | null {
  const typed = isScalar(left.type) && isScalar(right.type);
  for (const [operand, { constant }] of [[left, right] as const, [right, left] as const]) {
    if (constant === undefined) continue;
    if (constant === null || (typed && typeof constant !== "object")) return { operand, constant };
  }
  return null;
}

/** The guard of a comparison that holds only where `operand` is one of `values`. */
function guardOf({ path }: Typed, values: readonly Json[]): { readonly guard?: Guard } {
  return path === undefined ? {} : { guard: { path, values } };
}

export function checkEquality(report: Report, expr: Binary, left: Typed, right: Typed): Typed {
  const negated = expr.operator === "!=";
  const plain = againstLiteral(left, right);
  const same = sameness(left.type, right.type);
  const { run: first } = left;
  const { run: second } = right;
  const run: Run =
    plain === null
      ? (frame) => same(frame, first(frame), second(frame), expr.at) !== negated
      : againstConstant(plain.operand, plain.constant, negated);
  const guard = plain === null || negated ? {} : guardOf(plain.operand, [plain.constant]);
  const typed: Typed = { expr, type: BOOLEAN, form: "normal", run, ...guard };
  if (isBroken(left) || isBroken(right)) return typed;
  const conflict = conflictOf(left.type, right.type);
  if (conflict !== null) reject(report, expr, conflict);
  else reportNeverEqual(report, left, right);
  return typed;
}

/** A list of scalar literals is looked up, not walked, but charged by its length like any other. */
function amongConstants(expr: Binary, left: Typed, list: JsonArray): Run {
  const values: ReadonlySet<Json> = new Set(list);
  const { run } = left;
  const { at } = expr;
  const { length } = list;
  return (frame) => {
    const value = run(frame);
    frame.spend(length, at);
    return values.has(value);
  };
}

/** `value in list`, asked of the elements in order. */
export function membership(expr: Binary, left: Typed, right: Typed, items: Type): Typed {
  const typed = { expr, type: BOOLEAN, form: "normal" } as const;
  const { constant } = right;
  if (isScalar(left.type) && isScalar(items) && constant !== undefined && isList(constant)) {
    return { ...typed, run: amongConstants(expr, left, constant), ...guardOf(left, constant) };
  }
  return { ...typed, run: amongItems(expr, left, right, items) };
}

export function amongItems(expr: Binary, left: Typed, right: Typed, items: Type): Run {
  const same = sameness(left.type, items);
  const { run: first } = left;
  const { run: second } = right;
  return (frame) => {
    const value = first(frame);
    const list = asList(second(frame), right.expr.at);
    frame.spend(list.length, expr.at);
    for (const item of list) if (same(frame, value, item, expr.at)) return true;
    return false;
  };
}
