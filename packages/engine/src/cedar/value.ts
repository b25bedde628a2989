import { type Json, type JsonArray, JsonObject } from "@writ/contract/json";
import type { ShapeType } from "@writ/contract/shape-type";
import { isList } from "../cel/values.ts";

/** A value in Cedar's JSON format. */
export type CedarValue =
  | boolean
  | number
  | string
  | readonly CedarValue[]
  | { readonly [name: string]: CedarValue };

/** An input that has no counterpart in Cedar; the judge has no answer for it. */
export class NotForCedar extends Error {
  readonly code: "NOT_FOR_CEDAR" = "NOT_FOR_CEDAR";
}

/**
 * Counts what one judge is given: a value counts one, names and strings their UTF-16 units. Cedar's
 * `like` takes time by the product of text and pattern, so the text is bounded; and a context that
 * its reader gives up on (too deep, half a surrogate pair) costs it a piece of its stack for good,
 * so none is ever sent.
 */
class Allowance {
  #units = MAX_CONTEXT;
  #levels = MAX_DEPTH;

  spend(units: number): void {
    this.#units -= units;
    if (this.#units < 0) throw new NotForCedar(`give Cedar at most ${MAX_CONTEXT} units`);
  }

  text(text: string): string {
    this.spend(text.length);
    if (!text.isWellFormed()) throw new NotForCedar("Cedar has no half surrogate pairs");
    return text;
  }

  inside<T>(write: () => T): T {
    this.#levels -= 1;
    if (this.#levels < 0) throw new NotForCedar(`nest at most ${MAX_DEPTH} deep`);
    const written = write();
    this.#levels += 1;
    return written;
  }
}

export const MAX_CONTEXT = 65_536;

/** Cedar's reader gives up at 125. */
const MAX_DEPTH = 96;

type Write = (value: Json, allowance: Allowance) => CedarValue;

/**
 * Writes normalized values of a shape for Cedar: nulls as absent keys, integers as Longs, numbers
 * as decimals, arrays as sets. The function throws `NotForCedar` for a value that cannot be
 * written so, and depends on it alone.
 */
export function contextWriter(type: ShapeType): (input: JsonObject) => CedarValue {
  const write = writerOf(type);
  return (input) => write(input, new Allowance());
}

function writerOf(type: ShapeType): Write {
  switch (type.kind) {
    case "object":
      return recordWriter(type);
    case "array":
      return setWriter(writerOf(type.items));
    case "number":
      return writeDecimal;
    default:
      return writeAny;
  }
}

/** In Cedar's JSON these keys make a value of something else than a record of it. */
const ESCAPES = ["__entity", "__extn", "__expr"];

function recordWriter(type: Extract<ShapeType, { kind: "object" }>): Write {
  const declared = new Map(type.properties.map((each) => [each.name, writerOf(each.type)]));
  const additional = type.additional === null ? writeAny : writerOf(type.additional);
  return (value, allowance) => {
    if (!(value instanceof JsonObject)) throw new NotForCedar("an object belongs here");
    return writeRecord(value, allowance, (name) => declared.get(name) ?? additional);
  };
}

function writeRecord(
  { names, values }: JsonObject,
  allowance: Allowance,
  writerFor: (name: string) => Write,
): CedarValue {
  const members: [string, CedarValue][] = [];
  for (const [index, name] of names.entries()) {
    const value = values[index] ?? null;
    if (value === null) continue;
    if (ESCAPES.includes(name)) throw new NotForCedar(`Cedar reads ${name} as something else`);
    allowance.spend(1);
    const write = writerFor(name);
    members.push([allowance.text(name), allowance.inside(() => write(value, allowance))]);
  }
  // `fromEntries` defines members, so that even `__proto__` is an ordinary one.
  return Object.fromEntries(members);
}

function setWriter(writeItem: Write): Write {
  return (value, allowance) => {
    if (!isList(value)) throw new NotForCedar("an array belongs here");
    return writeItems(value, allowance, writeItem);
  };
}

function writeItems(items: JsonArray, allowance: Allowance, write: Write): CedarValue {
  return allowance.inside(() => items.map((item) => write(item, allowance)));
}

function writeAny(value: Json, allowance: Allowance): CedarValue {
  allowance.spend(1);
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return writeNumber(value);
  if (typeof value === "string") return allowance.text(value);
  if (isList(value)) return writeItems(value, allowance, writeAny);
  if (value instanceof JsonObject) return writeRecord(value, allowance, () => writeAny);
  throw new NotForCedar("Cedar has no null: leave it out of the list");
}

/** Where the shape does not say which of the two a number is, its value does. */
function writeNumber(value: number): CedarValue {
  return Number.isSafeInteger(value) ? value : decimalOf(value);
}

function writeDecimal(value: Json, allowance: Allowance): CedarValue {
  allowance.spend(1);
  if (typeof value !== "number") throw new NotForCedar("a number belongs here");
  return decimalOf(value);
}

/** A 64-bit count of ten-thousandths; a number that is none exactly is not rounded to one. */
function decimalOf(value: number): CedarValue {
  const [, sign = "", whole = "", places = ""] = DECIMAL.exec(String(value)) ?? [];
  const units = whole === "" ? null : BigInt(`${sign}${whole}${places.padEnd(4, "0")}`);
  if (units === null || units !== BigInt.asIntN(64, units)) {
    throw new NotForCedar(`${value} is no decimal of four places`);
  }
  return { __extn: { fn: "decimal", arg: `${sign}${whole}.${places === "" ? "0" : places}` } };
}

const DECIMAL = /^(-?)([0-9]+)(?:\.([0-9]{1,4}))?$/;

/** A JSON value as the plain objects that a foreign module reads. */
export function plainOf(value: Json): unknown {
  if (Array.isArray(value)) return value.map((item: Json) => plainOf(item));
  if (!(value instanceof JsonObject)) return value;
  return Object.fromEntries(
    value.names.map((name, index) => [name, plainOf(value.values[index] ?? null)]),
  );
}
