import { MAX_EVENT_BYTES } from "./event.ts";
import { MAX_NAME_BYTES } from "./event-fields.ts";
import { utf8Bytes } from "./utf8.ts";

/*
 * A Bucket judges every event of every writer before it takes it, so this is read where each
 * microsecond counts: straight over the bytes, without a string or an object being made. It knows
 * events whose names are plain ASCII, and those of one writer and epoch; whatever else there is
 * goes the long way, by `decodeEvent`, whose answer alone counts.
 *
 * Each reader takes the offset at which its part must begin and gives the one after it, or FAR. FAR
 * is beyond every event, so that whatever is read from there on gives FAR again.
 */
const FAR = 0x7fffffff;

const HEAD: Uint8Array = utf8Bytes('{"action_type":');
const ADAPTER: Uint8Array = utf8Bytes(',"adapter_name":');
const DECISION: Uint8Array = utf8Bytes(',"decision":');
const DECISION_ID: Uint8Array = utf8Bytes(',"enforcement_decision_id":"');
const CALLER: Uint8Array = utf8Bytes('","evaluator_trace":{"caller":');
const VERSION: Uint8Array = utf8Bytes(',"engine_version":"');
const EVALUATORS: Uint8Array = utf8Bytes('","evaluators":[');
const REWRITE_CLASS: Uint8Array = utf8Bytes('],"rewrite_class":');
const VALIDATORS: Uint8Array = utf8Bytes(',"validators":{');
const REASON: Uint8Array = utf8Bytes('}},"reason_code":"');
const STATUS: Uint8Array = utf8Bytes('","status":');
const TIMESTAMP: Uint8Array = utf8Bytes(',"timestamp":"');
const TRACE_ID: Uint8Array = utf8Bytes('","trace_id":"');
const TAIL: Uint8Array = utf8Bytes('"}');
const NULL: Uint8Array = utf8Bytes("null");

const RECORDED: readonly Uint8Array[] = ['"ALLOW"', '"BLOCK"', '"REWRITE"'].map(utf8Bytes);
const OUTCOMES: readonly Uint8Array[] = ['"EXECUTE"', '"BLOCK"', '"REWRITE"'].map(utf8Bytes);
const STATUSES: readonly Uint8Array[] = ['"success"', '"failed"'].map(utf8Bytes);

const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const A_UPPER = 0x41;
const Z_UPPER = 0x5a;
const OPEN = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE = 0x5d;
const UNDERSCORE = 0x5f;
const A_LOWER = 0x61;
const F_LOWER = 0x66;

const HASH_DIGITS = 64;
/** Fewer digits than 2^53 − 1 has: whatever they say is in range. */
const SAFE_DIGITS = 15;
const MAX_REASON_BYTES = 64;
const MAX_VERSION_DIGITS = 4;

/** `<gateway>.<epoch>.`: how the decision ids of one writer and epoch begin. */
export function decisionIdPrefix(gateway: string, epoch: number): Uint8Array {
  return utf8Bytes(`${gateway}.${epoch}.`);
}

/**
 * Whether the bytes are certainly an event, as `decodeEvent` takes it, whose decision id begins
 * with `idPrefix` (of `decisionIdPrefix`). False says nothing: ask `decodeEvent`.
 */
