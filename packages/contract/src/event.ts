import { checkFields, type Event, EventRefused } from "./event-fields.ts";
import { eventText, readEvent } from "./event-text.ts";
import { type Json, JsonObject } from "./json.ts";
import { NotStrictJson, parseStrictJson } from "./strict-json.ts";
import { utf8Bytes, utf8Text } from "./utf8.ts";

export { type EvaluatorTrace, type Event, EventRefused, MAX_NAME_BYTES } from "./event-fields.ts";

/** The largest event, in bytes: an entry of a C2SP tlog-tiles bundle has a 16-bit length. */
export const MAX_EVENT_BYTES = 65_535;

/**
 * The event's bytes: canonical JSON (RFC 8785), as it is appended, hashed and served.
 *
 * @param event plain objects and arrays
 * @param encode UTF-8 of a well-formed string, where the platform has a way that costs less
 * @throws EventRefused if a field is missing, foreign or out of its grammar, or the bytes are too
 *   many
 */
export function encodeEvent(
  event: Event,
  encode: (text: string) => Uint8Array = utf8Bytes,
): Uint8Array {
  checkFields(event);
  const bytes = encode(eventText(event));
  checkSize(bytes);
  return bytes;
}

/**
 * The event that the bytes record. Only the bytes that `encodeEvent` makes of it are taken, so
 * that an event has one form and one leaf hash.
 *
 * @throws EventRefused
 */
export function decodeEvent(bytes: Uint8Array): Event {
  checkSize(bytes);
  const text = utf8Text(bytes);
  const event = text === undefined ? undefined : readEvent(text);
  if (event === undefined) throw refusal(bytes);
  return event;
}

/** Why bytes are no event: read the long way, because now the field at fault is worth its time. */
function refusal(bytes: Uint8Array): unknown {
  try {
    checkFields(plain(parseStrictJson(bytes)));
    return new EventRefused("", "write it in canonical form");
  } catch (error) {
    return error instanceof NotStrictJson ? new EventRefused("", error.message) : error;
  }
}

/** `Object.fromEntries` defines members, so that even `__proto__` is an ordinary one. */
function plain(value: Json): unknown {
  if (value instanceof JsonObject) {
    return Object.fromEntries(
      value.names.map((name, at) => [name, plain(value.values[at] ?? null)]),
    );
  }
  return Array.isArray(value) ? value.map(plain) : value;
}

function checkSize(bytes: Uint8Array): void {
  if (bytes.length > MAX_EVENT_BYTES) {
    throw new EventRefused("", `use at most ${MAX_EVENT_BYTES} bytes`);
  }
}
