import type { Random } from "./random.ts";

/** A plain JSON value, as a schema or an input is written here. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | readonly Plain[]
  | { readonly [name: string]: Plain };

const id = { type: "string", minLength: 1, maxLength: 64 };
const money = { type: "number", minimum: 0, exclusiveMaximum: 1e6 };
const closed = (
  properties: { readonly [name: string]: Plain },
  required: readonly string[] = [],
): Plain => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});

/** Shapes that between them use every keyword, by the category they stand for. */
export const SHAPES: Readonly<Record<string, Plain>> = {
  order: closed(
    {
      tool: { const: "order" },
      customer: { ...id, exact: true },
      lines: {
        type: "array",
        minItems: 1,
        maxItems: 5,
        items: closed(
          {
            sku: { ...id, pattern: "^sku-[0-9]+$" },
            count: { type: "integer", minimum: 1, maximum: 99 },
            price: money,
          },
          ["sku"],
        ),
      },
      tags: { type: ["array", "null"], unordered: true, items: { type: "string" } },
      handle: { type: ["string", "null"], persistent: true },
      host: closed({
        caller: { type: ["string", "null"] },
        facts: { type: "object", additionalProperties: true },
      }),
    },
    ["tool", "customer"],
  ),
  open: {
    type: "object",
    properties: {
      a: { $ref: "#/$defs/leaf" },
      "10": { enum: [1, 2.5, null] },
      "9": true,
      count: { type: "integer", minimum: -10 },
      nothing: { type: "null" },
    },
    required: ["9"],
    additionalProperties: { $ref: "#/$defs/leaf" },
  },
  anything: { type: "object", additionalProperties: true },
  nested: {
    type: "object",
    title: "sets of sets",
    description: "sorted from the inside out",
    $comment: "none",
    properties: {
      sets: {
        type: "array",
        unordered: true,
        items: {
          type: ["array", "null"],
          unordered: true,
          items: {
            type: ["object", "null"],
            properties: {
              é: { type: ["number", "null"], exclusiveMinimum: -5 },
              "😀": { type: ["boolean", "null"] },
            },
            additionalProperties: false,
          },
        },
      },
      flag: { const: true },
      word: { type: "string", enum: ["abc", "straße", "σ"] },
      short: { type: "string", minLength: 2, maxLength: 3 },
    },
    additionalProperties: false,
  },
};

/** What `#/$defs/…` in them means. */
export const DEFS: Plain = {
  leaf: { type: ["string", "null"], maxLength: 40, minLength: 0 },
};

/** Texts near to what some rule tells apart. */
export const TEXTS: readonly string[] = [
  ..."count|order|sku-1|SKU-22|abc|straße|Σ|a|10|9|é|😀|host|caller|facts|tool|customer|lines|tags|sets".split(
    "|",
  ),
  "123e4567-e89b-12d3-a456-426614174000",
  "2024-05-20T10:00:00Z",
  "2024-02-30 23:59:60.5+23:59",
  "2024-05-20",
  "\u00a0\u2003\u3000",
  "\ufeff",
  "\u0130\u212a",
  "\u1e9e",
  "\ua7ce",
  "\u{16ea0}\u{10400}",
  'q"u\\o\n\u0000',
  "__proto__",
  "constructor",
];

const NUMBERS: readonly number[] = [
  0,
  1,
  -1,
  1.5,
  98,
  99,
  100,
  1e6,
  2 ** 53,
  2 ** 53 - 1,
  5e-324,
  1e21,
  1e-7,
];

/** A value that mostly fits a schema. */
export function fitting(schema: Plain | undefined, random: Random, depth = 0): Plain {
  if (!isObject(schema) || random.once(20) || depth > 5) return anything(random, depth);
  if (schema.$ref !== undefined) return fitting({ type: "string" }, random, depth);
  const listed = schema.enum;
  if (Array.isArray(listed)) return random.pick(listed as readonly Plain[]);
  if (schema.const !== undefined) return schema.const;
  const type = schema.type;
  const kind = Array.isArray(type) ? (random.once(4) ? "null" : type[0]) : type;
  if (kind === "object") return fittingObject(schema, random, depth);
  if (kind === "array") {
    return Array.from({ length: random.below(5) }, () => fitting(schema.items, random, depth + 1));
  }
  if (kind === "string") return random.pick(TEXTS);
  if (kind === "integer") return random.once(3) ? random.pick(NUMBERS) : random.below(120);
  if (kind === "number") return random.pick(NUMBERS);
  return kind === "boolean" ? random.once(2) : null;
}

function fittingObject(
  schema: { readonly [name: string]: Plain },
  random: Random,
  depth: number,
): Plain {
  const properties = schema.properties;
  const members = Object.entries(isObject(properties) ? properties : {})
    .filter(() => !random.once(5))
    .map(([name, inner]): [string, Plain] => [name, fitting(inner, random, depth + 1)]);
  const additional = schema.additionalProperties ?? false;
  if (additional !== false || random.once(30)) {
    for (let i = random.below(4); i > 0; i--) {
      members.push([random.pick(TEXTS), fitting(additional, random, depth + 1)]);
    }
  }
  return Object.fromEntries(random.once(3) ? members.reverse() : members);
}

function anything(random: Random, depth: number): Plain {
  const roll = random.below(depth > 5 ? 6 : 9);
  if (roll < 3) return random.pick(TEXTS);
  if (roll < 5) return random.pick(NUMBERS);
  if (roll === 5) return random.pick([null, true, false]);
  if (roll === 6) return Array.from({ length: random.below(4) }, () => anything(random, depth + 1));
  const names = Array.from({ length: random.below(4) }, () => random.pick(TEXTS));
  return Object.fromEntries(names.map((name) => [name, anything(random, depth + 1)]));
}

export function isObject(value: Plain | undefined): value is { readonly [name: string]: Plain } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
