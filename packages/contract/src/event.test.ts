import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { naiveDecodeEvent, naiveEncodeEvent } from "./event.test-support.ts";
import { decodeEvent, type Event, EventRefused, encodeEvent, MAX_EVENT_BYTES } from "./event.ts";
import { canonicalJson, jsonFrom } from "./jcs.ts";
import { utf8Bytes } from "./utf8.ts";

const EVENT: Event = {
  trace_id: "ab".repeat(32),
  enforcement_decision_id: "0123456789abcdef.1.42",
  action_type: "book_reservation",
  decision: "REWRITE",
  reason_code: "CARD_OR_GIFT_CARD_REQUIRED",
  evaluator_trace: {
    engine_version: `3.0.0+${"cd".repeat(32)}`,
    caller: "support desk",
    rewrite_class: "CHOOSE_CARD_OR_GIFT_CARD",
    validators: { toxicity: ["EXECUTE", "fine"] },
    evaluators: [
      ["certificate", "REWRITE", "CARD_OR_GIFT_CARD_REQUIRED"],
      ["lookup", "EXECUTE", null],
    ],
  },
  timestamp: "2026-11-21T20:45:10.123Z",
  adapter_name: null,
  status: "success",
};

const BYTES =
  '{"action_type":"book_reservation","adapter_name":null,"decision":"REWRITE",' +
  '"enforcement_decision_id":"0123456789abcdef.1.42","evaluator_trace":{"caller":"support desk",' +
  `"engine_version":"3.0.0+${"cd".repeat(32)}","evaluators":[["certificate","REWRITE",` +
  '"CARD_OR_GIFT_CARD_REQUIRED"],["lookup","EXECUTE",null]],' +
  '"rewrite_class":"CHOOSE_CARD_OR_GIFT_CARD","validators":{"toxicity":["EXECUTE","fine"]}},' +
  '"reason_code":"CARD_OR_GIFT_CARD_REQUIRED","status":"success",' +
  `"timestamp":"2026-11-21T20:45:10.123Z","trace_id":"${"ab".repeat(32)}"}`;

function refusedField(change: object): string {
  const changed = { ...EVENT, ...change };
  let field = "accepted";
  for (const attempt of [
    () => encodeEvent(changed),
    () => decodeEvent(utf8Bytes(canonicalJson(jsonFrom(changed)))),
  ]) {
    try {
      attempt();
      return "accepted";
    } catch (error) {
      assert(error instanceof EventRefused);
      assert.equal(error.code, "EVENT_SCHEMA");
      field = error.field;
    }
  }
  return field;
}

test("an event is canonical JSON of nine fields", () => {
  assert.equal(Buffer.from(encodeEvent(EVENT)).toString(), BYTES);
  assert.deepEqual(decodeEvent(utf8Bytes(BYTES)), EVENT);
});

