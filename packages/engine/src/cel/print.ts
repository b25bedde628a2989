import type { Binary, Expr, Literal, Logic, Macro } from "./syntax.ts";

/** How tightly an expression binds, loosest first: what is looser than its place needs brackets. */
const EXPR = 0;
const OR = 1;
const AND = 2;
const RELATION = 3;
const SUM = 4;
const PRODUCT = 5;
const UNARY = 6;
const MEMBER = 7;

const BINARY: Readonly<Record<Binary["operator"], number>> = {
  "<": RELATION,
  "<=": RELATION,
  ">": RELATION,
  ">=": RELATION,
  "==": RELATION,
  "!=": RELATION,
  in: RELATION,
  "+": SUM,
  "-": SUM,
  "*": PRODUCT,
  "/": PRODUCT,
  "%": PRODUCT,
};

function bindingOf(expr: Expr): number {
  switch (expr.kind) {
    case "choice":
      return EXPR;
    case "logic":
      return expr.operator === "||" ? OR : AND;
    case "binary":
      return BINARY[expr.operator];
    case "unary":
      return UNARY;
    case "literal":
      // A sign before a number is part of it, and a point after one would be too.
      return typeof expr.value === "number" ? UNARY : MEMBER;
    default:
      return MEMBER;
  }
}

/** The source of an expression on one line: what `parse` reads back as the same tree. */
export function print(expr: Expr): string {
  return at(EXPR, expr);
}

/** The same source with each term of an outermost chain of `&&` or `||` on a line of its own. */
export function printLines(expr: Expr): readonly string[] {
  if (expr.kind !== "logic") return [print(expr)];
  return termsOf(expr).map((term, index) => (index === 0 ? term : `  ${expr.operator} ${term}`));
}

function at(place: number, expr: Expr): string {
  const text = written(expr);
  return bindingOf(expr) < place ? `(${text})` : text;
}

function written(expr: Expr): string {
  switch (expr.kind) {
    case "literal":
      return literal(expr);
    case "name":
      return expr.name;
    case "select":
      return `${at(MEMBER, expr.operand)}.${expr.member}`;
    case "has":
      return `has(${at(MEMBER, expr.operand)}.${expr.member})`;
    case "index":
      return `${at(MEMBER, expr.operand)}[${print(expr.key)}]`;
    case "call": {
      const target = expr.target === null ? "" : `${at(MEMBER, expr.target)}.`;
      return `${target}${expr.name}(${each(expr.args)})`;
    }
    case "unary":
      return `${expr.operator}${signed(expr.operator, expr.operand)}`;
    case "binary": {
      const level = BINARY[expr.operator];
      return `${at(level, expr.left)} ${expr.operator} ${at(level + 1, expr.right)}`;
    }
    case "logic":
      return termsOf(expr).join(` ${expr.operator} `);
    case "choice":
      return `${at(OR, expr.test)} ? ${at(OR, expr.yes)} : ${print(expr.no)}`;
    case "list":
      return `[${each(expr.items)}]`;
    case "map":
      return `{${expr.entries.map(({ key, value }) => `${print(key)}: ${print(value)}`).join(", ")}}`;
    case "macro":
      return macro(expr);
  }
}

function each(exprs: readonly Expr[]): string {
  return exprs.map(print).join(", ");
}

/** A chain within a chain of the same operator was in brackets, or it would be one chain. */
function termsOf({ operator, terms }: Logic): readonly string[] {
  const place = operator === "||" ? AND : RELATION;
  return terms.map((term) => at(place, term));
}

/** Signs of one kind may follow each other; a minus before a plain number would join it. */
function signed(operator: "!" | "-", operand: Expr): string {
  if (operand.kind === "unary" && operand.operator === operator) return print(operand);
  if (operand.kind !== "literal") return at(MEMBER, operand);
  const text = literal(operand);
  const joins = typeof operand.value === "number" && (operator !== "-" || !text.startsWith("-"));
  return joins ? `(${text})` : text;
}

function macro({ macro: name, range, variable, test, result }: Macro): string {
  const parts = [test, result].flatMap((part) => (part === null ? [] : [print(part)]));
  return `${at(MEMBER, range)}.${name}(${[variable, ...parts].join(", ")})`;
}

function literal({ tag, value }: Literal): string {
  if (typeof value === "string") return quote(value);
  if (tag !== "number") return String(value);
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** JSON's escapes are CEL's; a pattern reads better raw. */
function quote(text: string): string {
  const raw = text.includes("\\") && !/["\p{Cc}]/u.test(text);
  return raw ? `r"${text}"` : JSON.stringify(text);
}
