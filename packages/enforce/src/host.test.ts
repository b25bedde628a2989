import assert from "node:assert/strict";
import { test } from "node:test";
import type { Received } from "@writ/contract/envelope";
import { jsonFrom } from "@writ/contract/jcs";
import { JsonObject } from "@writ/contract/json";
import { loadBundle } from "@writ/engine/bundle";
import { arm, type Engine } from "@writ/engine/engine";
import type { Question } from "@writ/engine/verdict";
import { enforceAt, eventsOf, openRealBucket, say } from "./enforce.test-support.ts";
import { hostOf } from "./host.ts";
import type { ValidatorAsker, ValidatorVerdict } from "./validators.ts";

/** A category that a validator judges, one that does without, and a fact. */
const POLICY = `writ: 1
name: toned
$defs:
  verdict:
    type: object
    additionalProperties: false
    required: [outcome, reason]
    properties:
      outcome: { type: string, enum: [execute, rewrite, block] }
      reason: { type: string }
categories:
  say:
    action_type: message
    input:
      type: object
      additionalProperties: false
      required: [text, host]
      properties:
        text: { type: string }
        host:
          type: object
          additionalProperties: false
          required: [validators]
          properties:
            caller: { type: string }
            facts:
              type: object
              additionalProperties: false
              properties: { night: { type: boolean } }
            validators:
              type: object
              additionalProperties: false
              required: [tone]
              properties: { tone: { $ref: "#/$defs/verdict" } }
  hum:
    action_type: message
    input:
      type: object
      additionalProperties: false
      properties: { text: { type: string } }
constraints:
  - name: words
    evaluators:
      - name: rude
        categories: [say]
        when: input.host.validators.tone.outcome == "block"
        then: BLOCK
        reason: RUDE
      - name: asleep
        categories: [say]
        when: input.host.facts != null && input.host.facts.night != null && input.host.facts.night
        then: BLOCK
        reason: NIGHT
      - name: hums_loud
        categories: [hum]
        when: input.text != null && input.text == "loud"
        then: BLOCK
        reason: LOUD
canaries:
  say:
    block: [{ text: a, host: { validators: { tone: { outcome: BLOCK, reason: RUDE } } } }]
    execute: [{ text: a, host: { validators: { tone: { outcome: EXECUTE, reason: FINE } } } }]
  hum:
    block: [{ text: loud }]
    execute: [{ text: low }]
`;

function armed(): Engine {
  const loaded = loadBundle([{ path: "toned.yaml", text: POLICY }]);
  if ("faults" in loaded) throw new Error(JSON.stringify(loaded.faults));
  return arm(loaded.bundle);
}

const ENGINE = armed();

function asking(answer: () => Promise<ReadonlyMap<string, ValidatorVerdict>>): {
  readonly asker: ValidatorAsker;
  readonly questions: readonly Question[];
} {
  const questions: Question[] = [];
  const ask: ValidatorAsker["ask"] = (question) => {
    questions.push(question);
    return answer();
  };
  return { asker: { ask }, questions };
}

function toned(outcome: ValidatorVerdict["outcome"], reason: string): ReturnType<typeof asking> {
  return asking(async () => new Map([["tone", { outcome, reason }]]));
}

for (const [outcome, reason] of [
  ["EXECUTE", "FINE"],
  ["BLOCK", "RUDE"],
] as const) {
  test(`the verdict decides, and the record says what it was: ${outcome}`, async (t) => {
    const bucket = await openRealBucket(t);
    const { asker, questions } = toned(outcome, reason);
    const changes = { engine: ENGINE, validators: asker };
    const { enforcement } = await enforceAt(t, bucket.socketPath, changes);
    const answer = await enforcement.begin().enforce(say("Hello "), "desk");
    assert.equal(answer.decision, outcome);
    const asked = { category: "say", form: '{"text":"hello"}', validators: ["tone"] };
    assert.deepEqual(questions, [asked]);
    await enforcement.close();
    const [event] = eventsOf(bucket.directory);
    assert.deepEqual(event?.evaluator_trace.validators, { tone: [outcome, reason] });
    assert.equal(event?.evaluator_trace.caller, "desk");
  });
}

const silence: readonly (readonly [string, ValidatorAsker | undefined])[] = [
  ["no asker", undefined],
  ["an asker that hears nothing", asking(async () => new Map()).asker],
  ["an asker that rejects", asking(() => Promise.reject(new Error("down"))).asker],
  [
    "an asker that throws",
    {
      ask: () => {
        throw new Error("a bug");
      },
    },
  ],
  [
    "an asker that hears another word",
    asking(async () => new Map([["tone", { outcome: "YES" as "BLOCK", reason: "A" }]])).asker,
  ],
  [
    "an asker that hears another validator",
    asking(async () => new Map([["taste", { outcome: "EXECUTE", reason: "A" }]])).asker,
  ],
  ["an asker that gives no map", { ask: async () => undefined as never }],
];

for (const [what, asker] of silence) {
  test(`BLOCK, recorded as a failure: ${what}`, async (t) => {
    const bucket = await openRealBucket(t);
    const changes = asker === undefined ? {} : { validators: asker };
    const { enforcement } = await enforceAt(t, bucket.socketPath, { engine: ENGINE, ...changes });
    const { decision, status } = await enforcement.begin().enforce(say("hello"), null);
    assert.deepEqual([decision, status], ["BLOCK", "failed"]);
    assert.equal(enforcement.inFlight, 0);
    await enforcement.close();
    const [event] = eventsOf(bucket.directory);
    assert.equal(event?.reason_code, "VALIDATOR_UNAVAILABLE");
    assert.deepEqual(event?.evaluator_trace.validators, {});
    assert.equal(event?.status, "failed");
  });
}

test("facts are the embedder's word, and seen where the shape declares them", async (t) => {
  const bucket = await openRealBucket(t);
  const { asker } = toned("EXECUTE", "FINE");
  const { enforcement } = await enforceAt(t, bucket.socketPath, {
    engine: ENGINE,
    validators: asker,
  });
  const decide = async (facts: Record<string, unknown>): Promise<string> => {
    const given = jsonFrom(facts);
    assert.ok(given instanceof JsonObject);
    return (await enforcement.begin().enforce(say("hello"), null, given)).decision;
  };
  assert.equal(await decide({ night: false, other: 1 }), "EXECUTE");
  assert.equal(await decide({ night: true }), "BLOCK");
});

test("nobody is asked about a category without validators, or an input that is refused", async () => {
  const { asker, questions } = toned("EXECUTE", "FINE");
  const refused: readonly Received[] = [
    say("low", "hum"),
    say("a", "sing"),
    { category: "say", input: new JsonObject([], []) },
    { category: "say", input: new JsonObject(["text", "host"], ["a", new JsonObject([], [])]) },
    { category: "say", refusedDigest: "a".repeat(64) },
  ];
  for (const received of refused) {
    const host = await hostOf(received, { caller: null }, ENGINE, asker);
    assert.deepEqual(host.names, []);
  }
  assert.deepEqual(questions, []);
});