test("a field out of its grammar is refused, in both directions, and named", () => {
  const trace = EVENT.evaluator_trace;
  const name = "\u00e9".repeat(32);
  const inTrace = (change: object): object => ({ evaluator_trace: { ...trace, ...change } });
  const accepted: object[] = [
    { action_type: name },
    { adapter_name: "mcp" },
    { status: "failed" },
    { timestamp: "2024-02-29T23:59:59.999Z" },
    { timestamp: "2000-02-29T00:00:00.000Z" },
    inTrace({ caller: null, rewrite_class: null, validators: {}, evaluators: [] }),
    inTrace({ engine_version: `12.34.5678+${"0".repeat(64)}` }),
    inTrace({ validators: { [name]: ["BLOCK", name] } }),
    inTrace({ validators: JSON.parse('{"__proto__":["BLOCK","x"]}') }),
  ];
  for (const change of accepted) assert.equal(refusedField(change), "accepted");
  const refused: [string, object][] = [
    ["/trace_id", { trace_id: "AB".repeat(32) }],
    ["/trace_id", { trace_id: "ab" }],
    ["/trace_id", { trace_id: null }],
    ["/enforcement_decision_id", { enforcement_decision_id: "0123456789abcdef.0.1" }],
    ["/action_type", { action_type: "" }],
    ["/action_type", { action_type: `${name}x` }],
    ["/action_type", { action_type: null }],
    ["/decision", { decision: "EXECUTE" }],
    ["/reason_code", { reason_code: "lower" }],
    ["/timestamp", { timestamp: "2026-11-21T20:45:10Z" }],
    ["/timestamp", { timestamp: "2026-11-21T20:45:10.1234Z" }],
    ["/timestamp", { timestamp: "2026-11-21t20:45:10.123z" }],
    ["/timestamp", { timestamp: "2026-11-21T20:45:10.123+00:00" }],
    ["/timestamp", { timestamp: "2026-11-31T20:45:10.123Z" }],
    ["/timestamp", { timestamp: "2023-02-29T00:00:00.000Z" }],
    ["/timestamp", { timestamp: "1900-02-29T00:00:00.000Z" }],
    ["/timestamp", { timestamp: "2026-00-10T00:00:00.000Z" }],
    ["/timestamp", { timestamp: "2026-11-21T24:00:00.000Z" }],
    ["/timestamp", { timestamp: "2026-11-21T20:45:60.000Z" }],
    ["/adapter_name", { adapter_name: 1 }],
    ["/status", { status: "SUCCESS" }],
    ["/input", { input: {} }],
    ["/evaluator_trace", { evaluator_trace: null }],
    ["/evaluator_trace/engine_version", inTrace({ engine_version: "3.0.0" })],
    ["/evaluator_trace/engine_version", inTrace({ engine_version: `3.00.0+${"0".repeat(64)}` })],
    ["/evaluator_trace/caller", inTrace({ caller: "" })],
    ["/evaluator_trace/more", inTrace({ more: 1 })],
    ["/evaluator_trace/validators", inTrace({ validators: [] })],
    ["/evaluator_trace/validators/a", inTrace({ validators: { a: ["BLOCK"] } })],
    ["/evaluator_trace/validators/a/0", inTrace({ validators: { a: ["block", "x"] } })],
    ["/evaluator_trace/validators/a/1", inTrace({ validators: { a: ["BLOCK", null] } })],
    ["/evaluator_trace/validators/a~1b~0/0", inTrace({ validators: { "a/b~": ["x", "x"] } })],
    ["/evaluator_trace/validators/", inTrace({ validators: { "": ["BLOCK", "x"] } })],
    ["/evaluator_trace/evaluators", inTrace({ evaluators: {} })],
    ["/evaluator_trace/evaluators/0", inTrace({ evaluators: [["a", "BLOCK"]] })],
    ["/evaluator_trace/evaluators/0/1", inTrace({ evaluators: [["a", "ALLOW", null]] })],
    ["/evaluator_trace/evaluators/0/2", inTrace({ evaluators: [["a", "BLOCK", `${name}x`]] })],
  ];
  for (const [field, change] of refused) assert.equal(refusedField(change), field);
  for (const field of Object.keys(EVENT)) {
    const { [field]: _, ...rest } = { ...EVENT } as Record<string, unknown>;
    assert.throws(() => encodeEvent(rest as unknown as Event), {
      code: "EVENT_SCHEMA",
      field: `/${field}`,
    });
  }
  assert.throws(() => encodeEvent({ ...EVENT, action_type: "\ud800" }), EventRefused);
});

test("bytes that are not the canonical form are refused", () => {
  const refused = [
    ` ${BYTES}`,
    `${BYTES}\n`,
    BYTES.replace('","', '", "'),
    BYTES.replace("action_type", "action\\u005ftype"),
    BYTES.replace('"status":"success",', "").replace("{", '{"status":"success",'),
    BYTES.replace("support", "supp\\u006frt"),
    BYTES.replace('"status":"success"', '"status":"success","status":"success"'),
    "",
    "null",
    "{}",
    "x",
  ];
  for (const text of refused) assert.throws(() => decodeEvent(utf8Bytes(text)), EventRefused, text);
});

