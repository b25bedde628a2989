import type { Expr as Parsed, ParsedExpr } from "@bufbuild/cel-spec/cel/expr/syntax_pb.js";
import type { Expr } from "./syntax.ts";

/**
 * One notation for our syntax trees and for those of another parser, so that tests can tell whether
 * they are the same tree. Chains of one logical operator are flat; signs before a number are part
 * of it and double negations are gone, as the other parser has it.
 */
type Tree = readonly [string, ...(Tree | string)[]];

function flat(operator: string, terms: readonly Tree[]): Tree {
  const all = terms.flatMap((term) => (term[0] === operator ? (term.slice(1) as Tree[]) : [term]));
  return [operator, ...all];
}

function unary(operator: string, operand: Tree): Tree {
  const [head, only] = operand;
  if (head === operator && operand.length === 2 && Array.isArray(only)) return only as Tree;
  if (operator === "-_" && (head === "integer" || head === "number")) {
    return [head, String(-Number(only)).replace(/^-0$/, "0")];
  }
  return [operator, operand];
}

function ofLiteral(tag: string, value: unknown): Tree {
  return [tag, typeof value === "number" ? String(value).replace(/^-0$/, "0") : String(value)];
}

/** Our tree in the common notation. */
export function ours(expr: Expr): Tree {
  switch (expr.kind) {
    case "literal":
      return ofLiteral(expr.tag, expr.value);
    case "name":
      return ["name", expr.name];
    case "select":
    case "has":
      return [expr.kind, ours(expr.operand), expr.member];
    case "index":
      return ["_[_]", ours(expr.operand), ours(expr.key)];
    case "call": {
      const target: Tree = expr.target === null ? ["global"] : ours(expr.target);
      return ["call", expr.name, target, ...expr.args.map(ours)];
    }
    case "unary":
      return unary(`${expr.operator}_`, ours(expr.operand));
    case "binary":
      return [expr.operator, ours(expr.left), ours(expr.right)];
    case "logic":
      return flat(expr.operator, expr.terms.map(ours));
    case "choice":
      return ["_?_:_", ours(expr.test), ours(expr.yes), ours(expr.no)];
    case "list":
      return ["list", ...expr.items.map(ours)];
    case "map":
      return ["map", ...expr.entries.flatMap(({ key, value }) => [ours(key), ours(value)])];
    case "macro": {
      const parts = [expr.test, expr.result].flatMap((part) => (part === null ? [] : [ours(part)]));
      return ["macro", expr.macro, ours(expr.range), expr.variable, ...parts];
    }
  }
}

const OPERATORS: ReadonlyMap<string, string> = new Map([
  ...["+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!=", "&&", "||"].map(
    (operator): [string, string] => [`_${operator}_`, operator],
  ),
  ["@in", "in"],
]);

const TAGS: ReadonlyMap<string, string> = new Map([
  ["nullValue", "null"],
  ["boolValue", "boolean"],
  ["int64Value", "integer"],
  ["doubleValue", "number"],
  ["stringValue", "string"],
]);

/** A tree that uses what our language has not: unsigned integers, bytes, messages. */
export class Foreign extends Error {}

/** Every expression within `value`, by its id. */
function byId(value: unknown, found: Map<bigint, Parsed> = new Map()): Map<bigint, Parsed> {
  if (typeof value !== "object" || value === null) return found;
  const expr = value as Partial<Parsed>;
  if (expr.$typeName === "cel.expr.Expr" && expr.exprKind?.case !== undefined && expr.id) {
    found.set(expr.id, expr as Parsed);
  }
  for (const inner of Object.values(value)) byId(inner, found);
  return found;
}

class Theirs {
  readonly #macros: Readonly<Record<string, Parsed>>;
  /** A macro inside a macro's record is only named by its id. */
  readonly #exprs: ReadonlyMap<bigint, Parsed>;

  constructor(parsed: ParsedExpr) {
    this.#macros = parsed.sourceInfo?.macroCalls ?? {};
    this.#exprs = byId(parsed.expr);
  }

  tree(expr: Parsed | undefined): Tree {
    if (expr === undefined) throw new Foreign("no expression");
    const macro = this.#macros[expr.id.toString()];
    if (macro?.exprKind.case === "callExpr" && macro.exprKind.value.function !== "has") {
      const { function: name, target, args } = macro.exprKind.value;
      const [variable, ...parts] = args;
      if (variable?.exprKind.case !== "identExpr") throw new Foreign(name);
      const { name: bound } = variable.exprKind.value;
      // Their newer spelling of exists_one is an unknown function here.
      if (name === "existsOne") return this.#call(name, target, args);
      return ["macro", name, this.tree(target), bound, ...parts.map((part) => this.tree(part))];
    }
    const whole = expr.exprKind.case === undefined ? this.#exprs.get(expr.id) : expr;
    return this.#plain(whole ?? expr);
  }

  #plain(expr: Parsed): Tree {
    const { exprKind: kind } = expr;
    switch (kind.case) {
      case "constExpr": {
        const { case: name, value } = kind.value.constantKind;
        const tag = TAGS.get(name ?? "");
        if (tag === undefined) throw new Foreign(name);
        const plain = typeof value === "bigint" ? Number(value) : value;
        return ofLiteral(tag, tag === "null" ? null : plain);
      }
      case "identExpr":
        return ["name", kind.value.name];
      case "selectExpr":
        return [
          kind.value.testOnly ? "has" : "select",
          this.tree(kind.value.operand),
          kind.value.field,
        ];
      case "listExpr":
        return ["list", ...kind.value.elements.map((element) => this.tree(element))];
      case "structExpr":
        return this.#struct(kind.value);
      case "callExpr":
        return this.#call(kind.value.function, kind.value.target, kind.value.args);
      default:
        throw new Foreign(kind.case ?? "empty");
    }
  }

  #struct(value: Extract<Parsed["exprKind"], { case: "structExpr" }>["value"]): Tree {
    if (value.messageName !== "") throw new Foreign(value.messageName);
    const entries = value.entries.flatMap((entry) => {
      if (entry.keyKind.case !== "mapKey") throw new Foreign("field");
      return [this.tree(entry.keyKind.value), this.tree(entry.value)];
    });
    return ["map", ...entries];
  }

  #call(name: string, target: Parsed | undefined, args: readonly Parsed[]): Tree {
    const trees = args.map((arg) => this.tree(arg));
    const operator = OPERATORS.get(name);
    const [first] = trees;
    if (operator === "&&" || operator === "||") return flat(operator, trees);
    if (operator !== undefined) return [operator, ...trees];
    if ((name === "!_" || name === "-_") && first !== undefined) return unary(name, first);
    if (name === "_[_]" || name === "_?_:_") return [name, ...trees];
    return ["call", name, target === undefined ? ["global"] : this.tree(target), ...trees];
  }
}

/** The other parser's tree in the common notation. Throws `Foreign`. */
export function theirs(parsed: ParsedExpr): Tree {
  return new Theirs(parsed).tree(parsed.expr);
}
