import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { bareInput, openEnvelope } from "@writ/contract/envelope";
import { jsonFrom } from "@writ/contract/jcs";
import { JsonObject } from "@writ/contract/json";
import { anatomyOf } from "@writ/engine/anatomy";
import { loadBundle } from "@writ/engine/bundle";
import { arm } from "@writ/engine/engine";
import { type Explanation, explain } from "./explanation.ts";
import { explanationText } from "./explanation-text.ts";
import { folderOf, runWrit } from "./run-writ.test-support.ts";
import { edit, POLICY } from "./sample-policy.test-support.ts";
import { loadSubject, type Subject } from "./subject.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const airline = join(root, "policies/airline");

async function loaded(folder: string): Promise<Subject> {
  const subject = await loadSubject(folder);
  assert.ok("engine" in subject, JSON.stringify(subject));
  return subject;
}

function hostOf(plain: object): JsonObject {
  const host = jsonFrom(plain);
  assert.ok(host instanceof JsonObject);
  return host;
}

test("every call of the airline sample is explained as it is decided", async () => {
  const subject = await loaded(airline);
  const lines = readFileSync(join(airline, "sample.jsonl"), "utf8").trimEnd().split("\n");
  const golden = readFileSync(join(airline, "decisions.jsonl"), "utf8").trimEnd().split("\n");
  for (const [index, line] of lines.entries()) {
    const { case: name, ...decided } = JSON.parse(golden[index] ?? "");
    const found = explain(subject, openEnvelope(new TextEncoder().encode(line)), undefined);
    assert.equal(found.identity.trace_id, decided.trace_id, name);
    assert.equal(found.verdict.reason_code, decided.reason_code, name);
    assert.equal(found.refusal === null, found.evaluators.length > 0, name);
    for (const { answer, judges } of found.evaluators) {
      for (const judge of judges) assert.equal(judge.answer, answer[1] !== "EXECUTE", name);
    }
    const deciding = found.evaluators.find((each) => each.name === found.ground?.evaluator);
    assert.equal(
      deciding?.answer[2] ?? (found.refusal === null ? "ALLOWED" : decided.reason_code),
      decided.reason_code,
    );
    assert.ok(explanationText(found).includes(decided.trace_id));
  }
});

function payment(plain: object, policy = POLICY): Explanation {
  const files = [{ path: "bundle.yaml", text: policy }];
  const bundle = loadBundle(files);
  assert.ok("bundle" in bundle, JSON.stringify(bundle));
  const anatomy = anatomyOf(files, bundle.bundle, undefined);
  const engine = arm({ ...bundle.bundle, canaries: [] });
  const seats = new Map([["pay", seatsIn(anatomy)]]);
  const subject = { bundle: bundle.bundle, anatomy, engine, failedCanaries: [], seats };
  const bytes = new TextEncoder().encode(JSON.stringify(plain));
  return explain(subject, bareInput(bytes, "pay"), undefined);
}

function seatsIn(
  anatomy: Subject["anatomy"],
): Subject["seats"] extends ReadonlyMap<string, infer S> ? S : never {
  return anatomy.evaluators.flatMap((text) => {
    const made = anatomy.compile(text);
    assert.ok("evaluators" in made);
    const evaluator = made.evaluators.get("pay");
    return evaluator === undefined ? [] : [{ text, evaluator }];
  });
}

test("each part of a rule has its value, in order, and what was not asked is named", () => {
  const { evaluators, ground } = payment({ kind: "refund", amount: 50, account: "xavier" });
  const [, large, suspicious] = evaluators.map(({ judges: [judge] }) => judge);
  assert.ok(large?.language === "cel" && suspicious?.language === "cel");
  assert.deepEqual(
    large.steps.map(({ expression, value }) => [expression, value]),
    [
      ["input.amount", "50"],
      ["input.amount > 100", "false"],
      ['input.amount > 100 && input.kind == "transfer"', "false"],
    ],
  );
  assert.deepEqual(large.notAsked, ['input.kind == "transfer"']);
  assert.deepEqual(suspicious.notAsked, [
    ...[
      '!input.tags.exists(t, t == "known")',
      'input.tags.exists(t, t == "known")',
      't == "known"',
    ],
  ]);
  assert.deepEqual(ground, { constraint: "accounts", evaluator: "suspicious" });
});

test("what a macro asks again and again is cut short", () => {
  const tags = new Array<string>(50).fill("new");
  const { evaluators } = payment({ kind: "fee", amount: 1, account: "x", tags });
  const judge = evaluators[2]?.judges[0];
  assert.ok(judge?.language === "cel");
  assert.equal(judge.steps.filter(({ expression }) => expression === "t").length, 8);
  assert.equal(judge.more, 2 * 42);
});

test("a rule that fails is told with the part that failed", () => {
  const policy = edit(
    POLICY,
    "input.account != null\n            && input.account",
    "input.account",
  );
  const found = payment({ kind: "fee", amount: 1 }, policy);
  const judge = found.evaluators[2]?.judges[0];
  assert.ok(judge?.language === "cel");
  assert.equal(judge.answer, null);
  const failed = judge.steps
    .filter((step) => step.failed)
    .map(({ expression, value }) => [expression, value]);
  assert.deepEqual(failed[0], ['input.account.startsWith("x")', "NULL_VALUE"]);
  assert.deepEqual(found.ground, { constraint: "accounts", evaluator: "suspicious" });
  assert.match(explanationText(found), /! NULL_VALUE/);
});