test("no flipped bit decodes to the same event", () => {
  const bytes = utf8Bytes(BYTES);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    let decoded: Event;
    try {
      decoded = decodeEvent(flipped);
    } catch (error) {
      assert(error instanceof EventRefused);
      continue;
    }
    assert.notDeepEqual(decoded, EVENT);
  }
});

test("an event has at most 65,535 bytes", () => {
  const trace = EVENT.evaluator_trace;
  const made = (full: number, last: number, action: number): Event => {
    const lengths = [...Array.from({ length: full }, () => 64), last];
    const evaluators = lengths.map((n) => ["n".repeat(n), "EXECUTE", null] as const);
    const evaluator_trace = { ...trace, evaluators };
    return { ...EVENT, action_type: "a".repeat(action), evaluator_trace };
  };
  const each = encodeEvent(made(1, 1, 1)).length - encodeEvent(made(0, 1, 1)).length;
  const full = Math.floor((MAX_EVENT_BYTES - encodeEvent(made(0, 1, 1)).length) / each);
  const room = MAX_EVENT_BYTES - encodeEvent(made(full, 1, 1)).length;
  const [last, action] = [1 + Math.min(room, 63), 1 + Math.max(room - 63, 0)];
  const largest = encodeEvent(made(full, last, action));
  assert.equal(largest.length, 65_535);
  assert.equal(decodeEvent(largest).action_type.length, action);
  const beyond = made(full, last, action + 1);
  assert.throws(() => encodeEvent(beyond), /65535 bytes/);
  assert.throws(() => decodeEvent(utf8Bytes(canonicalJson(jsonFrom(beyond)))), /65535 bytes/);
});

test("whatever is encoded is decoded", () => {
  const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 });
  const outcome = fc.constantFrom("EXECUTE", "REWRITE", "BLOCK");
  const trace = fc.record(
    {
      engine_version: fc.constant(`3.0.0+${"0".repeat(64)}`),
      caller: fc.option(name),
      rewrite_class: fc.option(name),
      validators: fc.dictionary(name, fc.tuple(outcome, name), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
      evaluators: fc.array(fc.tuple(name, outcome, fc.option(name)), { maxLength: 4 }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(trace, name, (evaluator_trace, action_type) => {
      const event = { ...EVENT, action_type, evaluator_trace } as Event;
      assert.deepEqual(decodeEvent(encodeEvent(event)), event);
    }),
    { numRuns: 2_000 },
  );
});

/** What came of it: a value, or the refusal's field and message. */
function outcomeOf<T>(attempt: () => T): { readonly value: T } | { readonly refusal: string } {
  try {
    return { value: attempt() };
  } catch (error) {
    assert(error instanceof EventRefused, String(error));
    // Of several faulty validators, which one is named follows the order of an object's keys.
    const validator = error.field.startsWith("/evaluator_trace/validators/");
    return { refusal: validator ? "a validator" : error.message };
  }
}

const STRANGE = [
  ...[
    "",
    "\u0000",
    "\u001f",
    "\u0008",
    '"',
    "\\",
    "/",
    "\u007f",
    "\u2028",
    "\u00e9",
    "\ud83d\ude00",
  ],
  ...["a".repeat(64), "\u20ac".repeat(21), "\u20ac".repeat(22), "null", "__proto__", "10", "9"],
  ...["EXECUTE", "ALLOW", "A_B", "A__B", "2024-02-30T00:00:00.000Z", "0123456789abcdef.1.1"],
  ...[`0123456789abcdef.${2 ** 53}.1`, `10000.0.0+${"0".repeat(64)}`, `0.0.9999+${"f".repeat(64)}`],
];
const strange: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...STRANGE,
    null,
    true,
    0,
    {},
    [],
    ["BLOCK", "x"],
    [["a", "BLOCK", null]],
  ),
  fc.dictionary(fc.constantFrom(...STRANGE), fc.constantFrom<unknown>(["BLOCK", "x"], ["x"], 1), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
  fc.array(fc.constantFrom<unknown>(["a", "BLOCK", null], ["", "BLOCK", "x"], [1]), {
    maxLength: 3,
  }),
);

