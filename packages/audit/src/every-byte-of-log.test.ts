import assert from "node:assert/strict";
import { test } from "node:test";
import { missedFlips } from "./flips.test-support.ts";

// Two files, so that two cores share the flips: 890,000 if all are made.
test("a flip of any bit but the tiles', alone, is found", async (t) => {
  const { flips, missed } = await missedFlips((path) => !path.startsWith("tiles/"), 13);
  assert.deepEqual(missed, []);
  assert.ok(flips > 4_000);
  t.diagnostic(`${flips} flips`);
});