export function isPlainEvent(bytes: Uint8Array, idPrefix: Uint8Array): boolean {
  if (bytes.length > MAX_EVENT_BYTES) return false;
  let at = name(bytes, literal(bytes, 0, HEAD));
  at = nameOrNull(bytes, literal(bytes, at, ADAPTER));
  at = oneOf(bytes, literal(bytes, at, DECISION), RECORDED);
  at = literal(bytes, literal(bytes, at, DECISION_ID), idPrefix);
  at = counter(bytes, at);
  at = nameOrNull(bytes, literal(bytes, at, CALLER));
  at = engineVersion(bytes, literal(bytes, at, VERSION));
  at = evaluators(bytes, literal(bytes, at, EVALUATORS));
  at = nameOrNull(bytes, literal(bytes, at, REWRITE_CLASS));
  at = validators(bytes, literal(bytes, at, VALIDATORS));
  at = reasonCode(bytes, literal(bytes, at, REASON));
  at = oneOf(bytes, literal(bytes, at, STATUS), STATUSES);
  at = timestamp(bytes, literal(bytes, at, TIMESTAMP));
  at = hexDigits(bytes, literal(bytes, at, TRACE_ID));
  return literal(bytes, at, TAIL) === bytes.length;
}

function literal(bytes: Uint8Array, at: number, text: Uint8Array): number {
  const end = at + text.length;
  if (end > bytes.length) return FAR;
  for (let i = 0; i < text.length; i += 1) if (bytes[at + i] !== text[i]) return FAR;
  return end;
}

function oneOf(bytes: Uint8Array, at: number, texts: readonly Uint8Array[]): number {
  for (const text of texts) {
    const end = literal(bytes, at, text);
    if (end !== FAR) return end;
  }
  return FAR;
}

/** A quoted name of 1 to 64 bytes of ASCII that needs no escape. */
function name(bytes: Uint8Array, at: number): number {
  if (at >= bytes.length || bytes[at] !== QUOTE) return FAR;
  const last = Math.min(bytes.length - 1, at + 1 + MAX_NAME_BYTES);
  for (let end = at + 1; end <= last; end += 1) {
    const byte = bytes[end] ?? 0;
    if (byte === QUOTE) return end > at + 1 ? end + 1 : FAR;
    if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return FAR;
  }
  return FAR;
}

function nameOrNull(bytes: Uint8Array, at: number): number {
  return at < bytes.length && bytes[at] === QUOTE ? name(bytes, at) : literal(bytes, at, NULL);
}

function counter(bytes: Uint8Array, at: number): number {
  const end = digits(bytes, at, SAFE_DIGITS);
  return end > at && bytes[at] !== ZERO ? end : FAR;
}

/** The end of a run of decimal digits from `at` on, at most `most` of them. */
function digits(bytes: Uint8Array, at: number, most: number): number {
  const last = Math.min(bytes.length, at + most);
  let end = at;
  while (end < last && isDigit(bytes[end] ?? 0)) end += 1;
  return end;
}

function engineVersion(bytes: Uint8Array, at: number): number {
  let end = versionNumber(bytes, at, DOT);
  end = versionNumber(bytes, end, DOT);
  end = versionNumber(bytes, end, PLUS);
  return hexDigits(bytes, end);
}

function versionNumber(bytes: Uint8Array, at: number, sign: number): number {
  const end = digits(bytes, at, MAX_VERSION_DIGITS);
  const isCounter = end === at + 1 || (end > at && bytes[at] !== ZERO);
  return isCounter && end < bytes.length && bytes[end] === sign ? end + 1 : FAR;
}

function hexDigits(bytes: Uint8Array, at: number): number {
  const end = at + HASH_DIGITS;
  if (end > bytes.length) return FAR;
  for (let i = at; i < end; i += 1) {
    const byte = bytes[i] ?? 0;
    if (!isDigit(byte) && (byte < A_LOWER || byte > F_LOWER)) return FAR;
  }
  return end;
}

/** What stands between the brackets: `["name","OUTCOME",reason]`, separated by commas. */
function evaluators(bytes: Uint8Array, start: number): number {
  if (start >= bytes.length || bytes[start] === CLOSE) return start;
  let at = start;
  for (;;) {
    at = name(bytes, sign(bytes, at, OPEN));
    at = oneOf(bytes, sign(bytes, at, COMMA), OUTCOMES);
    at = nameOrNull(bytes, sign(bytes, at, COMMA));
    at = sign(bytes, at, CLOSE);
    if (at >= bytes.length || bytes[at] !== COMMA) return at;
    at += 1;
  }
}

