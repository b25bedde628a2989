import assert from "node:assert/strict";
import { type Call, type Fault, type FaultDisk, Killed } from "./fault-disk.ts";
import { type Base, check, Run, resting } from "./log-run.ts";
import { settled } from "./manual-clock.ts";
import { powerLosses } from "./power-losses.ts";

/** A stretch of a Bucket's life, each file call of which is failed in turn. */
export interface Scenario {
  readonly name: string;
  readonly base: Base;
  readonly act: (run: Run) => Promise<void>;
  /** Which calls meet faults: those up to the end of opening, or those after it. */
  readonly part: "open" | "work";
}

export interface TableOptions {
  /** Of the strikes one in so many is made, and of the ways on from each one in so many is gone. */
  readonly step: number;
  /** What else must hold of each disk that was opened again and closed, appended to or not. */
  readonly alsoHolds?: (disk: FaultDisk) => void;
}

/** Each kind of failure, and the calls that it can befall. */
const FAULTS: readonly { readonly fault: Fault; readonly befalls: (call: Call) => boolean }[] = [
  { fault: "EIO", befalls: () => true },
  { fault: "EIO_DONE", befalls: changes },
  { fault: "EIO_HALF", befalls: ({ name }) => SYNCS_CONTENTS.has(name) },
  { fault: "ENOSPC", befalls: changes },
  { fault: "SHORT_NONE", befalls: ({ name }) => name === "write" },
  { fault: "SHORT", befalls: ({ name }) => name === "write" },
  { fault: "SHORT_LAST", befalls: ({ name }) => name === "write" },
  { fault: "KILL_BEFORE", befalls: () => true },
  { fault: "KILL_AFTER", befalls: changes },
];

const SYNCS_CONTENTS: ReadonlySet<string> = new Set(["sync", "syncLater", "datasyncLater"]);
const IDLE_CALLS: ReadonlySet<string> = new Set([
  "read",
  "list",
  "identity",
  "lock",
  "open",
  "close",
]);

/** Whether the disk is another one after the call than before it. */
function changes({ name }: Call): boolean {
  return !IDLE_CALLS.has(name);
}

/**
 * Strikes each file call of a scenario with each fault that can befall it, and goes on from there in
 * each way there is: a new process on the disk as it reads, and a loss of power that leaves this or
 * that of what was not synced. Throws for the first cell that does not hold; returns their number.
 */
export async function runScenario(scenario: Scenario, options: TableOptions): Promise<number> {
  const { disk, openCalls } = await dryRun(scenario);
  const strikes = disk.calls.flatMap((call, at) =>
    (scenario.part === "open") === at < openCalls
      ? FAULTS.filter(({ befalls }) => befalls(call)).map(({ fault }) => ({ at, call, fault }))
      : [],
  );
  let cells = 0;
  for (const [i, strike] of strikes.entries()) {
    if (i % options.step === 0) cells += await strikeOnce(scenario, strike, options);
  }
  return cells;
}

async function dryRun({ base, act }: Scenario): Promise<Run> {
  const run = new Run(base.disk.afterKill(), base);
  await act(run);
  assert.equal(run.fault, undefined);
  await check(run, run.disk.afterKill());
  return run;
}

interface Strike {
  readonly at: number;
  readonly call: Call;
  readonly fault: Fault;
}

async function strikeOnce(
  scenario: Scenario,
  { at, call, fault }: Strike,
  { step, alsoHolds }: TableOptions,
): Promise<number> {
  const where = `${scenario.name}: call ${at} (${call.name} ${call.path}), ${fault}`;
  const run = await struck(scenario, at, fault, where);
  const { disk } = run;
  // Power lost before a call is power lost after the one before it.
  const losses = fault === "KILL_BEFORE" ? [] : powerLosses(disk.pending());
  const chosen = losses.filter((_, i) => i % step === at % step);
  await goesOn(run, () => disk.afterKill(), `${where}, then a restart`, alsoHolds);
  for (const loss of chosen) {
    const what = `${where}, then power is lost (${loss.name})`;
    await goesOn(run, () => disk.afterLoss(loss), what, alsoHolds);
  }
  return 1 + chosen.length;
}

/** A run that met the fault, and gave no other cause for its end than that. */
async function struck(
  { base, act }: Scenario,
  at: number,
  fault: Fault,
  where: string,
): Promise<Run> {
  const run = new Run(base.disk.afterKill(), base);
  run.disk.failAt(at, fault);
  try {
    await act(run);
  } catch (error) {
    if (!isInjected(error)) throw new Error(`${where}: it gave another reason`, { cause: error });
  }
  await settled();
  if (run.fault === undefined || isInjected(run.fault)) return run;
  throw new Error(`${where}: the log is poisoned by another cause`, { cause: run.fault });
}

async function goesOn(
  run: Run,
  left: () => FaultDisk,
  what: string,
  alsoHolds: TableOptions["alsoHolds"],
): Promise<void> {
  const disk = left();
  try {
    await check(run, disk);
    if (alsoHolds === undefined) return;
    alsoHolds(disk);
    alsoHolds(await leftAlone(run, left()));
  } catch (error) {
    throw new Error(what, { cause: error });
  }
}

/** Opened and closed: what a fault left may not wait for the next append. */
async function leftAlone(before: Run, disk: FaultDisk): Promise<FaultDisk> {
  const run = new Run(disk, resting(before, disk));
  run.open();
  await run.close();
  return disk;
}

function isInjected(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof Killed || error.message.includes("injected")) return true;
  return error.name === "ShortWrite" || isInjected(error.cause);
}
