import { type Json, JsonObject } from "./json.ts";

/** No JSON stands for this value: RFC 8785 §3.2.2 forbids lone surrogates, NaN and infinities. */
export class NotJson extends Error {
  readonly code = "NOT_JSON";

  constructor(message: string) {
    super(message);
    this.name = "NotJson";
  }
}

/** Deeper than this a plain value is taken for a cycle. */
const MAX_PLAIN_DEPTH = 500;

/**
 * The RFC 8785 canonical form: names sorted by UTF-16 code unit, numbers as ECMAScript writes
 * them, the fewest escapes, no white space. Strings are written as they are (contract §1.4
 * trims and lowercases; that is `genericForm`).
 *
 * @throws NotJson
 */
export function canonicalJson(value: Json): string {
  if (typeof value === "string") return canonicalString(value);
  if (typeof value === "number") return canonicalNumber(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (!(value instanceof JsonObject)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = sortedOrder(value.names).map((at) => {
    const name = canonicalString(value.names[at] ?? "");
    return `${name}:${canonicalJson(value.values[at] ?? null)}`;
  });
  return `{${members.join(",")}}`;
}

/**
 * RFC 8785 §3.2.2.2. ECMAScript's QuoteJSONString makes exactly its escapes of any well-formed
 * string.
 *
 * @throws NotJson
 */
export function canonicalString(text: string): string {
  if (!text.isWellFormed()) throw new NotJson("pair every surrogate");
  return JSON.stringify(text);
}

/**
 * RFC 8785 §3.2.2.3: ECMAScript's Number::toString, negative zero as `0`.
 *
 * @throws NotJson
 */
export function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new NotJson("use finite numbers");
  return String(value);
}

/** Indices of the names in UTF-16 order (RFC 8785 §3.2.3), which `<` on strings is. */
export function sortedOrder(names: readonly string[]): number[] {
  const order = names.map((_, at) => at);
  return order.sort((a, b) => ((names[a] ?? "") < (names[b] ?? "") ? -1 : 1));
}

/**
 * Json from a plain value: null, booleans, finite numbers, well-formed strings, arrays, plain
 * objects (own enumerable string keys), and Json itself, mixed at will.
 *
 * @throws NotJson on anything else, `undefined` members and cycles included
 */
export function jsonFrom(plain: unknown): Json {
  return fromPlain(plain, 0);
}

function fromPlain(plain: unknown, depth: number): Json {
  if (plain === null || typeof plain === "boolean") return plain;
  if (typeof plain === "number") return fromNumber(plain);
  if (typeof plain === "string") return fromString(plain);
  if (depth >= MAX_PLAIN_DEPTH) throw new NotJson("nest less deep, and without cycles");
  if (Array.isArray(plain)) return plain.map((element) => fromPlain(element, depth + 1));
  if (plain instanceof JsonObject) return fromMembers(plain.names, plain.values, depth);
  if (!isPlainObject(plain)) throw new NotJson(`build JSON from plain values, not ${typeof plain}`);
  return fromMembers(Object.keys(plain), Object.values(plain), depth);
}

function fromMembers(
  names: readonly string[],
  values: readonly unknown[],
  depth: number,
): JsonObject {
  const members = values.map((value) => fromPlain(value, depth + 1));
  return new JsonObject(names.map(fromString), members);
}

function fromNumber(value: number): number {
  if (!Number.isFinite(value)) throw new NotJson("use finite numbers");
  return value === 0 ? 0 : value;
}

function fromString(text: string): string {
  if (!text.isWellFormed()) throw new NotJson("pair every surrogate");
  return text;
}

/** An object that is its own enumerable members and nothing else. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
