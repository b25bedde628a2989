import type { DecisionId } from "@writ/contract/decision-id";
import { parseDecisionId } from "@writ/contract/decision-id";
import type { Event } from "@writ/contract/event";

/**
 * What an accepted event has besides sequence, moment and trace_id. Everything in an event is
 * checked by itself (contract's closed schema has no rule across fields), so another event of the
 * same form is valid if those three are.
 */
interface Form {
  /** All bytes before the sequence. */
  readonly before: Uint8Array;
  /** All bytes from the quote after the sequence to that before the timestamp. */
  readonly between: Uint8Array;
  readonly gateway: string;
  readonly epoch: number;
}

const ID_KEY = '"enforcement_decision_id":"';
const TIMESTAMP_BYTES = 24;
// Plain arrays, as entries are: comparing a Buffer with one takes twice the time.
const TRACE_KEY: Uint8Array = new TextEncoder().encode('","trace_id":"');
const TRACE_BYTES = 64;
const END: Uint8Array = new TextEncoder().encode('"}');
/** From the timestamp's first byte to the event's end. */
const LAST_BYTES: number = TIMESTAMP_BYTES + TRACE_KEY.length + TRACE_BYTES + END.length;
/** `2026-11-21T20:45:` of the last timestamp that the long way accepted. */
const MINUTE_BYTES = 17;

/** However long its names are, no event has its decision id beyond this offset. */
const LAST_ID_BYTE = 270;

const SETS = 256;
const WAYS = 4;
const DIGIT_0 = 0x30;
const MAX_SEQUENCE_DIGITS = 16;

const IS_HEX: Uint8Array = new Uint8Array(256);
for (const digit of Buffer.from("0123456789abcdef", "latin1")) IS_HEX[digit] = 1;

/**
 * Checks events as `decodeEvent` does, and says whose attempt each one records. Events come in few
 * forms, so most are compared with one that was decoded before, byte for byte: a quarter of the
 * time, and never another answer.
 */
export class EventForms {
  readonly #decodeEvent: (entry: Uint8Array) => Event;
  readonly #sets = new Map<number, Form[]>();
  #minute: Uint8Array = new Uint8Array(0);

  constructor(decodeEvent: (entry: Uint8Array) => Event) {
    this.#decodeEvent = decodeEvent;
  }

  /** How many forms are remembered: at most 1,024, whatever comes. */
  get held(): number {
    return [...this.#sets.values()].reduce((sum, set) => sum + set.length, 0);
  }

  /** The decision id of a valid event. Throws EventRefused, as `decodeEvent` does. */
  decisionOf(entry: Uint8Array): DecisionId {
    const place = setOf(entry);
    const set = this.#sets.get(place) ?? [];
    for (let way = 0; way < set.length; way++) {
      const form = set[way];
      if (form === undefined) break;
      const sequence = this.#sequenceIn(entry, form);
      if (sequence === 0) continue;
      if (way > 0) set.unshift(...set.splice(way, 1));
      return { gateway: form.gateway, epoch: form.epoch, sequence };
    }
    return this.#decode(entry, place, set);
  }

  /** The sequence of an event of this form; 0 if it is none, or not certainly. */
  #sequenceIn(entry: Uint8Array, form: Form): number {
    const { before, between } = form;
    const last = entry.length - LAST_BYTES;
    const first = before.length;
    const after = last - between.length;
    const digits = after - first;
    if (digits < 1 || digits > MAX_SEQUENCE_DIGITS) return 0;
    if (!standsAt(before, entry, 0) || !standsAt(between, entry, after)) return 0;
    if (!this.#isMoment(entry, last)) return 0;
    return isTrace(entry, last + TIMESTAMP_BYTES) ? counterAt(entry, first, after) : 0;
  }

  /** Whether a timestamp of the remembered minute stands here. */
  #isMoment(entry: Uint8Array, at: number): boolean {
    if (this.#minute.length === 0 || !standsAt(this.#minute, entry, at)) return false;
    const seconds = at + MINUTE_BYTES;
    return (
      digitAt(entry, seconds) < 6 &&
      digitAt(entry, seconds + 1) < 10 &&
      entry[seconds + 2] === 0x2e &&
      digitAt(entry, seconds + 3) < 10 &&
      digitAt(entry, seconds + 4) < 10 &&
      digitAt(entry, seconds + 5) < 10 &&
      entry[seconds + 6] === 0x5a
    );
  }

  #decode(entry: Uint8Array, place: number, set: Form[]): DecisionId {
    const { enforcement_decision_id } = this.#decodeEvent(entry);
    const id = parseDecisionId(enforcement_decision_id);
    const bytes = Buffer.from(entry);
    const last = bytes.length - LAST_BYTES;
    // A quote within a JSON string is escaped, so the first place that reads so is the member's.
    const start = bytes.indexOf(ID_KEY, 0, "latin1") + ID_KEY.length;
    const end = start + enforcement_decision_id.length;
    this.#minute = new Uint8Array(bytes.subarray(last, last + MINUTE_BYTES));
    set.unshift({
      before: new Uint8Array(bytes.subarray(0, end - String(id.sequence).length)),
      between: new Uint8Array(bytes.subarray(end, last)),
      gateway: id.gateway,
      epoch: id.epoch,
    });
    set.length = Math.min(set.length, WAYS);
    this.#sets.set(place, set);
    return id;
  }
}

/** Where to look for an event's form: by what tells forms apart and does not move with the sequence. */
function setOf(entry: Uint8Array): number {
  const length = entry.length;
  let hash = 0;
  for (let at = 16; at < 48; at++) hash = Math.imul(hash, 31) + (entry[at] ?? 0);
  for (let at = length - 110; at > LAST_ID_BYTE; at -= 5)
    hash = Math.imul(hash, 31) + (entry[at] ?? 0);
  return (hash ^ (hash >>> 8) ^ (hash >>> 16)) & (SETS - 1);
}

function standsAt(part: Uint8Array, bytes: Uint8Array, at: number): boolean {
  if (at < 0 || at + part.length > bytes.length) return false;
  for (let i = 0; i < part.length; i++) if (part[i] !== bytes[at + i]) return false;
  return true;
}

/** The digit here, or a number above 9. */
function digitAt(bytes: Uint8Array, at: number): number {
  const digit = (bytes[at] ?? 0) - DIGIT_0;
  return digit < 0 ? 10 : digit;
}

/** The decimal number from `at` to `end`: 1 … 2^53 − 1 without leading zeroes; else 0. */
function counterAt(bytes: Uint8Array, at: number, end: number): number {
  if (digitAt(bytes, at) === 0) return 0;
  let value = 0;
  for (let i = at; i < end; i++) {
    const digit = digitAt(bytes, i);
    if (digit > 9) return 0;
    value = 10 * value + digit;
  }
  return Number.isSafeInteger(value) ? value : 0;
}

function isTrace(entry: Uint8Array, at: number): boolean {
  const digits = at + TRACE_KEY.length;
  if (!standsAt(TRACE_KEY, entry, at) || !standsAt(END, entry, digits + TRACE_BYTES)) return false;
  let all = 1;
  for (let i = digits; i < digits + TRACE_BYTES; i++) all &= IS_HEX[entry[i] ?? 0] ?? 0;
  return all === 1;
}