/** What stands between the braces: `"name":["OUTCOME","reason"]`, names strictly rising. */
function validators(bytes: Uint8Array, start: number): number {
  if (start >= bytes.length || bytes[start] !== QUOTE) return start;
  let at = start;
  let before = FAR;
  for (;;) {
    const end = name(bytes, at);
    if (end === FAR || (before !== FAR && !isRising(bytes, before, at))) return FAR;
    before = at;
    at = oneOf(bytes, sign(bytes, sign(bytes, end, COLON), OPEN), OUTCOMES);
    at = sign(bytes, name(bytes, sign(bytes, at, COMMA)), CLOSE);
    if (at >= bytes.length || bytes[at] !== COMMA) return at;
    at += 1;
  }
}

/** Whether the name at `a` sorts before the one at `b`; both end with a quote inside of `bytes`. */
function isRising(bytes: Uint8Array, a: number, b: number): boolean {
  for (let i = 1; ; i += 1) {
    const x = bytes[a + i] ?? 0;
    const y = bytes[b + i] ?? 0;
    // Where one name is the other's beginning, the shorter one is first.
    if (x === QUOTE || y === QUOTE) return x === QUOTE && y !== QUOTE;
    if (x !== y) return x < y;
  }
}

function sign(bytes: Uint8Array, at: number, wanted: number): number {
  return at < bytes.length && bytes[at] === wanted ? at + 1 : FAR;
}

/** Upper snake case: words of letters and digits, the first begins with a letter. */
function reasonCode(bytes: Uint8Array, at: number): number {
  if (at >= bytes.length || !isUpper(bytes[at] ?? 0)) return FAR;
  const last = Math.min(bytes.length, at + MAX_REASON_BYTES);
  let end = at;
  for (; end < last; end += 1) {
    const byte = bytes[end] ?? 0;
    if (byte === UNDERSCORE ? bytes[end - 1] === UNDERSCORE : !isUpper(byte) && !isDigit(byte)) {
      break;
    }
  }
  return bytes[end - 1] === UNDERSCORE ? FAR : end;
}

const DATE_SIGNS: readonly (readonly [number, number])[] = [
  [4, 0x2d],
  [7, 0x2d],
  [10, 0x54],
  [13, COLON],
  [16, COLON],
  [19, DOT],
  [23, 0x5a],
];
const TIMESTAMP_BYTES = 24;
/** Days of each month in every year; 29 February goes the long way. */
const MONTH_DAYS: readonly number[] = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function timestamp(bytes: Uint8Array, at: number): number {
  if (at + TIMESTAMP_BYTES > bytes.length) return FAR;
  for (const [offset, wanted] of DATE_SIGNS) if (bytes[at + offset] !== wanted) return FAR;
  const day = twoDigits(bytes, at + 8);
  const isMoment =
    twoDigits(bytes, at) <= 99 &&
    twoDigits(bytes, at + 2) <= 99 &&
    day >= 1 &&
    day <= (MONTH_DAYS[twoDigits(bytes, at + 5)] ?? 0) &&
    twoDigits(bytes, at + 11) <= 23 &&
    twoDigits(bytes, at + 14) <= 59 &&
    twoDigits(bytes, at + 17) <= 59 &&
    twoDigits(bytes, at + 20) <= 99 &&
    isDigit(bytes[at + 22] ?? 0);
  return isMoment ? at + TIMESTAMP_BYTES : FAR;
}

/** The number that two digits at `at` are, or FAR. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at] ?? 0;
  const ones = bytes[at + 1] ?? 0;
  return isDigit(tens) && isDigit(ones) ? 10 * (tens - ZERO) + ones - ZERO : FAR;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

function isUpper(byte: number): boolean {
  return byte >= A_UPPER && byte <= Z_UPPER;
}
