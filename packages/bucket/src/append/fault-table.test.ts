import assert from "node:assert/strict";
import { test } from "node:test";
import { type Call, type Contents, type Fault, Killed, type Names } from "../testing/fault-disk.ts";
import { submissionOf } from "../testing/log-fixture.ts";
import { type Base, check, EMPTY, grown, Run, resting } from "../testing/log-run.ts";
import { settled } from "../testing/manual-clock.ts";

interface Scenario {
  readonly name: string;
  readonly base: Base;
  readonly act: (run: Run) => Promise<void>;
  /** Which calls meet faults: those up to the end of opening, or those after it. */
  readonly part: "open" | "work";
}

/** What becomes of the machine after the fault, before the log is opened again. */
type Aftermath = "restart" | { readonly contents: Contents; readonly names: Names };

const ODD: Contents = { kind: "holes", pick: (sector) => sector % 2 === 1 };
const POWER_LOSSES: readonly Aftermath[] = [
  { contents: { kind: "dropped" }, names: "dropped" },
  { contents: { kind: "dropped" }, names: "kept" },
  { contents: { kind: "kept" }, names: "dropped" },
  { contents: { kind: "torn", sectors: 1 }, names: "kept" },
  { contents: ODD, names: "odd" },
];

/** Each kind of failure, the calls that it can befall, and what may come after it. */
const FAULTS: readonly {
  readonly fault: Fault;
  readonly befalls: (call: Call) => boolean;
  readonly aftermaths: readonly Aftermath[];
}[] = [
  { fault: "EIO", befalls: () => true, aftermaths: ["restart", ...POWER_LOSSES.slice(0, 1)] },
  { fault: "EIO_DONE", befalls: changes, aftermaths: ["restart"] },
  { fault: "ENOSPC", befalls: grows, aftermaths: ["restart"] },
  {
    fault: "SHORT",
    befalls: ({ name }) => name === "write",
    aftermaths: ["restart", ...POWER_LOSSES.slice(0, 1)],
  },
  { fault: "KILL_BEFORE", befalls: () => true, aftermaths: ["restart"] },
  { fault: "KILL_AFTER", befalls: changes, aftermaths: ["restart", ...POWER_LOSSES] },
];

const IDLE_CALLS: ReadonlySet<string> = new Set(["read", "list", "lock", "open", "close"]);

/** Whether the disk is another one after the call than before it. */
function changes({ name }: Call): boolean {
  return !IDLE_CALLS.has(name);
}

function grows({ name }: Call): boolean {
  return (
    name === "write" ||
    name === "create" ||
    name === "makeDirectory" ||
    name.startsWith("sync") ||
    name.startsWith("datasync")
  );
}

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

test("no file call, however it fails, loses or doubles an acknowledged event", async (t) => {
  let cells = 0;
  for (const scenario of await scenarios()) {
    const { disk, openCalls } = await dryRun(scenario);
    const { calls } = disk;
    let count = 0;
    for (const [at, call] of calls.entries()) {
      if ((scenario.part === "open") !== at < openCalls) continue;
      for (const { fault, befalls, aftermaths } of FAULTS) {
        if (!befalls(call)) continue;
        for (const aftermath of aftermaths) {
          await cell(scenario, at, call, fault, aftermath);
          count += 1;
        }
      }
    }
    t.diagnostic(`${scenario.name}: ${count} cells`);
    cells += count;
  }
  t.diagnostic(`fault table: ${cells} cells`);
});

async function dryRun({ base, act }: Scenario): Promise<Run> {
  const run = new Run(base.disk.afterKill(), base);
  await act(run);
  assert.equal(run.fault, undefined);
  await check(run, run.disk.afterKill());
  return run;
}

async function cell(
  scenario: Scenario,
  at: number,
  call: Call,
  fault: Fault,
  aftermath: Aftermath,
): Promise<void> {
  const run = new Run(scenario.base.disk.afterKill(), scenario.base);
  run.disk.failAt(at, fault);
  try {
    try {
      await scenario.act(run);
    } catch (error) {
      assert.ok(isInjected(error), `another reason was given: ${error}`);
    }
    await settled();
    assert.ok(
      run.fault === undefined || isInjected(run.fault),
      `another cause was given: ${run.fault}`,
    );
    const { disk } = run;
    await check(
      run,
      aftermath === "restart"
        ? disk.afterKill()
        : disk.afterPowerLoss(aftermath.contents, aftermath.names),
    );
  } catch (error) {
    const where = `${scenario.name}: call ${at} (${call.name} ${call.path}), ${fault}, then ${JSON.stringify(aftermath)}`;
    throw new Error(where, { cause: error });
  }
}

function isInjected(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof Killed || error.message.includes("injected")) return true;
  return error.name === "ShortWrite" || isInjected(error.cause);
}

async function scenarios(): Promise<Scenario[]> {
  const small = await grown(EMPTY, 4);
  const nearTile = await grown(EMPTY, 250);
  const rotating = await grown({ ...EMPTY, limits: { segmentBytes: 4000 }, entrySize: 300 }, 7);
  const tiled = await grown({ ...EMPTY, limits: { tileSyncLeaves: 256 } }, 300);
  const torn = await killed(small, 2);
  const unsynced = await failedSync(small);
  const opening = (name: string, base: Base): Scenario => {
    return { name, base, part: "open", act: (run) => workDay(run, 1) };
  };
  const working = (name: string, base: Base, ...counts: number[]): Scenario => {
    return { name, base, part: "work", act: (run) => workDay(run, ...counts) };
  };
  return [
    opening("first open", EMPTY),
    opening("open after a clean end", small),
    opening("open after a torn write", torn),
    opening("open after a failed sync", unsynced),
    opening("open with several segments", rotating),
    working("first append", EMPTY, 2),
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
