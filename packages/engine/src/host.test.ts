import assert from "node:assert/strict";
import { test } from "node:test";
import type { Received } from "@writ/contract/envelope";
import { arm } from "./engine.ts";
import { bundleOf, edit, objectOf, PAYMENTS } from "./sample-bundle.node.ts";

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
