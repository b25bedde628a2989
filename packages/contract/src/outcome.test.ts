import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isOutcome, mostSevere, type Outcome, recorded, SEVERITY } from "./outcome.ts";
import { FAILURES, isFailureReason, isReasonCode, REFUSALS, RESERVED_REASONS } from "./reason.ts";

test("the record's words are fixed, and anything foreign is a BLOCK", () => {
  assert.deepEqual(["EXECUTE", "REWRITE", "BLOCK"].map(recorded), ["ALLOW", "REWRITE", "BLOCK"]);
  for (const foreign of ["ALLOW", "execute", "", null, undefined, 1, {}, ["EXECUTE"]]) {
    assert.equal(recorded(foreign), "BLOCK");
    assert.equal(isOutcome(foreign), false);
    assert.equal(mostSevere(["EXECUTE", foreign]), "BLOCK");
  }
});

test("contract §3: BLOCK outranks REWRITE, REWRITE outranks EXECUTE", () => {
  assert.equal(mostSevere([]), "EXECUTE");
  const outcomes = fc.array(fc.constantFrom<Outcome>("EXECUTE", "REWRITE", "BLOCK"), {
    minLength: 1,
  });
  fc.assert(
    fc.property(outcomes, (given) => {
      const highest = Math.min(...given.map((outcome) => SEVERITY.indexOf(outcome)));
      assert.equal(mostSevere(given), SEVERITY[highest]);
    }),
  );
});

test("reserved reasons are refusals, failures and ALLOWED", () => {
  assert.equal(RESERVED_REASONS.size, REFUSALS.length + FAILURES.length + 1);
  for (const reason of [...REFUSALS, ...FAILURES]) {
    assert.equal(isFailureReason(reason), true);
    assert.equal(isReasonCode(reason), true);
  }
  assert.equal(isFailureReason("ALLOWED"), false);
  assert.equal(isFailureReason("NOT_LOOKED_UP"), false);
  for (const wrong of ["", "lower", "A-B", "_A", "A_", "A__B", "1A", `A${"B".repeat(64)}`]) {
    assert.equal(isReasonCode(wrong), false, wrong);
  }
});
