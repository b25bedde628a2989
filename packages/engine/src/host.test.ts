import assert from "node:assert/strict";
import { test } from "node:test";
import type { Received } from "@writ/contract/envelope";
import { jsonFrom } from "@writ/contract/jcs";
import { type Json, JsonObject } from "@writ/contract/json";
import { arm } from "./engine.ts";
import { bundleOf, edit, objectOf, PAYMENTS } from "./sample-bundle.node.ts";
import type { Verdict } from "./verdict.ts";

const VALIDATED = edit(
  PAYMENTS,
  "properties: { text: { type: string } }",
  `properties:
        text: { type: string }
        host:
          type: object
          additionalProperties: false
          properties:
            caller: { type: string }
            validators:
              type: object
              additionalProperties: false
              required: [tone]
              properties:
                tone: &verdict
                  type: object
                  additionalProperties: false
                  required: [outcome, reason]
                  properties:
                    outcome: { type: string, enum: [execute, rewrite, block] }
                    reason: { type: string }
                spelling: { type: [object, "null"], additionalProperties: true }`,
)
  .replace('input.text.contains("secret")', () => 'input.host.validators.tone.outcome == "block"')
  .replace(
    "{ text: the secret }",
    "{ text: a, host: { validators: { tone: { outcome: BLOCK, reason: RUDE } } } }",
  )
  .replace(
    "{ text: hello }",
    "{ text: a, host: { validators: { tone: { outcome: EXECUTE, reason: FINE } } } }",
  );

test("a mandatory validator decides, and without it nothing is let through", () => {
  const bundle = bundleOf(
    VALIDATED.replace(
      "input.host.validators.tone",
      "input.host != null && input.host.validators != null && input.host.validators.tone",
    ),
  );
  const engine = arm(bundle);
  const said: Received = { category: "say", input: objectOf({ text: "hello" }) };
  const decide = (tone: unknown): readonly [string, string] => {
    const { outcome, reason_code } = engine.decide(
      said,
      objectOf({ caller: "desk", validators: { tone } }),
    );
    return [outcome, reason_code];
  };
  assert.deepEqual(decide({ outcome: "EXECUTE", reason: "FINE" }), ["EXECUTE", "ALLOWED"]);
  assert.deepEqual(decide({ outcome: "BLOCK", reason: "RUDE" }), ["BLOCK", "SECRET"]);
  const unavailable: readonly unknown[] = [
    null,
    "EXECUTE",
    {},
    { outcome: "EXECUTE" },
    { outcome: "execute", reason: "FINE" },
    { outcome: "MAYBE", reason: "FINE" },
    { outcome: "EXECUTE", reason: "fine" },
    { outcome: "EXECUTE", reason: 3 },
  ];
  for (const tone of unavailable) {
    assert.deepEqual(decide(tone), ["BLOCK", "VALIDATOR_UNAVAILABLE"], JSON.stringify(tone));
  }
  for (const host of [
    undefined,
    objectOf({}),
    objectOf({ validators: null }),
    objectOf({ validators: {} }),
  ]) {
    const verdict = engine.decide(said, host);
    assert.deepEqual([verdict.reason_code, verdict.failed], ["VALIDATOR_UNAVAILABLE", true]);
    assert.equal(engine.identify(said, host).normal_form, '[{"text":"hello"}]');
  }
});

const SOUND = VALIDATED.replace(
  "input.host.validators.tone",
  "input.host != null && input.host.validators != null && input.host.validators.tone",
);
const ENGINE = arm(bundleOf(SOUND));
const HELLO: Received = { category: "say", input: objectOf({ text: " Hello" }) };
const FINE = { outcome: "EXECUTE", reason: "FINE" };

function decide(host: Record<string, unknown>, received = HELLO): Verdict {
  return ENGINE.decide(received, objectOf(host));
}

test("the record says what each declared validator said, and nothing of others", () => {
  const { validators, outcome } = decide({
    validators: { tone: FINE, spelling: { outcome: "REWRITE", reason: "TYPO" }, other: FINE },
  });
  assert.equal(outcome, "EXECUTE");
  assert.deepEqual(validators, { tone: ["EXECUTE", "FINE"], spelling: ["REWRITE", "TYPO"] });
  assert.ok(Object.isFrozen(validators) && Object.isFrozen(validators.tone));
  assert.deepEqual(decide({ validators: { spelling: FINE } }).validators, {
    spelling: ["EXECUTE", "FINE"],
  });
  assert.deepEqual(decide({ caller: "desk" }).validators, {});
  assert.deepEqual(ENGINE.decide({ category: "stop", input: objectOf({}) }).validators, {});
});

