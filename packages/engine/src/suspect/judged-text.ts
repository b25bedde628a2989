import type { Binary, Call, Expr, Macro } from "../cel/syntax.ts";
import type { Located } from "../located.ts";
import { elementsOf, type Ground, originsOf, type Scope } from "./origin.ts";

/** One place of a rule that asks something of a text from the input. */
export interface Judged {
  /** Offset in the rule. */
  readonly at: number;
  readonly schema: Located;
  /** Whether it is held against a literal for equality. */
  readonly literal: boolean;
}

/**
 * What follows for the whole rule where a part of it holds: the rule may hold (1), may not (-1),
 * or either (0). A text that is not what a rule looks for slips past at 1; at -1 it is stopped.
 */
type Bearing = 1 | 0 | -1;

const SEARCHES: ReadonlySet<string> = new Set(["startsWith", "endsWith", "contains", "matches"]);
const ORDERS: ReadonlySet<string> = new Set(["<", "<=", ">", ">="]);

/** Every place of a rule where an altered text could make the rule not hold. */
export function judgedTexts(rule: Expr, ground: Ground): readonly Judged[] {
  const walk = new Walk(ground);
  walk.visit(rule, 1, new Map());
  return walk.found;
}

class Walk {
  readonly found: Judged[] = [];
  readonly #ground: Ground;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  visit(expr: Expr, bearing: Bearing, scope: Scope): void {
    const inner = (each: Expr, same: Bearing = 0): void => this.visit(each, same, scope);
    switch (expr.kind) {
      case "logic":
        for (const term of expr.terms) inner(term, bearing);
        return;
      case "unary":
        inner(expr.operand, expr.operator === "!" ? opposite(bearing) : 0);
        return;
      case "choice":
        inner(expr.test);
        inner(expr.yes, bearing);
        inner(expr.no, bearing);
        return;
      case "binary":
        this.#comparison(expr, bearing, scope);
        inner(expr.left);
        inner(expr.right);
        return;
      case "call":
        this.#search(expr, bearing, scope);
        for (const each of expr.target === null ? expr.args : [expr.target, ...expr.args])
          inner(each);
        return;
      case "macro":
        this.#macro(expr, bearing, scope);
        return;
      case "select":
      case "has":
        inner(expr.operand);
        return;
      case "index":
        inner(expr.operand);
        inner(expr.key);
        return;
      case "list":
        for (const item of expr.items) inner(item);
        return;
      case "map":
        for (const { value } of expr.entries) inner(value);
        return;
      default:
        return;
    }
  }

  #comparison(expr: Binary, bearing: Bearing, scope: Scope): void {
    const { operator, left, right, at } = expr;
    if (ORDERS.has(operator)) {
      this.#note([left, right], at, 0, false, scope);
    } else if (operator === "==" || operator === "!=") {
      const literal = isText(left) || isText(right);
      this.#note(
        [left, right],
        at,
        operator === "==" ? bearing : opposite(bearing),
        literal,
        scope,
      );
    } else if (operator === "in") {
      const listed = right.kind === "list" && right.items.some(isText);
      this.#note([left], at, bearing, listed, scope);
      const elements = this.#origins(right, scope).flatMap((each) =>
        elementsOf(each, this.#ground),
      );
      this.#add(elements, at, bearing, isText(left));
    }
  }

  #search({ name, target, args, at }: Call, bearing: Bearing, scope: Scope): void {
    if (target !== null && SEARCHES.has(name)) {
      this.#note([target, ...args], at, bearing, false, scope);
    }
    // An invisible character is counted like any other.
    if (name === "size") this.#note(target === null ? args : [target], at, 0, false, scope);
  }

  #macro(expr: Macro, bearing: Bearing, scope: Scope): void {
    this.visit(expr.range, 0, scope);
    const items = this.#origins(expr.range, scope).flatMap((each) =>
      elementsOf(each, this.#ground),
    );
    const inside = new Map([...scope, [expr.variable, items] as const]);
    const kept = expr.macro === "all" || expr.macro === "exists" ? bearing : 0;
    if (expr.test !== null) this.visit(expr.test, kept, inside);
    if (expr.result !== null) this.visit(expr.result, 0, inside);
  }

  #origins(expr: Expr, scope: Scope): readonly Located[] {
    return originsOf(expr, this.#ground, scope);
  }

  #note(
    exprs: readonly Expr[],
    at: number,
    bearing: Bearing,
    literal: boolean,
    scope: Scope,
  ): void {
    const schemas = exprs.flatMap((expr) => this.#origins(expr, scope));
    this.#add(schemas, at, bearing, literal);
  }

  #add(schemas: readonly Located[], at: number, bearing: Bearing, literal: boolean): void {
    if (bearing === -1) return;
    for (const schema of schemas) if (mayBeText(schema)) this.found.push({ at, schema, literal });
  }
}

function opposite(bearing: Bearing): Bearing {
  return bearing === 0 ? 0 : bearing === 1 ? -1 : 1;
}

function isText(expr: Expr): boolean {
  return expr.kind === "literal" && expr.tag === "string";
}

/** A schema of strings, or of anything. What is listed by `enum` or `const` is no free text. */
function mayBeText(schema: Located): boolean {
  if (schema.members === null) return schema.json === true;
  if (schema.members.has("enum") || schema.members.has("const")) return false;
  const type = schema.members.get("type")?.value.json;
  return (
    type === undefined || type === "string" || (Array.isArray(type) && type.includes("string"))
  );
}
