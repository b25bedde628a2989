import { commentLines, yamlText } from "./yaml-text.ts";

/** A shape on its way into a bundle file, with what its author must know about it. */
export interface ShapeText {
  readonly notes: readonly string[];
  /** Null: any value. */
  readonly type: string | readonly [string, "null"] | null;
  /** Keywords with scalars or lists of scalars, in order. */
  readonly keywords: readonly (readonly [name: string, value: unknown])[];
  readonly properties?: readonly (readonly [name: string, shape: ShapeText])[];
  readonly items?: ShapeText;
  readonly additional?: ShapeText | boolean;
}

export function anything(...notes: readonly string[]): ShapeText {
  return { notes, type: null, keywords: [] };
}

/** The shape as the plain JSON that the loader would see. */
export function plainShape(shape: ShapeText): unknown {
  if (shape.type === null) return true;
  const { type, keywords, properties, items, additional } = shape;
  const members = properties?.map(([name, each]) => [name, plainShape(each)] as const);
  return {
    type,
    ...Object.fromEntries(keywords),
    ...(items !== undefined && { items: plainShape(items) }),
    ...(additional !== undefined && {
      additionalProperties: typeof additional === "boolean" ? additional : plainShape(additional),
    }),
    ...(members !== undefined && { properties: Object.fromEntries(members) }),
  };
}

/** The member `key: shape` as lines of YAML; notes stand above what they are about. */
export function shapeLines(key: string, shape: ShapeText, indent: string): readonly string[] {
  const notes = shape.notes.flatMap(commentLines).map((line) => indent + line);
  const head = `${indent}${yamlText(key)}:`;
  if (shape.type === null) return [...notes, `${head} true`];
  const within = `${indent}  `;
  const { properties, items, additional } = shape;
  const scalars = [["type", shape.type] as const, ...shape.keywords];
  if (properties === undefined && items === undefined && additional === undefined) {
    const members = scalars.map(([name, value]) => `${name}: ${yamlText(value)}`);
    return [...notes, `${head} { ${members.join(", ")} }`];
  }
  const lines = scalars.map(([name, value]) => `${within}${name}: ${yamlText(value)}`);
  if (typeof additional === "boolean") lines.push(`${within}additionalProperties: ${additional}`);
  else if (additional !== undefined) {
    lines.push(...shapeLines("additionalProperties", additional, within));
  }
  if (items !== undefined) lines.push(...shapeLines("items", items, within));
  if (properties?.length === 0) lines.push(`${within}properties: {}`);
  else if (properties !== undefined) {
    lines.push(`${within}properties:`);
    for (const [name, each] of properties) lines.push(...shapeLines(name, each, `${within}  `));
  }
  return [...notes, head, ...lines];
}

/** An input of the shape to begin a canary with, where patterns allow. */
export function exampleOf(shape: ShapeText): unknown {
  const keyword = (name: string): unknown => shape.keywords.find(([each]) => each === name)?.[1];
  const [first] = [keyword("enum")].flat();
  const known = keyword("const") ?? first;
  if (known !== undefined) return known;
  switch (typeof shape.type === "string" || shape.type === null ? shape.type : shape.type[0]) {
    case "string":
      return "fill in"
        .padEnd(count(keyword("minLength")), "-")
        .slice(0, count(keyword("maxLength"), 7));
    case "integer":
    case "number":
      return Number(keyword("minimum") ?? keyword("maximum") ?? 1);
    case "boolean":
      return false;
    case "array":
      return Array.from({ length: count(keyword("minItems")) }, () =>
        exampleOf(shape.items ?? anything()),
      );
    case "object": {
      const required = [keyword("required") ?? []].flat();
      const members = (shape.properties ?? []).filter(([name]) => required.includes(name));
      return Object.fromEntries(members.map(([name, each]) => [name, exampleOf(each)]));
    }
    default:
      return null;
  }
}

function count(value: unknown, otherwise = 0): number {
  return typeof value === "number" ? Math.min(value, 1_000) : otherwise;
}
