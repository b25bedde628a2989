import { sha256Hex } from "#sha256";
import { isCategory, UNRECOGNIZED } from "./category.ts";
import { type Json, JsonObject } from "./json.ts";
import type { JsonReader } from "./json-reader.ts";
import { MemberNames } from "./member-names.ts";
import { exceeds, INPUT_LIMITS, NotStrictJson, openText } from "./strict-json.ts";

/**
 * What arrived, before any policy: an input object, or the SHA-256 (lowercase hex) of bytes that
 * are none. The category is as received if it fits its grammar, else `unrecognized`.
 */
export type Received =
  | { readonly category: string; readonly input: JsonObject }
  | { readonly category: string; readonly refusedDigest: string };

/** A value and the span of text it was read from. */
interface Found {
  readonly value: Json;
  readonly start: number;
  readonly end: number;
  readonly tooDeep: boolean;
}

/**
 * Opens `{"category": …, "input": …}`; further members are ignored. Throws on no bytes at all.
 *
 * Refused by the digest of all the bytes: what is not one strict JSON object with a member
 * `input`, and what nests a member other than `input` beyond the limit. Refused by the digest of
 * the input value's own bytes: an input that is not an object, or is beyond the limits.
 */
export function openEnvelope(bytes: Uint8Array): Received {
  const reader = openOrNothing(bytes);
  const members = reader && orNothing(() => envelope(reader));
  if (reader === undefined || members === undefined) return refused(UNRECOGNIZED, bytes);
  const category = categoryOf(members.category);
  return members.input === undefined
    ? refused(category, bytes)
    : received(reader, members.input, category);
}

/**
 * Takes the bytes themselves for the input value, and the rest as `openEnvelope`: what is not
 * strict JSON is refused by the digest of all the bytes, what else is refused by that of the
 * value's own bytes, without the white space around it.
 */
export function bareInput(bytes: Uint8Array, category: string): Received {
  const named = categoryOf(category);
  const reader = openOrNothing(bytes);
  const input = reader && orNothing(() => bare(reader));
  if (reader === undefined || input === undefined) return refused(named, bytes);
  return received(reader, input, named);
}

function received(reader: JsonReader, input: Found, category: string): Received {
  const { value, start, end } = input;
  const measured = !input.tooDeep && !exceeds(reader, start, end, INPUT_LIMITS.bytes);
  if (measured && value instanceof JsonObject) return { category, input: value };
  // Valid UTF-8 decodes and encodes to itself, so this text has exactly the bytes received.
  return refused(category, reader.text.slice(start, end));
}

function refused(category: string, named: Uint8Array | string): Received {
  return { category, refusedDigest: sha256Hex(named) };
}

function categoryOf(value: Json | undefined): string {
  return typeof value === "string" && isCategory(value) ? value : UNRECOGNIZED;
}

interface Members {
  category: Json | undefined;
  input: Found | undefined;
}

function envelope(reader: JsonReader): Members | undefined {
  const members: Members = { category: undefined, input: undefined };
  const names = new MemberNames();
  reader.space();
  if (!reader.startsObject()) return undefined;
  if (reader.enterObject()) {
    do {
      const name = reader.name(names);
      const found = find(reader);
      if (name === "input") members.input = found;
      else if (found.tooDeep) return undefined;
      else if (name === "category") members.category = found.value;
    } while (reader.anotherMember());
  }
  reader.finish();
  return members;
}

function bare(reader: JsonReader): Found {
  reader.space();
  const found = find(reader);
  reader.finish();
  return found;
}

function find(reader: JsonReader): Found {
  const start = reader.at;
  reader.tooDeep = -1;
  const value = reader.value(0);
  return { value, start, end: reader.at, tooDeep: reader.tooDeep >= 0 };
}

function openOrNothing(bytes: Uint8Array): JsonReader | undefined {
  return orNothing(() => openText(bytes, INPUT_LIMITS.depth));
}

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof NotStrictJson) return undefined;
    throw error;
  }
}
