import { test } from "node:test";
import type { Contents } from "../testing/disk-file.ts";
import { scenarios } from "../testing/fault-scenarios.ts";
import { runScenario } from "../testing/fault-table.ts";
import { submissionOf } from "../testing/log-fixture.ts";
import { check, EMPTY, grown, Run } from "../testing/log-run.ts";

const isWhole = process.env.WRIT_FAULTS === "all";
/** One in so many strikes: a prime, so that every kind of fault meets every kind of call. */
const PART = process.env.WRIT_RUNS === "all" ? 7 : 23;

test("a frame torn at any sector is kept whole or cut", async (t) => {
  const base = await grown({ ...EMPTY, entrySize: 300 }, 4);
  const sectors = Math.ceil((submissionOf(0, 40, 300).entries.length * 302) / 512);
  let cells = 0;
  for (let sector = 0; sector <= sectors; sector += 1) {
    for (const contents of tornAt(sector)) {
      const run = new Run(base.disk.afterKill(), base);
      run.open();
      run.disk.failAt(run.disk.calls.length, "KILL_AFTER");
      await run.append(40);
      await check(run, run.disk.afterPowerLoss(contents, "kept"));
      cells += 1;
    }
  }
  t.diagnostic(`torn frames: ${cells} cells`);
});

/** The frame ends with this sector, or lacks it alone, or has it alone. */
function tornAt(sector: number): Contents[] {
  return [
    { kind: "torn", sectors: sector },
    { kind: "holes", pick: (one) => one !== sector },
    { kind: "holes", pick: (one) => one === sector },
  ];
}

test("no file call, however it fails, loses or doubles an acknowledged event", {
  timeout: isWhole ? 3_600_000 : 180_000,
}, async (t) => {
  let cells = 0;
  for (const scenario of await scenarios(EMPTY)) {
    const count = await runScenario(scenario, { step: isWhole ? 1 : PART });
    t.diagnostic(`${scenario.name}: ${count} cells`);
    cells += count;
  }
  const part = isWhole ? "" : " (a part; WRIT_FAULTS=all runs the whole)";
  t.diagnostic(`fault table: ${cells} cells${part}`);
});
