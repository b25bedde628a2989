import assert from "node:assert/strict";
import { test } from "node:test";
import { maxEvaluations, maxInherited, readEvaluations } from "./evaluation-request.ts";

function asked(
  length: number,
  element: object,
  count = maxEvaluations,
): ReturnType<typeof readEvaluations> {
  const body = {
    subject: { type: "user", id: "1", properties: { note: "x".repeat(length) } },
    resource: { type: "todo", id: "1" },
    action: { name: "read" },
    evaluations: Array.from({ length: count }, () => element),
  };
  return readEvaluations(Buffer.from(JSON.stringify(body)), "access");
}

test("a small body does not ask for the work of a thousand large ones", () => {
  const began = performance.now();
  // Whether they are evaluations or not: what is none is still digested with what it inherits.
  for (const element of [{}, { action: null }]) assert.equal(asked(900_000, element), "TOO_LARGE");
  assert.ok(performance.now() - began < 2_000);
});

test("what evaluations bring themselves, or share within the bound, is judged", () => {
  const each = (answer: ReturnType<typeof readEvaluations>): number | undefined =>
    typeof answer === "object" ? answer?.each.length : undefined;
  assert.equal(each(asked(maxInherited / maxEvaluations - 150, {})), maxEvaluations);
  assert.equal(each(asked(900_000, {}, 4)), 4);
  const own = { subject: { type: "user", id: "2" } };
  assert.equal(each(asked(900_000, own)), maxEvaluations);
});
