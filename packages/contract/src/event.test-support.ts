/**
 * Events the long way: bytes become a JSON value, each field of it is checked, and the value's
 * canonical JSON is compared with the bytes.
 */
import { parseDecisionId } from "./decision-id.ts";
import { type Event, EventRefused, MAX_EVENT_BYTES, MAX_NAME_BYTES } from "./event.ts";
import { canonicalJson, jsonFrom, NotJson } from "./jcs.ts";
import { type Json, JsonObject } from "./json.ts";
import { isOutcome } from "./outcome.ts";
import { isReasonCode } from "./reason.ts";
import { NotStrictJson, parseStrictJson } from "./strict-json.ts";
import { utf8Bytes, utf8Length } from "./utf8.ts";

export function naiveEncodeEvent(event: Event): Uint8Array {
  const value = plainJson(event);
  checkRecord(value, "", EVENT);
  const bytes = utf8Bytes(canonicalJson(value));
  checkSize(bytes);
  return bytes;
}

export function naiveDecodeEvent(bytes: Uint8Array): Event {
  checkSize(bytes);
  const value = strictJson(bytes);
  checkRecord(value, "", EVENT);
  if (!sameBytes(utf8Bytes(canonicalJson(value)), bytes)) {
    throw new EventRefused("", "write it in canonical form");
  }
  // The schema has just been checked field by field.
  return plain(value) as Event;
}

/** One step further in a JSON pointer (RFC 6901). */
function step(pointer: string, name: string): string {
  return `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

type Check = (value: Json, field: string) => void;

function check(holds: (value: Json) => boolean, message: string): Check {
  return (value, field) => {
    if (!holds(value)) throw new EventRefused(field, message);
  };
}

function matches(grammar: RegExp): (value: Json) => boolean {
  return (value) => typeof value === "string" && grammar.test(value);
}

function oneOf(...words: readonly string[]): Check {
  return check(
    (value) => typeof value === "string" && words.includes(value),
    `use one of ${words.join(", ")}`,
  );
}

function isName(value: Json): boolean {
  return typeof value === "string" && value !== "" && utf8Length(value) <= MAX_NAME_BYTES;
}

const NAME: Check = check(isName, `use a string of 1 to ${MAX_NAME_BYTES} bytes`);
const NAME_OR_NULL: Check = check(
  (value) => value === null || isName(value),
  `use null or a string of 1 to ${MAX_NAME_BYTES} bytes`,
);
const OUTCOME: Check = check(isOutcome, "use EXECUTE, REWRITE or BLOCK");

const ENGINE_VERSION =
  /^(?:0|[1-9][0-9]{0,3})\.(?:0|[1-9][0-9]{0,3})\.(?:0|[1-9][0-9]{0,3})\+[0-9a-f]{64}$/;

const EVALUATOR_TRACE: ReadonlyMap<string, Check> = new Map([
  ["engine_version", check(matches(ENGINE_VERSION), "use <semantics>+<64 hex digits>")],
  ["caller", NAME_OR_NULL],
  ["rewrite_class", NAME_OR_NULL],
  ["validators", checkValidators],
  ["evaluators", checkEvaluators],
]);

const EVENT: ReadonlyMap<string, Check> = new Map([
  ["trace_id", check(matches(/^[0-9a-f]{64}$/), "use 64 lowercase hex digits")],
  ["enforcement_decision_id", check(isDecisionId, "use <16 hex digits>.<epoch>.<sequence>")],
  ["action_type", NAME],
  ["decision", oneOf("ALLOW", "REWRITE", "BLOCK")],
  [
    "reason_code",
    check((value) => typeof value === "string" && isReasonCode(value), "use upper snake case"),
  ],
  ["evaluator_trace", (value, field) => checkRecord(value, field, EVALUATOR_TRACE)],
  ["timestamp", check(isTimestamp, "use RFC 3339 in UTC with milliseconds and Z")],
  ["adapter_name", NAME_OR_NULL],
  ["status", oneOf("success", "failed")],
]);

/** A closed record: each of its fields once, no other. */
function checkRecord(value: Json, field: string, fields: ReadonlyMap<string, Check>): void {
  if (!(value instanceof JsonObject)) throw new EventRefused(field, "use an object");
  for (const [name, checkField] of fields) {
    const member = value.get(name);
    if (member === undefined) throw new EventRefused(`${field}/${name}`, "add this field");
    checkField(member, `${field}/${name}`);
  }
  const foreign = value.names.find((name) => !fields.has(name));
  if (foreign !== undefined) throw new EventRefused(step(field, foreign), "leave this field out");
}

function checkValidators(value: Json, field: string): void {
  if (!(value instanceof JsonObject)) throw new EventRefused(field, "use an object");
  value.names.forEach((name, at) => {
    NAME(name, step(field, name));
    checkTuple(value.values[at] ?? null, step(field, name), [OUTCOME, NAME]);
  });
}

function checkEvaluators(value: Json, field: string): void {
  if (!Array.isArray(value)) throw new EventRefused(field, "use an array");
  value.forEach((entry: Json, at) => {
    checkTuple(entry, `${field}/${at}`, [NAME, OUTCOME, NAME_OR_NULL]);
  });
}

function checkTuple(value: Json, field: string, checks: readonly Check[]): void {
  if (!Array.isArray(value) || value.length !== checks.length) {
    throw new EventRefused(field, `use an array of ${checks.length}`);
  }
  checks.forEach((checkPart, at) => {
    checkPart(value[at], `${field}/${at}`);
  });
}

function isDecisionId(value: Json): boolean {
  if (typeof value !== "string") return false;
  try {
    parseDecisionId(value);
    return true;
  } catch {
    return false;
  }
}

const TIMESTAMP =
  /^([0-9]{4})-(0[1-9]|1[0-2])-([0-9]{2})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z$/;
const MONTH_DAYS: readonly number[] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isTimestamp(value: Json): boolean {
  const match = typeof value === "string" ? TIMESTAMP.exec(value) : null;
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day >= 1 && day <= (MONTH_DAYS[month - 1] ?? 0) + (leap ? 1 : 0);
}

function checkSize(bytes: Uint8Array): void {
  if (bytes.length > MAX_EVENT_BYTES) {
    throw new EventRefused("", `use at most ${MAX_EVENT_BYTES} bytes`);
  }
}

function plainJson(event: Event): Json {
  try {
    return jsonFrom(event);
  } catch (error) {
    if (error instanceof NotJson) throw new EventRefused("", error.message);
    throw error;
  }
}

function strictJson(bytes: Uint8Array): Json {
  try {
    return parseStrictJson(bytes);
  } catch (error) {
    if (error instanceof NotStrictJson) throw new EventRefused("", error.message);
    throw error;
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

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
