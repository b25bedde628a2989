import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeEvent, type Event } from "@writ/contract/event";
import { FAILURES, REFUSALS } from "@writ/contract/reason";
import { smallLog } from "../proof/small-log.test-support.ts";
import { decisive, headline, inWords } from "./words.ts";

const event: Event = decodeEvent(smallLog(1).events[0] ?? new Uint8Array(0));

test("all nine fields are said, each with its own value", () => {
  const words = inWords(event);
  assert.deepEqual(words.map(({ name }) => name).sort(), Object.keys(event).sort());
  for (const { name, value, words: said } of words) {
    if (name !== "evaluator_trace") assert.equal(value, event[name] ?? "null");
    assert.match(said, /\.$/);
  }
});

test("every reserved reason has words of its own, and a policy's is called the policy's", () => {
  const said = (reason_code: string): string | undefined =>
    inWords({ ...event, reason_code }).find(({ name }) => name === "reason_code")?.words;
  const all = [...REFUSALS, ...FAILURES, "ALLOWED"].map(said);
  assert.equal(new Set(all).size, all.length);
  assert.ok(!all.includes(said("NOT_LOOKED_UP")));
  assert.equal(said("toString"), said("NOT_LOOKED_UP"));
});

test("what settled a decision is the first evaluator with its outcome and reason", () => {
  const evaluators: Event["evaluator_trace"]["evaluators"] = [
    ["a", "EXECUTE", null],
    ["b", "BLOCK", "OTHER"],
    ["c", "BLOCK", "NOT_LOOKED_UP"],
    ["d", "BLOCK", "NOT_LOOKED_UP"],
  ];
  const evaluator_trace = { ...event.evaluator_trace, evaluators };
  assert.equal(decisive({ ...event, evaluator_trace }), 2);
  assert.equal(decisive({ ...event, evaluator_trace, decision: "ALLOW" }), -1);
  assert.equal(decisive({ ...event, evaluator_trace, reason_code: "INTERNAL_ERROR" }), -1);
});

test("the headline names outcome, action and for whom", () => {
  assert.equal(headline(event), "BLOCK: book_reservation for a");
  const evaluator_trace = { ...event.evaluator_trace, caller: null, rewrite_class: "X" };
  const asked: Event = { ...event, decision: "REWRITE", evaluator_trace };
  assert.equal(headline(asked), "REWRITE: book_reservation (to be rewritten: X)");
});
