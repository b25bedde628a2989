import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { bareInput, openEnvelope, type Received } from "@writ/contract/envelope";
import { JsonObject } from "@writ/contract/json";
import fc from "fast-check";
import type { Bundle, Category } from "./bundle.ts";
import { arm, type Engine } from "./engine.ts";
import { runs } from "./runs.node.ts";
import { bundleOf, edit, objectOf, PAYMENTS } from "./sample-bundle.node.ts";

const BUNDLE = bundleOf(PAYMENTS);
const ENGINE = arm(BUNDLE);
const HEX = "a".repeat(64);

function received(category: string, plain: Readonly<Record<string, unknown>>): Received {
  return { category, input: objectOf(plain) };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

interface Row {
  readonly what: string;
  readonly received: Received;
  /** outcome, reason_code, rewrite_class, action_type, category, failed */
  readonly gives: readonly [string, string, string | null, string, string, boolean];
  readonly form: string;
}

const MATRIX: readonly Row[] = [
  {
    what: "allowed",
    received: received("pay", { kind: " Refund ", amount: 100, account: null }),
    gives: ["EXECUTE", "ALLOWED", null, "refund", "pay", false],
    form: '{"account":null,"amount":100,"divisor":null,"kind":"refund"}',
  },
  {
    what: "rewritten",
    received: received("pay", { kind: "transfer", amount: 101 }),
    gives: ["REWRITE", "LARGE", "SPLIT", "transfer", "pay", false],
    form: '{"account":null,"amount":101,"divisor":null,"kind":"transfer"}',
  },
  {
    what: "blocked, though a rewrite is asked for too",
    received: received("pay", { kind: "transfer", amount: 1001 }),
    gives: ["BLOCK", "LIMIT_EXCEEDED", null, "transfer", "pay", false],
    form: '{"account":null,"amount":1001,"divisor":null,"kind":"transfer"}',
  },
  {
    what: "rewritten by the lower constraint",
    received: received("pay", { kind: "refund", amount: 70, divisor: 10 }),
    gives: ["REWRITE", "ODD_SHARE", "ROUND", "refund", "pay", false],
    form: '{"account":null,"amount":70,"divisor":10,"kind":"refund"}',
  },
  {
    what: "rewritten by both constraints: the higher one's class, and no disagreement",
    received: received("pay", { kind: "refund", amount: 140, divisor: 20 }),
    gives: ["REWRITE", "LARGE", "SPLIT", "refund", "pay", false],
    form: '{"account":null,"amount":140,"divisor":20,"kind":"refund"}',
  },
  {
    what: "a rule that fails",
    received: received("pay", { kind: "refund", amount: 70, divisor: 0 }),
    gives: ["BLOCK", "EVALUATOR_FAILED", null, "refund", "pay", true],
    form: '{"account":null,"amount":70,"divisor":0,"kind":"refund"}',
  },
  {
    what: "a failing rule below a policy's BLOCK",
    received: received("pay", { kind: "refund", amount: 7000, divisor: 0 }),
    gives: ["BLOCK", "LIMIT_EXCEEDED", null, "refund", "pay", false],
    form: '{"account":null,"amount":7000,"divisor":0,"kind":"refund"}',
  },
  {
    what: "always blocked",
    received: received("stop", { at: "Once" }),
    gives: ["BLOCK", "STOPPED", null, "halt", "stop", false],
    form: '{"at":"once"}',
  },
  {
    what: "missing, before violated and transient",
    received: received("pay", { kind: "Other", account: "2026-11-21T20:00:00Z" }),
    gives: ["BLOCK", "MISSING_MANDATORY_INPUT", null, "unrecognized", "pay", true],
    form: '[{"account":"2026-11-21t20:00:00z","kind":"other"}]',
  },
  {
    what: "violated, before transient",
    received: received("pay", { kind: "Other", amount: 1, account: "2026-11-21T20:00:00Z" }),
    gives: ["BLOCK", "INPUT_SHAPE_VIOLATION", null, "unrecognized", "pay", true],
    form: '[{"account":"2026-11-21t20:00:00z","amount":1,"kind":"other"}]',
  },
  {
    what: "transient",
    received: received("say", { text: "6f1c2b54-8d0e-4b77-9a53-2e7d0c9b1a60" }),
    gives: ["BLOCK", "TRANSIENT_FIELD", null, "unrecognized", "say", true],
    form: '[{"text":"6f1c2b54-8d0e-4b77-9a53-2e7d0c9b1a60"}]',
  },
  {
    what: "host from outside",
    received: received("say", { text: "hello", host: { caller: "desk" } }),
    gives: ["BLOCK", "INPUT_SHAPE_VIOLATION", null, "unrecognized", "say", true],
    form: '[{"host":{"caller":"desk"},"text":"hello"}]',
  },
  {
    what: "unknown category",
    received: received("sing", { Text: "La" }),
    gives: ["BLOCK", "UNKNOWN_CATEGORY", null, "unrecognized", "sing", true],
    form: '[{"Text":"la"}]',
  },
  {
    what: "a category that breaks the grammar",
    received: received("Say", { text: "hello" }),
    gives: ["BLOCK", "UNKNOWN_CATEGORY", null, "unrecognized", "unrecognized", true],
    form: '[{"text":"hello"}]',
  },
  {
    what: "malformed, of a known category",
    received: { category: "say", refusedDigest: HEX },
    gives: ["BLOCK", "MALFORMED_INPUT", null, "unrecognized", "say", true],
    form: `"${HEX}"`,
  },
  {
    what: "malformed, before an unknown category",
    received: { category: "unrecognized", refusedDigest: HEX },
    gives: ["BLOCK", "MALFORMED_INPUT", null, "unrecognized", "unrecognized", true],
    form: `"${HEX}"`,
  },
];

for (const { what, received: given, gives, form } of MATRIX) {
  test(`decides: ${what}`, () => {
    const verdict = ENGINE.decide(given);
    const { outcome, reason_code, rewrite_class, action_type, category, failed } = verdict;
    assert.deepEqual([outcome, reason_code, rewrite_class, action_type, category, failed], gives);
    assert.equal(verdict.engine_version, `3.0.0+${BUNDLE.digest}`);
    assert.equal(verdict.trace_id, sha256(form + category + verdict.engine_version));
    assert.deepEqual(ENGINE.identify(given), {
      normal_form: form,
      enforcement_category: category,
      engine_version: ENGINE.version,
      trace_id: verdict.trace_id,
    });
    assert.ok(Object.isFrozen(verdict) && Object.isFrozen(verdict.evaluators));
  });
}

test("the trace holds every evaluator's answer, in the bundle's order", () => {
  const verdict = ENGINE.decide(received("pay", { kind: "refund", amount: 7000, divisor: 0 }));
  assert.deepEqual(verdict.evaluators, [
    ["far_too_much", "BLOCK", "LIMIT_EXCEEDED"],
    ["rather_much", "REWRITE", "LARGE"],
    ["odd_share", "BLOCK", "EVALUATOR_FAILED"],
  ]);
  assert.deepEqual(ENGINE.decide(received("stop", {})).evaluators, []);
});

test("rewrites of one constraint by different classes disagree", () => {
  const engine = arm(bundleOf(edit(PAYMENTS, "  - name: words\n    evaluators:\n", "")));
  const both = engine.decide(received("pay", { kind: "refund", amount: 140, divisor: 20 }));
  assert.deepEqual(
    [both.outcome, both.reason_code, both.rewrite_class, both.failed],
    ["BLOCK", "EVALUATOR_DISAGREEMENT", null, true],
  );
  const one = engine.decide(received("pay", { kind: "refund", amount: 140, divisor: 7 }));
  assert.deepEqual([one.outcome, one.rewrite_class], ["REWRITE", "SPLIT"]);
});

/** The sample with one category's parts replaced by what cannot come from loading. */
function sabotaged(name: string, parts: Partial<Category>): Bundle {
  const category = BUNDLE.categories.get(name);
  assert.ok(category !== undefined);
  const broken = { ...category, ...parts };
  return { ...BUNDLE, canaries: [], categories: new Map([...BUNDLE.categories, [name, broken]]) };
}

const bug = (): never => {
  throw new Error("a bug");
};

test("a bug anywhere below the edge is INTERNAL_ERROR, with an identity", () => {
  const category = BUNDLE.categories.get("say");
  assert.ok(category !== undefined);
  const shape = Object.assign(Object.create(category.shape), { normalize: bug });
  const places: readonly Partial<Category>[] = [
    { shape },
    { actionType: { values: [], of: bug } },
    { panel: Object.assign(Object.create(category.panel), { objections: bug }) },
    { panel: Object.assign(Object.create(category.panel), { answers: bug }) },
    { validators: new Proxy([], { get: bug }) },
  ];
  for (const parts of places) {
    const engine = arm(sabotaged("say", parts));
    const verdict = engine.decide(received("say", { text: "hello" }));
    const { outcome, reason_code, action_type, failed } = verdict;
    assert.deepEqual(
      [outcome, reason_code, action_type, failed],
      ["BLOCK", "INTERNAL_ERROR", "unrecognized", true],
    );
    assert.equal(verdict.trace_id, engine.identify(received("say", { text: "hello" })).trace_id);
  }
});

test("what is no input at all is INTERNAL_ERROR, under one identity", () => {
  const unidentified = sha256(`[]unrecognized${ENGINE.version}`);
  const hostile: readonly unknown[] = [
    undefined,
    null,
    7,
    {},
    { category: "say" },
    { category: "say", input: null },
    { category: "say", input: 3 },
    { category: "say", input: { text: "hello" } },
    { category: 7, refusedDigest: HEX.slice(1) },
    { category: "say", refusedDigest: "short" },
    {
      get category(): string {
        return bug();
      },
    },
  ];
  for (const value of hostile) {
    const verdict = ENGINE.decide(value as Received);
    assert.equal(verdict.outcome, "BLOCK");
    assert.equal(verdict.reason_code, "INTERNAL_ERROR");
    assert.equal(verdict.trace_id, unidentified);
    assert.equal(ENGINE.identify(value as Received).trace_id, unidentified);
  }
});

test("nesting beyond every stack is INTERNAL_ERROR", () => {
  let value = new JsonObject([], []);
  for (let depth = 0; depth < 200_000; depth += 1) value = new JsonObject(["a"], [value]);
  assert.equal(ENGINE.decide({ category: "stop", input: value }).reason_code, "INTERNAL_ERROR");
});

const BOOKS: fc.Arbitrary<readonly [string, Record<string, unknown>]> = fc.oneof(
  fc.tuple(
    fc.constant("pay"),
    fc.record(
      {
        kind: fc.constantFrom("refund", "transfer", "gift"),
        amount: fc.integer(),
        divisor: fc.integer({ min: -2, max: 20 }),
      },
      { requiredKeys: ["kind"] },
    ),
  ),
  fc.tuple(
    fc.constantFrom("say", "stop", "sing"),
    fc.record({ text: fc.constantFrom("hello", "SECRET ", "", 3) }),
  ),
);

test("decisions depend on neither order, nor earlier calls, nor the number of engines", () => {
  const engines: readonly Engine[] = [ENGINE, arm(BUNDLE), arm(bundleOf(PAYMENTS))];
  fc.assert(
    fc.property(fc.array(BOOKS, { maxLength: 12 }), (calls) => {
      const inputs = calls.map(([category, plain]) => received(category, plain));
      const forwards = inputs.map((each) => ENGINE.decide(each));
      const backwards = inputs.toReversed().map((each, index) => engines[index % 3]?.decide(each));
      assert.deepEqual(backwards.toReversed(), forwards);
      inputs.forEach((each, index) => {
        assert.equal(ENGINE.identify(each).trace_id, forwards[index]?.trace_id);
      });
    }),
    { numRuns: runs(200, 5000) },
  );
});

test("equal normal forms fare equally, other bundles never share a trace_id", () => {
  const other = arm(bundleOf(edit(PAYMENTS, "1000\n", "1001\n")));
  const one = received("pay", { kind: "refund", amount: 7 });
  const same = openEnvelope(
    new TextEncoder().encode(
      '{"input":{"divisor":null,"amount":7.0e0,"kind":" REFUND\\t"},"category":"pay"}',
    ),
  );
  assert.deepEqual(ENGINE.decide(same), ENGINE.decide(one));
  assert.notEqual(other.decide(one).trace_id, ENGINE.decide(one).trace_id);
});

const json = fc.json({ maxDepth: 5 }).map((text) => new TextEncoder().encode(text));
const envelope = fc
  .record(
    { category: fc.constantFrom("pay", "say", "stop", "sing", "Sing", 3), input: fc.jsonValue() },
    { requiredKeys: [] },
  )
  .map((plain) => new TextEncoder().encode(JSON.stringify(plain)));

test("any bytes give one verdict, and only an armed policy's EXECUTE executes", () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), json, envelope), (bytes) => {
      for (const given of [
        openEnvelope(bytes),
        bareInput(bytes, "say"),
        bareInput(bytes, "stop"),
      ]) {
        const verdict = ENGINE.decide(given);
        assert.ok(["EXECUTE", "REWRITE", "BLOCK"].includes(verdict.outcome));
        assert.notEqual(verdict.reason_code, "INTERNAL_ERROR");
        assert.equal(verdict.trace_id, ENGINE.identify(given).trace_id);
        if (given.category === "stop") assert.equal(verdict.outcome, "BLOCK");
        if ("refusedDigest" in given) assert.equal(verdict.reason_code, "MALFORMED_INPUT");
      }
    }),
    { numRuns: runs(1000, 50_000) },
  );
});