/** An event with some of its members replaced, dropped or added, at the top or in the trace. */
const nearEvent: fc.Arbitrary<Record<string, unknown>> = fc
  .array(
    fc.tuple(
      fc.boolean(),
      fc.constantFrom(...Object.keys(EVENT), ...Object.keys(EVENT.evaluator_trace), "more"),
      fc.option(strange, { nil: undefined, freq: 8 }),
    ),
    { maxLength: 2 },
  )
  .map((changes) => {
    const trace: Record<string, unknown> = { ...EVENT.evaluator_trace };
    const event: Record<string, unknown> = { ...EVENT, evaluator_trace: trace };
    for (const [inside, name, value] of changes) {
      const target = inside ? trace : event;
      if (value === undefined) delete target[name];
      else target[name] = value;
    }
    return event;
  });

test("events fare as they do the long way", () => {
  fc.assert(
    fc.property(nearEvent, (near) => {
      const event = near as unknown as Event;
      assert.deepEqual(
        outcomeOf(() => encodeEvent(event)),
        outcomeOf(() => naiveEncodeEvent(event)),
      );
      const bytes = utf8Bytes(canonicalJson(jsonFrom(near)));
      assert.deepEqual(
        outcomeOf(() => decodeEvent(bytes)),
        outcomeOf(() => naiveDecodeEvent(bytes)),
      );
    }),
    { numRuns: 5_000 },
  );
});

test("altered bytes of events fare as they do the long way", () => {
  const pieces = [
    '"',
    "\\",
    "\\u0000",
    "\\u000a",
    "\\n",
    "\\/",
    ",",
    " ",
    "{",
    "]",
    "null",
    "\u00e9",
  ];
  const edit = fc.tuple(
    fc.nat(),
    fc.nat({ max: 3 }),
    fc.constantFrom("", "0", "A", "z", ...pieces),
  );
  fc.assert(
    fc.property(nearEvent, fc.array(edit, { minLength: 1, maxLength: 2 }), (near, edits) => {
      let text = canonicalJson(jsonFrom(near));
      for (const [where, cut, piece] of edits) {
        const at = where % text.length;
        text = text.slice(0, at) + piece + text.slice(at + cut);
      }
      const bytes = utf8Bytes(text);
      assert.deepEqual(
        outcomeOf(() => decodeEvent(bytes)),
        outcomeOf(() => naiveDecodeEvent(bytes)),
      );
    }),
    { numRuns: 5_000 },
  );
});

test("answers that cannot change are checked once, and then are nothing else", () => {
  const passed = Object.freeze(["first", "EXECUTE", null] as const);
  const odd = Object.freeze(["first", "PERHAPS", null] as const);
  const list = Object.freeze([passed, passed]);
  const having = (evaluators: unknown): Event =>
    ({ ...EVENT, evaluator_trace: { ...EVENT.evaluator_trace, evaluators } }) as Event;
  const text = (evaluators: unknown): string =>
    new TextDecoder().decode(encodeEvent(having(evaluators)));
  const once = text(list);
  assert.equal(text(list), once);
  assert.equal(text([["first", "EXECUTE", null], passed]), once);
  for (const evaluators of [[list], passed, [odd], Object.freeze([passed, odd]), [passed, list]]) {
    assert.throws(() => encodeEvent(having(evaluators)), EventRefused);
  }
  const changed = ["first", "EXECUTE", null];
  assert.equal(text([changed, passed]), once);
  changed[1] = "PERHAPS";
  assert.throws(() => encodeEvent(having([changed, passed])), EventRefused);
});

test("a message about a field acts on no terminal, whatever the field is called", () => {
  const foreign = { ...EVENT, "z\u001b[2J\u202e": 1 } as Event;
  const refused = { field: "/z\u001b[2J\u202e", message: /^\/z\\u\{1b\}\[2J\\u\{202e\}: leave/ };
  assert.throws(() => encodeEvent(foreign), refused);
});
