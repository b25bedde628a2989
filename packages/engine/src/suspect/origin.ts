import type { Expr } from "../cel/syntax.ts";
import { follow, type Located } from "../located.ts";

/** The schemas of iteration variables in scope. */
export type Scope = ReadonlyMap<string, readonly Located[]>;

/** The bundle's definitions and one category's input schema. */
export interface Ground {
  readonly input: Located;
  readonly defs: Located | undefined;
}

/**
 * The schemas that describe what an expression yields. None where the value is no part of the
 * input as it stands; several where it is one of several parts, or made of them.
 */
export function originsOf(expr: Expr, ground: Ground, scope: Scope): readonly Located[] {
  const of = (inner: Expr): readonly Located[] => originsOf(inner, ground, scope);
  switch (expr.kind) {
    case "name":
      return (
        scope.get(expr.name) ?? (expr.name === "input" ? [resolved(ground.input, ground)] : [])
      );
    case "select":
      return of(expr.operand).flatMap((schema) => memberOf(schema, expr.member, ground));
    case "index":
      return of(expr.operand).flatMap((schema) => {
        const { key } = expr;
        return key.kind === "literal" && typeof key.value === "string"
          ? memberOf(schema, key.value, ground)
          : elementsOf(schema, ground);
      });
    case "choice":
      return [...of(expr.yes), ...of(expr.no)];
    case "binary":
      return expr.operator === "+" ? [...of(expr.left), ...of(expr.right)] : [];
    case "list":
      return [];
    case "macro":
      return expr.macro === "filter" ? of(expr.range) : [];
    case "call":
      return expr.name === "string" && expr.target === null ? expr.args.flatMap(of) : [];
    default:
      return [];
  }
}

/** What stands in a list, or under the undeclared names of an open object. */
export function elementsOf(schema: Located, ground: Ground): readonly Located[] {
  const found = ["items", "additionalProperties"].map((key) => schema.members?.get(key)?.value);
  return found.flatMap((each) => (each === undefined ? [] : [resolved(each, ground)]));
}

function memberOf(schema: Located, name: string, ground: Ground): readonly Located[] {
  const declared = schema.members?.get("properties")?.value.members?.get(name)?.value;
  const found = declared ?? schema.members?.get("additionalProperties")?.value;
  return found === undefined ? [] : [resolved(found, ground)];
}

/** The definition that a reference leads to; the bundle loads, so there is one and no cycle. */
function resolved(schema: Located, ground: Ground): Located {
  const target = schema.members?.get("$ref")?.value.json;
  if (typeof target !== "string" || ground.defs === undefined) return schema;
  return resolved(follow(ground.defs, target.slice("#/$defs".length)), ground);
}
