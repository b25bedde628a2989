import type { Json } from "./json.ts";
import { JsonReader } from "./json-reader.ts";
import { utf8FaultOffset, utf8Length, utf8Text } from "./utf8.ts";

/** What an input value may measure (design: identity, step 1). */
export interface Limits {
  /** Containers open at once: a scalar has depth 0, `[]` has 1, `[{}]` has 2. */
  readonly depth: number;
  /** Bytes from the first to the last byte of the value, as received. */
  readonly bytes: number;
}

export const INPUT_LIMITS: Limits = { depth: 64, bytes: 1_048_576 };

/** The bytes are not strict JSON, or are beyond the limits. */
export class NotStrictJson extends Error {
  readonly code = "NOT_STRICT_JSON";
  /** Byte offset at which reading stopped. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} (byte ${offset})`);
    this.name = "NotStrictJson";
    this.offset = offset;
  }
}

/**
 * Reads one JSON value, white space allowed around it. Beyond RFC 8259 it refuses a BOM, invalid
 * UTF-8, duplicate keys (compared after escapes), lone surrogates, and numbers that binary64
 * cannot hold (see `exactDouble`). Time and memory are linear in the input.
 *
 * @throws NotStrictJson
 */
export function parseStrictJson(bytes: Uint8Array, limits: Limits = INPUT_LIMITS): Json {
  const reader = openText(bytes, limits.depth);
  try {
    reader.space();
    const start = reader.at;
    const value = reader.value(0);
    const end = reader.at;
    reader.finish();
    if (reader.tooDeep >= 0) {
      throw new NotStrictJson(
        `nest at most ${limits.depth} deep`,
        offsetAt(reader, reader.tooDeep),
      );
    }
    if (exceeds(reader, start, end, limits.bytes)) {
      throw new NotStrictJson(`send at most ${limits.bytes} bytes`, offsetAt(reader, start));
    }
    return value;
  } catch (error) {
    throw located(error, reader);
  }
}

/** @throws NotStrictJson if the bytes are not UTF-8 */
export function openText(bytes: Uint8Array, depth: number): JsonReader {
  const text = utf8Text(bytes);
  if (text === undefined) throw new NotStrictJson("send valid UTF-8", utf8FaultOffset(bytes));
  return new JsonReader(text, bytes, depth);
}

/** Whether the span `[start, end)` of the reader's text takes more than `limit` bytes. */
export function exceeds(reader: JsonReader, start: number, end: number, limit: number): boolean {
  const units = end - start;
  if (reader.ascii || units > limit) return units > limit;
  return units * 3 > limit && utf8Length(reader.text.slice(start, end)) > limit;
}

function located(error: unknown, reader: JsonReader): unknown {
  if (!(error instanceof SyntaxError)) return error;
  return new NotStrictJson(error.message, offsetAt(reader, reader.at));
}

function offsetAt(reader: JsonReader, at: number): number {
  return reader.ascii ? at : utf8Length(reader.text.slice(0, at));
}
