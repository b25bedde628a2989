import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryFolder } from "../../packages/audit/src/ledger.test-support.ts";
import { verifyFolder } from "../../packages/audit/src/verify.ts";
import type { FaultDisk } from "../../packages/bucket/src/testing/fault-disk.ts";
import { scenarios } from "../../packages/bucket/src/testing/fault-scenarios.ts";
import { runScenario } from "../../packages/bucket/src/testing/fault-table.ts";
import { KEY } from "../../packages/bucket/src/testing/log-fixture.ts";
import { signedBase } from "./signed-world.ts";

const isLong = process.env.WRIT_FAULTS === "all";
/** Verifying takes longer than all else in a cell, so one in so many of each stands for the rest. */
const STEP = isLong ? 4 : process.env.WRIT_RUNS === "all" ? 40 : 79;
const BUCKET = "/data/bucket/";

/** The whole ledger verifies under its key, as a stranger would find it. */
function requireVerified(disk: FaultDisk): void {
  const files = new Map(
    [...disk.contents()]
      .filter(([path]) => path.startsWith(BUCKET))
      .map(([path, bytes]) => [path.slice(BUCKET.length), bytes]),
  );
  const report = verifyFolder(memoryFolder(files), { key: KEY.signer.verifierKey });
  assert.ok(report.ok, JSON.stringify(report.faults.slice(0, 3)));
}

test("after any fault, and power lost in any part, the ledger goes on and verifies", {
  timeout: isLong ? 7_200_000 : 120_000,
}, async (t) => {
  let cells = 0;
  for (const scenario of await scenarios(signedBase())) {
    cells += await runScenario(scenario, { step: STEP, alsoHolds: requireVerified });
  }
  t.diagnostic(`verified fault table: ${cells} cells, each verified twice`);
});