const QUARREL = `writ: 1
name: quarrel
categories:
  pay:
    action_type: pay
    input:
      type: object
      additionalProperties: false
      required: [n]
      properties: { n: { type: integer } }
constraints:
  - name: high
    evaluators:
      - { name: a, categories: [pay], when: input.n > 1, then: REWRITE, rewrite_class: A, reason: A }
      - { name: b, categories: [pay], when: input.n > 2, then: REWRITE, rewrite_class: B, reason: B }
  - name: low
    evaluators:
      - { name: c, categories: [pay], when: input.n > 3, then: BLOCK, reason: C }
canaries:
  pay: { block: [{ n: 9 }], execute: [{ n: 0 }] }
`;

test("a disagreement is the ground of the constraint that has it, if none above blocks", () => {
  const ground = (n: number, policy: string): unknown => payment({ n }, policy).ground;
  assert.equal(ground(0, QUARREL), null);
  assert.deepEqual(ground(2, QUARREL), { constraint: "high", evaluator: "a" });
  assert.deepEqual(ground(3, QUARREL), { constraint: "high", evaluator: null });
  assert.deepEqual(ground(4, QUARREL), { constraint: "high", evaluator: null });
  const [high, low] = [QUARREL.indexOf("  - name: high"), QUARREL.indexOf("  - name: low")];
  const end = QUARREL.indexOf("canaries:");
  const turned =
    QUARREL.slice(0, high) +
    QUARREL.slice(low, end) +
    QUARREL.slice(high, low) +
    QUARREL.slice(end);
  assert.deepEqual(ground(4, turned), { constraint: "low", evaluator: "c" });
});

test("a validator that is silent is named; enforcement's word is judged", async (t) => {
  const judged = `host:
          type: object
          additionalProperties: false
          required: [validators]
          properties:
            validators:
              type: object
              additionalProperties: false
              required: [words]
              properties:
                words:
                  type: object
                  additionalProperties: false
                  required: [outcome, reason]
                  properties: { outcome: { type: string, enum: [execute, rewrite, block] }, reason: { type: string } }
        n`;
  const policy = edit(QUARREL, "{ n: { type: integer } }", `\n        ${judged}: { type: integer }`)
    .replace("when: input.n > 3", "when: input.host.validators.words.outcome == 'block'")
    .replace(
      "block: [{ n: 9 }]",
      "block: [{ n: 0, host: { validators: { words: { outcome: BLOCK, reason: BAD } } } }]",
    )
    .replace(
      "execute: [{ n: 0 }]",
      "execute: [{ n: 0, host: { validators: { words: { outcome: EXECUTE, reason: FINE } } } }]",
    );
  const folder = folderOf(t, { "bundle.yaml": policy });
  const subject = await loaded(folder);
  const received = bareInput(new TextEncoder().encode('{"n": 0}'), "pay");
  const silent = explain(subject, received, undefined);
  assert.equal(silent.verdict.reason_code, "VALIDATOR_UNAVAILABLE");
  assert.match(silent.refusal?.what ?? "", /gave no verdict: words$/);
  const blocked = explain(
    subject,
    received,
    hostOf({ validators: { words: { outcome: "BLOCK", reason: "BAD" } } }),
  );
  assert.deepEqual(blocked.ground, { constraint: "low", evaluator: "c" });
  assert.equal(blocked.refusal, null);
});

test("the command explains a line, a file and a refusal, and says no by exit code alone for bad use", (t) => {
  const sample = join(airline, "sample.jsonl");
  const text = runWrit(root, "policy", "explain", "policies/airline", "--line", "11", sample);
  assert.equal(text.code, 0, text.error);
  assert.match(text.out, /input\.reservation\.cabin +(=) "economy"\n/);
  assert.match(
    text.out,
    /decided by +constraint reservation, evaluator cancellation_without_ground\n/,
  );
  const folder = folderOf(t, { "a.json": '{"tool": "think"}\n', "b.json": '{"tool": 1,\n' });
  const refused = runWrit(
    folder,
    "policy",
    "explain",
    airline,
    "--category",
    "think",
    "--json",
    "a.json",
  );
  const { refusal, reason_code, received } = JSON.parse(refused.out);
  assert.equal(reason_code, "MISSING_MANDATORY_INPUT");
  assert.deepEqual(refusal.places[0].pointer, "/arguments");
  assert.deepEqual([received.bytes, received.fault], [17, null]);
  const broken = runWrit(folder, "policy", "explain", airline, "--category", "think", "b.json");
  assert.match(broken.out, /not strict JSON from byte 11 on/);
  assert.equal(runWrit(folder, "policy", "explain", airline, "nowhere.json").code, 2);
  assert.equal(runWrit(folder, "policy", "explain", airline, "--line", "9", "a.json").code, 2);
});
