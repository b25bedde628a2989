import type { ShapeType } from "@writ/contract/shape-type";
import { print } from "@writ/engine/cel/print";
import type { Binary, Call, Expr, Literal, Logic, Macro } from "@writ/engine/cel/syntax";
import { isCondition } from "./conditions.ts";
import { type Part, partsOf } from "./tree-parts.ts";

/** One small change to a rule. */
export interface Mutation {
  /** Where in the rule's source it is, in UTF-16 units. */
  readonly at: number;
  /** What it is, in words of the rule. */
  readonly change: string;
  /** The whole rule after it. */
  readonly rule: Expr;
}

/** What the checker knows of the rule's parts. */
export type Types = ReadonlyMap<Expr, ShapeType>;

/**
 * Every small change to a rule that a test could see: each condition negated, each term of a chain
 * left out, each comparison's bound shifted, each operator and literal exchanged for its neighbour.
 * No two of them give the same rule.
 */
export function mutationsOf(rule: Expr, types: Types): readonly Mutation[] {
  const found = new Map<string, Mutation>();
  const original = print(rule);
  const visit = (site: Site): void => {
    for (const { at, change, to } of changes(site, types)) {
      const rule = site.replace(to);
      const text = print(rule);
      if (text !== original && !found.has(text)) found.set(text, { at, change, rule });
    }
    for (const part of partsOf(site.expr, site.condition)) visit(below(site, part, types));
  };
  visit({ expr: rule, condition: true, replace: (by) => by, values: null, negated: false });
  return [...found.values()];
}

interface Site extends Part {
  /** The only strings that what stands here is compared with, where they are known. */
  readonly values: readonly string[] | null;
  /** What stands under a `!` is negated by leaving that out. */
  readonly negated: boolean;
}

/** The child as a site, the whole rule around it. */
function below(parent: Site, part: Part, types: Types): Site {
  const replace = (by: Expr): Expr => parent.replace(part.replace(by));
  const isNegated = parent.expr.kind === "unary" && parent.expr.operator === "!";
  return { ...part, replace, values: valuesAt(parent, part, types), negated: isNegated };
}

function valuesAt(parent: Site, part: Part, types: Types): readonly string[] | null {
  const { expr } = parent;
  if (expr.kind === "list" || expr.kind === "choice") return parent.values;
  if (expr.kind !== "binary") return null;
  const other = part.expr === expr.left ? expr.right : expr.left;
  const type = types.get(other);
  const only = type !== undefined && "enum" in type ? type.enum : undefined;
  return only?.filter((value) => typeof value === "string") ?? null;
}

interface Change {
  readonly at: number;
  readonly change: string;
  /** What comes in the place of the site's expression. */
  readonly to: Expr;
}

function changes(site: Site, types: Types): readonly Change[] {
  const { expr, condition } = site;
  const opposite = isCondition(expr, condition) && !site.negated ? [negated(expr)] : [];
  const others = [...opposite, ...variants(site, types)].map((to): Change => {
    return { at: expr.at, change: `${print(expr)} => ${print(to)}`, to };
  });
  return expr.kind === "logic" ? [...others, ...shorter(expr)] : others;
}

/** What could stand in the place of an expression, its opposite aside. */
function variants({ expr, values }: Site, types: Types): readonly Expr[] {
  switch (expr.kind) {
    case "literal":
      return ofLiteral(expr, values);
    case "logic":
      return [{ ...expr, operator: expr.operator === "&&" ? "||" : "&&" }];
    case "binary":
      return ofBinary(expr, types);
    case "call":
      return ofCall(expr);
    case "macro":
      return ofMacro(expr);
    default:
      return [];
  }
}

const OPPOSITES: Readonly<Partial<Record<Binary["operator"], Binary["operator"]>>> = {
  "==": "!=",
  "!=": "==",
  "<": ">=",
  ">=": "<",
  ">": "<=",
  "<=": ">",
};

