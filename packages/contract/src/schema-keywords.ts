import { canonicalJson } from "./jcs.ts";
import { type Json, JsonObject } from "./json.ts";
import type { ShapeKind } from "./shape-type.ts";

/** One keyword of the subset: the kinds it may stand with, and what its value must be. */
export interface Keyword {
  readonly kinds: readonly ShapeKind[];
  /** What to do about an unfit value; undefined if it fits. */
  readonly unfit: (value: Json) => string | undefined;
}

const ALL: readonly ShapeKind[] = [
  "object",
  "array",
  "string",
  "integer",
  "number",
  "boolean",
  "null",
  "any",
];
const SCALARS: readonly ShapeKind[] = ["string", "integer", "number", "boolean", "null"];
const NUMBERS: readonly ShapeKind[] = ["integer", "number"];

function must(holds: (value: Json) => boolean, advice: string): Keyword["unfit"] {
  return (value) => (holds(value) ? undefined : advice);
}

const isObject = (value: Json): boolean => value instanceof JsonObject;
const isString = (value: Json): boolean => typeof value === "string";
const isCount = (value: Json): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

const COUNT: Keyword["unfit"] = must(isCount, "use an integer from 0");
const FLAG: Keyword["unfit"] = must((value) => typeof value === "boolean", "use true or false");
const NUMBER: Keyword["unfit"] = must((value) => typeof value === "number", "use a number");
const TEXT: Keyword["unfit"] = must(isString, "use a string");
/** Checked where it is compiled. */
const ANYTHING: Keyword["unfit"] = () => undefined;

/** The whole subset; any other keyword is a fault. `$ref` and `$defs` stand apart. */
export const KEYWORDS: ReadonlyMap<string, Keyword> = new Map<string, Keyword>([
  ["title", { kinds: ALL, unfit: TEXT }],
  ["description", { kinds: ALL, unfit: TEXT }],
  ["$comment", { kinds: ALL, unfit: TEXT }],
  ["type", { kinds: ALL, unfit: ANYTHING }],
  ["enum", { kinds: SCALARS, unfit: must(isEnum, "list at least one scalar, none of them twice") }],
  ["const", { kinds: SCALARS, unfit: must(isScalar, "use a scalar") }],
  ["properties", { kinds: ["object"], unfit: must(isObject, "use an object of schemas") }],
  ["required", { kinds: ["object"], unfit: must(isNames, "list names, none of them twice") }],
  ["additionalProperties", { kinds: ["object"], unfit: ANYTHING }],
  ["items", { kinds: ["array"], unfit: ANYTHING }],
  ["minItems", { kinds: ["array"], unfit: COUNT }],
  ["maxItems", { kinds: ["array"], unfit: COUNT }],
  ["unordered", { kinds: ["array"], unfit: FLAG }],
  ["minLength", { kinds: ["string"], unfit: COUNT }],
  ["maxLength", { kinds: ["string"], unfit: COUNT }],
  ["pattern", { kinds: ["string"], unfit: TEXT }],
  ["exact", { kinds: ["string"], unfit: FLAG }],
  ["persistent", { kinds: ["string"], unfit: FLAG }],
  ["minimum", { kinds: NUMBERS, unfit: NUMBER }],
  ["maximum", { kinds: NUMBERS, unfit: NUMBER }],
  ["exclusiveMinimum", { kinds: NUMBERS, unfit: NUMBER }],
  ["exclusiveMaximum", { kinds: NUMBERS, unfit: NUMBER }],
]);

/** What may stand beside `$ref`: nothing that changes what it refers to. */
export const ANNOTATIONS: readonly string[] = ["title", "description", "$comment"];

/** Pairs of a lower and an upper bound; crossed, no value fits. */
export const BOUNDS: readonly (readonly [lower: string, upper: string])[] = [
  ["minItems", "maxItems"],
  ["minLength", "maxLength"],
  ["minimum", "maximum"],
];

function isScalar(value: Json): boolean {
  return value === null || typeof value !== "object";
}

function isEnum(value: Json): boolean {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isScalar)) return false;
  return new Set(value.map(canonicalJson)).size === value.length;
}

function isNames(value: Json): boolean {
  if (!Array.isArray(value) || !value.every(isString)) return false;
  return new Set(value).size === value.length;
}

const NAMED_KINDS: ReadonlySet<Json> = new Set([...SCALARS, "object", "array"]);

/** A schema's kind and whether its own `type` admits null. */
export interface Kind {
  readonly kind: ShapeKind;
  readonly nullable: boolean;
}

/** The kind that `type` names, or that the literals have; a string says what to do instead. */
export function kindOf(schema: JsonObject): Kind | string {
  const type = schema.get("type");
  if (type === undefined) return kindOfLiterals(literalsOf(schema));
  if (typeof type === "string") return namedKind(type, type === "null");
  if (!Array.isArray(type) || type.length !== 2) return TYPE_ADVICE;
  const named = type.filter((name: Json) => name !== "null");
  return named.length === 1 ? namedKind(named[0], true) : TYPE_ADVICE;
}

const TYPE_ADVICE =
  'use object, array, string, integer, number, boolean or null, or a pair of one and "null"';

function namedKind(name: Json | undefined, nullable: boolean): Kind | string {
  if (name === undefined || !NAMED_KINDS.has(name)) return TYPE_ADVICE;
  return { kind: name as ShapeKind, nullable };
}

/** What `enum` or `const` lists; undefined if there is neither. */
export function literalsOf(schema: JsonObject): readonly Json[] | undefined {
  const constant = schema.get("const");
  if (constant !== undefined) return [constant];
  const listed = schema.get("enum");
  return Array.isArray(listed) ? listed : undefined;
}

function kindOfLiterals(literals: readonly Json[] | undefined): Kind | string {
  if (literals === undefined) return { kind: "any", nullable: true };
  const numbers = literals.filter((literal) => typeof literal === "number");
  const numeric = numbers.every(Number.isSafeInteger) ? "integer" : "number";
  const kinds = new Set<ShapeKind>();
  for (const literal of literals) {
    if (typeof literal === "number") kinds.add(numeric);
    else if (literal !== null) kinds.add(typeof literal === "boolean" ? "boolean" : "string");
  }
  const [kind, another] = kinds;
  if (another !== undefined) return "list literals of one type, null aside";
  return { kind: kind ?? "null", nullable: literals.includes(null) };
}

/** What a keyword of a number says. */
export function bound(schema: JsonObject, name: string, otherwise: number): number {
  const value = schema.get(name);
  return typeof value === "number" ? value : otherwise;
}

export function textBounds(schema: JsonObject): {
  minLength: number;
  maxLength: number;
  exact: boolean;
  persistent: boolean;
} {
  return {
    minLength: bound(schema, "minLength", 0),
    maxLength: bound(schema, "maxLength", Number.POSITIVE_INFINITY),
    exact: schema.get("exact") === true,
    persistent: schema.get("persistent") === true,
  };
}

export function numberRules(schema: JsonObject): {
  minimum: number;
  maximum: number;
  exclusiveMinimum: number;
  exclusiveMaximum: number;
} {
  return {
    minimum: bound(schema, "minimum", Number.NEGATIVE_INFINITY),
    maximum: bound(schema, "maximum", Number.POSITIVE_INFINITY),
    exclusiveMinimum: bound(schema, "exclusiveMinimum", Number.NEGATIVE_INFINITY),
    exclusiveMaximum: bound(schema, "exclusiveMaximum", Number.POSITIVE_INFINITY),
  };
}
