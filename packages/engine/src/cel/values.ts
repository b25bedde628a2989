import { type Json, type JsonArray, JsonObject } from "@writ/contract/json";
import { EvaluationFailed, type Frame } from "./evaluation.ts";

/** UTF-16 units of text, or members of an object, that one step pays for. */
const BULK = 16;
/** Unit pairs of a substring search that one step pays for: its worst case is the product. */
const SEARCH = 1024;

/** Steps for work in proportion to `size`. */
export function bulk(size: number): number {
  return Math.floor(size / BULK);
}

/** Steps for looking for `needle` units in `hay` units. */
export function searching(hay: number, needle: number): number {
  return Math.floor((hay * needle) / SEARCH) + bulk(hay);
}

export function wrongType(value: Json | undefined, at: number): EvaluationFailed {
  return new EvaluationFailed(value === null ? "NULL_VALUE" : "WRONG_TYPE", at);
}

// The shape already promises these types, except for null and `any`. They are asked again on every
// use: a value that broke the promise must end in BLOCK, not in JavaScript's conversions.

export function asBoolean(value: Json, at: number): boolean {
  if (typeof value === "boolean") return value;
  throw wrongType(value, at);
}

export function asNumber(value: Json, at: number): number {
  if (typeof value === "number") return value;
  throw wrongType(value, at);
}

export function asInteger(value: Json, at: number): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw wrongType(value, at);
}

export function asString(value: Json, at: number): string {
  if (typeof value === "string") return value;
  throw wrongType(value, at);
}

export function isList(value: Json): value is JsonArray {
  return Array.isArray(value);
}

export function asList(value: Json, at: number): JsonArray {
  if (isList(value)) return value;
  throw wrongType(value, at);
}

export function asObject(value: Json, at: number): JsonObject {
  if (value instanceof JsonObject) return value;
  throw wrongType(value, at);
}

/** What a macro walks: the elements of a list, the names of an object. */
export function elements(value: Json, at: number): readonly Json[] {
  if (isList(value)) return value;
  return asObject(value, at).names;
}

/** The value in `slot` of a closed object. */
export function inSlot(value: Json, slot: number, at: number): Json {
  if (!(value instanceof JsonObject)) throw wrongType(value, at);
  const member = value.values[slot];
  if (member === undefined) throw wrongType(undefined, at);
  return member;
}

/** The value that a path of slots leads to. */
export function atPath(input: Json, path: readonly number[], at: number): Json {
  let value = input;
  for (let i = 0; i < path.length; i += 1) value = inSlot(value, path[i] ?? 0, at);
  return value;
}

/** A member by name, charged for the search. */
export function lookUp(frame: Frame, object: JsonObject, name: string, at: number): Json {
  frame.spend(bulk(object.names.length), at);
  const value = object.get(name);
  if (value === undefined) throw new EvaluationFailed("NO_SUCH_KEY", at);
  return value;
}

export function isMember(frame: Frame, object: JsonObject, name: string, at: number): boolean {
  frame.spend(bulk(object.names.length), at);
  return object.get(name) !== undefined;
}

export function elementAt(list: JsonArray, index: number, at: number): Json {
  const value = list[index];
  if (value === undefined) throw new EvaluationFailed("INDEX_OUT_OF_RANGE", at);
  return value;
}

/** Code points of well-formed text; each pair of surrogates is one. */
export function countCodePoints(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    if ((text.charCodeAt(at) & 0xfc00) !== 0xdc00) count += 1;
  }
  return count;
}

/** Rank of a UTF-16 unit such that ranks order text by code point: surrogates stand above U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** Below, at or above zero as `a` sorts before, with or after `b`, by code point. */
export function compareText(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

function sameText(frame: Frame, a: string, b: string, at: number): boolean {
  if (a.length !== b.length) return false;
  frame.spend(bulk(a.length), at);
  return a === b;
}

function sameList(frame: Frame, a: JsonArray, b: JsonArray, at: number): boolean {
  if (a.length !== b.length) return false;
  for (const [index, left] of a.entries()) {
    if (!sameValue(frame, left, elementAt(b, index, at), at)) return false;
  }
  return true;
}

function sameObject(frame: Frame, a: JsonObject, b: JsonObject, at: number): boolean {
  if (a.names.length !== b.names.length) return false;
  for (const [index, name] of a.names.entries()) {
    const aligned = b.names[index] === name;
    if (!aligned && !isMember(frame, b, name, at)) return false;
    const right = aligned ? b.values[index] : b.get(name);
    const left = a.values[index];
    if (left === undefined || right === undefined) throw wrongType(undefined, at);
    if (!sameValue(frame, left, right, at)) return false;
  }
  return true;
}

/** CEL's equality of any two values: values of different kinds are unequal. A step a pair. */
export function sameValue(frame: Frame, a: Json, b: Json, at: number): boolean {
  frame.spend(1, at);
  if (typeof a === "string" && typeof b === "string") return sameText(frame, a, b, at);
  if (isList(a) && isList(b)) return sameList(frame, a, b, at);
  if (a instanceof JsonObject && b instanceof JsonObject) return sameObject(frame, a, b, at);
  return a === b;
}

function kindOf(value: Json): string {
  if (value === null) return "null";
  return isList(value) ? "array" : typeof value;
}

/**
 * Equality where a side's kind is known only now. Null may be compared with anything; else values
 * of two kinds have no answer: `input.x != 'delete'` must not hold because `x` came as a list.
 */
export function sameKindValue(frame: Frame, a: Json, b: Json, at: number): boolean {
  if (a !== null && b !== null && kindOf(a) !== kindOf(b)) throw wrongType(a, at);
  return sameValue(frame, a, b, at);
}