/** The opposite, written as an author would. */
export function negated(expr: Expr): Expr {
  if (expr.kind === "unary" && expr.operator === "!") return expr.operand;
  const opposite = expr.kind === "binary" ? OPPOSITES[expr.operator] : undefined;
  if (expr.kind === "binary" && opposite !== undefined) return { ...expr, operator: opposite };
  return { kind: "unary", at: expr.at, height: expr.height + 1, operator: "!", operand: expr };
}

/** A chain without each of its terms. */
function shorter(expr: Logic): readonly Change[] {
  return expr.terms.map((term, at) => {
    const terms = expr.terms.toSpliced(at, 1);
    const [only] = terms;
    const to = terms.length === 1 && only !== undefined ? only : { ...expr, terms };
    return { at: term.at, change: `left out: ${print(term)}`, to };
  });
}

/** The operators that differ from one in a single case. */
const SHIFTED: Readonly<Partial<Record<Binary["operator"], Binary["operator"]>>> = {
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
};
const ORDERED: Readonly<Partial<Record<Binary["operator"], readonly Binary["operator"][]>>> = {
  "==": ["<=", ">="],
  "!=": ["<", ">"],
  "+": ["-"],
};

function ofBinary(expr: Binary, types: Types): readonly Expr[] {
  const shifted = SHIFTED[expr.operator];
  const kinds = [expr.left, expr.right].map((side) => types.get(side)?.kind);
  const numeric = kinds.every((kind) => kind === "integer" || kind === "number");
  const others = numeric ? (ORDERED[expr.operator] ?? []) : [];
  const operators = shifted === undefined ? others : [shifted, ...others];
  return operators.map((operator) => ({ ...expr, operator }));
}

/** A search without its anchor; a pattern without one, or with another end. */
function ofCall(expr: Call): readonly Expr[] {
  if (expr.name === "startsWith" || expr.name === "endsWith")
    return [{ ...expr, name: "contains" }];
  const [pattern] = expr.args;
  if (expr.name !== "matches" || pattern?.kind !== "literal") return [];
  return patterns(String(pattern.value)).map((value) => ({
    ...expr,
    args: [{ ...pattern, value }],
  }));
}

function patterns(source: string): readonly string[] {
  const open = source.endsWith("$") && !source.endsWith("\\$");
  return [
    ...(source.startsWith("^") ? [source.slice(1)] : []),
    ...(open ? [source.slice(0, -1), `${source.slice(0, -1)}x$`] : [`${source}x`]),
  ];
}

function ofMacro(expr: Macro): readonly Expr[] {
  switch (expr.macro) {
    case "all":
      return [{ ...expr, macro: "exists" }];
    case "exists":
      return [{ ...expr, macro: "all" }];
    case "exists_one":
      return [{ ...expr, macro: "exists" }];
    case "filter":
      return [expr.range];
    case "map":
      return expr.test === null ? [] : [{ ...expr, test: null }];
  }
}

function ofLiteral(expr: Literal, values: readonly string[] | null): readonly Expr[] {
  const { value } = expr;
  if (typeof value === "boolean") return [{ ...expr, value: !value }];
  if (typeof value === "number") {
    const numbers = expr.tag === "integer" ? [value - 1, value + 1] : neighbours(value);
    return numbers.map((each) => ({ ...expr, value: each }));
  }
  return typeof value === "string" ? [{ ...expr, value: otherText(value, values) }] : [];
}

/** One more and one less in the last place that is written. */
function neighbours(value: number): readonly number[] {
  const places = /^-?[0-9]+\.([0-9]+)$/.exec(String(value))?.[1]?.length ?? 0;
  return [-1, 1].map((step) => Number((value + step * 10 ** -places).toFixed(places)));
}

/** Another text: the next of those that can stand there, or one that nobody has thought of. */
function otherText(text: string, values: readonly string[] | null): string {
  const at = values?.indexOf(text) ?? -1;
  const next = at < 0 ? undefined : values?.[(at + 1) % values.length];
  return next === undefined || next === text ? `${text}x` : next;
}
