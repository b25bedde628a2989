import assert from "node:assert/strict";
import { test } from "node:test";
import { countsQuery, filterOf, fromField, isCounted, toField, withValue } from "./filter.ts";

test("a filter is what the audit process knows of an address", () => {
  const filter = filterOf(new URLSearchParams("decision=BLOCK&decision=ALLOW&x=1&order=oldest"));
  assert.equal(filter.toString(), "decision=BLOCK&decision=ALLOW&order=oldest");
  assert.equal(countsQuery(filter), "decision=BLOCK&decision=ALLOW");
  assert.equal(withValue(filter, "decision", "REWRITE").getAll("decision").length, 1);
  assert.equal(withValue(filter, "decision", null).toString(), "order=oldest");
  assert.equal(filter.getAll("decision").length, 2);
});

test("one id's events are not counted over time", () => {
  assert.equal(isCounted(new URLSearchParams("caller=x")), true);
  assert.equal(isCounted(new URLSearchParams("trace_id=abcdef01")), false);
});

test("times are those of the field, in UTC", () => {
  for (const time of ["2026-11-21T20:45:10Z", "2026-11-21T00:00:00Z"]) {
    assert.equal(fromField(toField(time)), time);
  }
  assert.equal(fromField("2026-11-21T20:45"), "2026-11-21T20:45:00Z");
  assert.equal(fromField("2026-11-21T20:45:10.123"), "2026-11-21T20:45:10Z");
  assert.equal(fromField(""), null);
  assert.equal(toField(null), "");
});
