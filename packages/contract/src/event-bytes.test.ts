import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeEvent, type Event, EventRefused, encodeEvent, MAX_EVENT_BYTES } from "./event.ts";
import { decisionIdPrefix, isPlainEvent } from "./event-bytes.ts";
import { utf8Bytes } from "./utf8.ts";

const GATEWAY = "0123456789abcdef";
const EPOCH = 12;
const PREFIX = decisionIdPrefix(GATEWAY, EPOCH);

const ascii = fc.string({
  unit: fc.constantFrom(..."aZ09 _-/.[]{}:,~'"),
  minLength: 1,
  maxLength: 64,
});
const outcome = fc.constantFrom<"EXECUTE" | "REWRITE" | "BLOCK">("EXECUTE", "REWRITE", "BLOCK");
const hex = fc.string({
  unit: fc.constantFrom(..."0123456789abcdef"),
  minLength: 64,
  maxLength: 64,
});
const asciiOrNull: fc.Arbitrary<string | null> = fc.option(ascii);
const code = fc.constantFrom("ALLOWED", "A", "A1_B2", "X_1", `Z${"Y".repeat(63)}`);
const counter = fc.oneof(fc.constantFrom(0, 1, 9, 10, 9999), fc.nat({ max: 9999 }));
const moment = fc
  .date({
    min: new Date("0000-01-01T00:00:00Z"),
    max: new Date("9999-12-31T23:59:59.999Z"),
    noInvalidDate: true,
  })
  .map((date) => date.toISOString())
  .filter((text) => !text.includes("-02-29"));

/** Events that the short way must know: it would be of no use otherwise. */
const plainEvent: fc.Arbitrary<Event> = fc.record(
  {
    trace_id: hex,
    enforcement_decision_id: fc
      .integer({ min: 1, max: 10 ** 15 - 1 })
      .map((sequence) => `${GATEWAY}.${EPOCH}.${sequence}`),
    action_type: ascii,
    decision: fc.constantFrom<Event["decision"]>("ALLOW", "REWRITE", "BLOCK"),
    reason_code: code,
    evaluator_trace: fc.record(
      {
        engine_version: fc
          .tuple(counter, counter, counter, hex)
          .map(([a, b, c, digest]) => `${a}.${b}.${c}+${digest}`),
        caller: fc.option(ascii),
        rewrite_class: fc.option(ascii),
        validators: fc.dictionary(ascii, fc.tuple(outcome, ascii), {
          maxKeys: 4,
          noNullPrototype: true,
        }),
        evaluators: fc.array(fc.tuple(ascii, outcome, asciiOrNull), { maxLength: 4 }),
      },
      { noNullPrototype: true },
    ),
    timestamp: moment,
    adapter_name: fc.option(ascii),
    status: fc.constantFrom<Event["status"]>("success", "failed"),
  },
  { noNullPrototype: true },
);

function isEvent(bytes: Uint8Array): boolean {
  try {
    return decodeEvent(bytes).enforcement_decision_id.startsWith(`${GATEWAY}.${EPOCH}.`);
  } catch (error) {
    assert.ok(error instanceof EventRefused, String(error));
    return false;
  }
}

test("every event of plain names is known, to its own writer and epoch alone", () => {
  fc.assert(
    fc.property(plainEvent, (event) => {
      const bytes = encodeEvent(event);
      assert.ok(isPlainEvent(bytes, PREFIX), new TextDecoder().decode(bytes));
      assert.ok(!isPlainEvent(bytes, decisionIdPrefix(GATEWAY, EPOCH + 1)));
      assert.ok(!isPlainEvent(bytes, decisionIdPrefix(GATEWAY, 1)));
      assert.ok(!isPlainEvent(bytes, decisionIdPrefix("0123456789abcdee", EPOCH)));
    }),
    { numRuns: 1_500 },
  );
});

