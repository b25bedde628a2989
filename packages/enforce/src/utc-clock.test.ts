import assert from "node:assert/strict";
import { test } from "node:test";
import { utcNow } from "./utc-clock.ts";

test("the time is the machine's, to the millisecond, whenever it is asked", () => {
  const until = performance.now() + 20;
  while (performance.now() < until) {
    const before = Date.now();
    const text = utcNow();
    const at = Date.parse(text);
    assert.ok(before <= at && at <= Date.now(), text);
    assert.equal(text, new Date(at).toISOString());
  }
});