test("a malformed verdict is as good as absent, of an optional validator too", () => {
  const host = (spelling: unknown): JsonObject =>
    objectOf({ validators: { tone: FINE, spelling, other: FINE } });
  const absent = ENGINE.identify(HELLO, objectOf({ validators: { tone: FINE } }));
  const shown = ENGINE.identify(HELLO, host({ outcome: "BLOCK", reason: "TYPO" }));
  assert.notEqual(shown.trace_id, absent.trace_id);
  for (const spelling of [
    null,
    "BLOCK",
    {},
    [],
    { outcome: "BLOCK" },
    { outcome: "block", reason: "TYPO" },
    { outcome: "ALLOW", reason: "TYPO" },
    { outcome: "BLOCK", reason: "typo" },
    { outcome: "BLOCK", reason: "A".repeat(65) },
    { outcome: "BLOCK", reason: "TYPO", score: 1 },
  ]) {
    assert.deepEqual(ENGINE.identify(HELLO, host(spelling)), absent, JSON.stringify(spelling));
    assert.deepEqual(Object.keys(ENGINE.decide(HELLO, host(spelling)).validators), ["tone"]);
  }
  const text =
    '{"host":{"caller":null,"validators":{"spelling":null,"tone":{"outcome":"execute","reason":"fine"}}},"text":"hello"}';
  assert.equal(absent.normal_form, text);
});

test("validators that are no object are no validators", () => {
  for (const validators of [3, "EXECUTE", [FINE], null]) {
    const verdict = decide({ validators });
    assert.equal(verdict.reason_code, "VALIDATOR_UNAVAILABLE");
    assert.deepEqual(verdict.validators, {});
  }
});

test("validators are asked about the normal form of what was received", () => {
  assert.deepEqual(ENGINE.questionOn(HELLO), {
    category: "say",
    form: '{"text":"hello"}',
    validators: ["spelling", "tone"],
  });
  assert.deepEqual(
    [...ENGINE.validators],
    [
      ["spelling", { mandatory: false }],
      ["tone", { mandatory: true }],
    ],
  );
});

const REFUSED: readonly (readonly [string, Received, string])[] = [
  ["missing", { category: "say", input: objectOf({}) }, "MISSING_MANDATORY_INPUT"],
  ["violated", { category: "say", input: objectOf({ text: 3 }) }, "INPUT_SHAPE_VIOLATION"],
  [
    "forged",
    { category: "say", input: objectOf({ text: "a", host: {} }) },
    "INPUT_SHAPE_VIOLATION",
  ],
  [
    "transient",
    { category: "say", input: objectOf({ text: "2026-11-21T20:00:00Z" }) },
    "TRANSIENT_FIELD",
  ],
  ["unknown", { category: "sing", input: objectOf({}) }, "UNKNOWN_CATEGORY"],
  ["malformed", { category: "say", refusedDigest: "a".repeat(64) }, "MALFORMED_INPUT"],
];

for (const [what, received, reason] of REFUSED) {
  test(`an input refused anyway is put to nobody, and refused for its own sake: ${what}`, () => {
    assert.equal(ENGINE.questionOn(received), null);
    for (const host of [undefined, objectOf({}), objectOf({ validators: { tone: FINE } })]) {
      assert.equal(ENGINE.decide(received, host).reason_code, reason);
    }
  });
}

test("nobody is asked about what no validator judges, or what is no input at all", () => {
  const pay = { kind: "refund", amount: 3 };
  assert.equal(ENGINE.questionOn({ category: "pay", input: objectOf(pay) }), null);
  for (const hostile of [
    undefined,
    null,
    7,
    {},
    { category: "say" },
    { category: "say", input: 3 },
  ]) {
    assert.equal(ENGINE.questionOn(hostile as Received), null);
  }
});

test("a shape that is a reference is asked about without host too", () => {
  const shape = SOUND.slice(
    SOUND.indexOf("      type: object\n      additionalProperties: false\n      required: [text]"),
    SOUND.indexOf("  stop:"),
  );
  const text = SOUND.replace(`    input:\n${shape}`, '    input: { $ref: "#/$defs/said" }\n')
    .replace("$defs:\n", `$defs:\n  said:\n${shape}`)
    .replace("required: [text]", "required: [text, host]")
    .replace("input.host != null && ", "");
  const engine = arm(bundleOf(text));
  assert.equal(engine.questionOn(HELLO)?.form, '{"text":"hello"}');
  assert.equal(engine.decide(HELLO, objectOf({ validators: { tone: FINE } })).outcome, "EXECUTE");
  assert.equal(engine.decide(HELLO).reason_code, "VALIDATOR_UNAVAILABLE");
});

test("a host that no input could hold is an internal error, for it is enforcement's own", () => {
  let facts: Json = 1;
  for (let i = 1; i < 64; i++) facts = [facts];
  const said = jsonFrom({ tone: FINE });
  const host = (deep: Json): JsonObject => new JsonObject(["facts", "validators"], [deep, said]);
  assert.equal(ENGINE.decide(HELLO, host(1)).reason_code, "ALLOWED");
  const { outcome, reason_code } = ENGINE.decide(HELLO, host(facts));
  assert.deepEqual([outcome, reason_code], ["BLOCK", "INTERNAL_ERROR"]);
  assert.equal(ENGINE.identify(HELLO, host(facts)).normal_form, "[]");
});