test("what it knows is an event, however the bytes were altered", () => {
  const pieces = [
    "",
    "0",
    "00",
    "9",
    "A",
    "z",
    "_",
    '"',
    "\\",
    ",",
    ".",
    "null",
    "{}",
    "[]",
    "\u00e9",
    "\u0001",
  ];
  const edit = fc.tuple(fc.nat(), fc.nat({ max: 3 }), fc.constantFrom(...pieces));
  let known = 0;
  fc.assert(
    fc.property(plainEvent, fc.array(edit, { minLength: 1, maxLength: 2 }), (event, edits) => {
      let text = new TextDecoder().decode(encodeEvent(event));
      for (const [where, cut, piece] of edits) {
        const at = where % text.length;
        text = text.slice(0, at) + piece + text.slice(at + cut);
      }
      const bytes = utf8Bytes(text);
      if (!isPlainEvent(bytes, PREFIX)) return;
      known += 1;
      assert.ok(isEvent(bytes), text);
    }),
    { numRuns: 6_000 },
  );
  assert.ok(known > 100, `only ${known} altered events were known`);
});

const EVENT: Event = {
  trace_id: "ab".repeat(32),
  enforcement_decision_id: `${GATEWAY}.${EPOCH}.42`,
  action_type: "book",
  decision: "REWRITE",
  reason_code: "CARD_REQUIRED",
  evaluator_trace: {
    engine_version: `3.0.0+${"cd".repeat(32)}`,
    caller: null,
    rewrite_class: "CARD",
    validators: { a: ["EXECUTE", "fine"], ab: ["BLOCK", "x"] },
    evaluators: [["certificate", "REWRITE", "CARD_REQUIRED"]],
  },
  timestamp: "2026-11-21T20:45:10.123Z",
  adapter_name: null,
  status: "success",
};
const TEXT = new TextDecoder().decode(encodeEvent(EVENT));

test("every byte replaced by every other: it knows nothing that is no event", () => {
  const bytes = utf8Bytes(TEXT);
  let known = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const kept = bytes[at] ?? 0;
    for (let value = 0; value < 256; value += 1) {
      bytes[at] = value;
      if (!isPlainEvent(bytes, PREFIX)) continue;
      known += 1;
      assert.ok(isEvent(bytes), `byte ${at} as ${value}`);
    }
    bytes[at] = kept;
  }
  assert.ok(known > TEXT.length);
});

test("every prefix, and every byte cut out or doubled", () => {
  const bytes = utf8Bytes(TEXT);
  for (let at = 0; at < bytes.length; at += 1) {
    const cut = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1)]);
    const doubled = Uint8Array.from([...bytes.subarray(0, at + 1), ...bytes.subarray(at)]);
    assert.ok(!isPlainEvent(bytes.subarray(0, at), PREFIX));
    for (const altered of [cut, doubled]) {
      if (isPlainEvent(altered, PREFIX)) assert.ok(isEvent(altered), `byte ${at}`);
    }
  }
});

test("moments and names at the edges of their grammars", () => {
  const swaps: readonly (readonly [string, string])[] = [
    ...["2023-02-29", "2026-04-31", "2026-13-01", "2026-00-01", "2026-01-00", "2026-01-32"].map(
      (day) => ["2026-11-21", day] as const,
    ),
    ["20:45:10", "24:00:00"],
    ["20:45:10", "20:60:00"],
    ["20:45:10", "20:00:60"],
    ['"ab":["BLOCK","x"]', '"a":["BLOCK","x"]'],
    ['"ab":["BLOCK","x"]', '"Z":["BLOCK","x"]'],
    ['"action_type":"book"', '"action_type":""'],
    ['"action_type":"book"', `"action_type":"${"b".repeat(65)}"`],
    ["CARD_REQUIRED", "_CARD"],
    ["3.0.0+", "03.0.0+"],
    [`${EPOCH}.42`, `${EPOCH}.042`],
    [`${EPOCH}.42`, `${EPOCH}.`],
  ];
  for (const [before, after] of swaps) {
    const bytes = utf8Bytes(TEXT.replaceAll(before, after));
    assert.ok(!isPlainEvent(bytes, PREFIX), after);
    assert.ok(!isEvent(bytes), after);
  }
});

test("an event of more bytes than an entry may have is not known", () => {
  const one = ',["certificate","REWRITE","CARD_REQUIRED"]';
  const text = (count: number): string =>
    TEXT.replace('"CARD_REQUIRED"]],', `"CARD_REQUIRED"]${one.repeat(count)}],`);
  const count = Math.floor((MAX_EVENT_BYTES - TEXT.length) / one.length);
  assert.ok(isPlainEvent(utf8Bytes(text(count)), PREFIX));
  assert.ok(!isPlainEvent(utf8Bytes(text(count + 1)), PREFIX));
});
