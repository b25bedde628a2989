import assert from "node:assert/strict";
import type { Scenario } from "./fault-table.ts";
import { type Base, grown, Run, resting } from "./log-run.ts";

/** What a Bucket does, from an empty disk on: `empty` is one in the world to be tried. */
export async function scenarios(empty: Base): Promise<Scenario[]> {
  const small = await grown(empty, 4);
  const nearTile = await grown(empty, 250);
  const rotating = await grown({ ...empty, limits: { segmentBytes: 4000 }, entrySize: 300 }, 7);
  const tiled = await grown({ ...empty, limits: { tileSyncLeaves: 256 } }, 300);
  const torn = await killed(small, 2);
  const unsynced = await failedSync(small);
  const opening = (name: string, base: Base): Scenario => {
    return { name, base, part: "open", act: (run) => workDay(run, 1) };
  };
  const working = (name: string, base: Base, ...counts: number[]): Scenario => {
    return { name, base, part: "work", act: (run) => workDay(run, ...counts) };
  };
  return [
    opening("first open", empty),
    opening("open after a clean end", small),
    opening("open after a torn write", torn),
    opening("open after a failed sync", unsynced),
    opening("open with several segments", rotating),
    working("first append", empty, 2),
    working("append, guard, checkpoint", small, 2),
    working("full tile", nearTile, 10),
    working("rotation", rotating, 5),
    working("tiles made durable", tiled, 1),
    working("tiles behind the log", torn, 1),
  ];
}

/** Open, an epoch, one frame for each of the counts, guard and tiles in between, close. */
async function workDay(run: Run, ...counts: number[]): Promise<void> {
  run.open();
  run.raise();
  for (const count of counts) {
    await run.append(count);
    await run.clock.pass(200);
  }
  await run.clock.pass(3000);
  await run.append(1);
  await run.close();
}

/** Killed with frames above the guard, the last of them cut short. */
async function killed(base: Base, count: number): Promise<Base> {
  const run = new Run(base.disk.afterKill(), base);
  run.open();
  await run.append(count);
  run.disk.failAt(run.disk.calls.length, "KILL_AFTER");
  await run.append(count);
  return resting(run, run.disk.afterPowerLoss({ kind: "torn", sectors: 1 }, "kept"));
}

async function failedSync(base: Base): Promise<Base> {
  const run = new Run(base.disk.afterKill(), base);
  run.open();
  run.disk.failAt(run.disk.calls.length + 1, "EIO");
  await run.append(2);
  assert.ok(run.fault);
  return resting(run, run.disk.afterKill());
}
