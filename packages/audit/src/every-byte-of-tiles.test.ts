import assert from "node:assert/strict";
import { test } from "node:test";
import { missedFlips } from "./ledger.test-support.ts";

// Two files, so that two cores share the 111,000 flips.
test("every byte of the tiles, flipped alone, is found", async (t) => {
  const { flips, missed } = await missedFlips((path) => path.startsWith("tiles/"));
  assert.deepEqual(missed, []);
  assert.ok(flips > 50_000);
  t.diagnostic(`${flips} flips`);
});
