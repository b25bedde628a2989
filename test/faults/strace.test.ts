import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Deployment, deploymentAt } from "../../packages/cli/src/deployment.ts";
import { prepareDeployment } from "../../packages/cli/src/first-use.ts";
import { openDeployed } from "../../packages/cli/src/processes/bucket.ts";
import { inParallel, program, temporaryFolder } from "../serving.ts";
import { BucketProcess, Customer } from "./bucket-run.ts";
import { requireKept } from "./ledger.ts";
import { FILE_CALLS, readTrace, type TracedCall } from "./traced-calls.ts";

const isWhole = process.env.WRIT_FAULTS === "all";
/** Cells in a run that is not the whole table. */
const SAMPLE = Number(process.env.WRIT_FAULT_CELLS ?? 6);
const LANES = 2;
/** Time for guard and tiles to follow. */
const PAUSE_MS = 200;
const EPOCH = 1000;

type Fault = "EIO" | "ENOSPC" | "KILL";

interface Scenario {
  readonly name: string;
  /** What Node runs, given the data folder. */
  readonly program: (data: string) => readonly string[];
  readonly template: Deployment;
  /** What went into the template. */
  readonly past: Customer;
  /** Events appended at once, one number after another. */
  readonly counts: readonly number[];
}

interface Cell {
  readonly scenario: Scenario;
  readonly call: TracedCall;
  readonly fault: Fault;
}

const serveBucket = (data: string): string[] => [
  program,
  "serve",
  "--only",
  "bucket",
  "--data",
  data,
];
const smallBucket = (data: string): string[] => [
  join(import.meta.dirname, "small-bucket.ts"),
  data,
];

/** A deployment in which one process has appended, and then ended as `end` says. */
async function grown(
  folder: string,
  words: (data: string) => readonly string[],
  counts: readonly number[],
  end: "stop" | "kill",
): Promise<{ readonly template: Deployment; readonly past: Customer }> {
  const template = deploymentAt(folder);
  prepareDeployment(template);
  const past = new Customer(template, 1);
  const bucket = new BucketProcess(process.execPath, words(folder));
  assert.ok(await bucket.ready, bucket.reason);
  // A guard that has not followed the last frames yet is what a kill leaves.
  await past.append(counts.slice(0, -1), PAUSE_MS);
  const last = past.of(template, 2);
  await last.append(counts.slice(-1), 0);
  bucket[end]();
  await bucket.ended;
  rmSync(template.run, { recursive: true });
  mkdirSync(template.run);
  // Each copy is to be taken for the original.
  rmSync(join(template.guard, "place"));
  return { template, past: last };
}

/** Leaves the first part of a frame at the log's end, as a write that was cut short does. */
function tear({ bucket }: Deployment): void {
  const log = join(bucket, "log");
  const path = join(log, readdirSync(log).sort().at(-1) ?? "");
  const bytes = readFileSync(path);
  const frame = bytes.lastIndexOf(Buffer.from("ff575249540a01".slice(0, 8), "hex"));
  appendFileSync(path, bytes.subarray(frame, frame + 300));
}

async function scenarios(): Promise<Scenario[]> {
  const folder = temporaryFolder();
  const fresh = deploymentAt(join(folder, "fresh"));
  prepareDeployment(fresh);
  const [killed, near] = await Promise.all([
    grown(join(folder, "killed"), serveBucket, [3, 4], "kill"),
    grown(join(folder, "near"), smallBucket, [100, 148, 2], "stop"),
  ]);
  tear(killed.template);
  return [
    {
      name: "first opening, first events",
      program: serveBucket,
      template: fresh,
      past: new Customer(fresh, 1),
      counts: [2],
    },
    {
      name: "opening after kill -9 with a torn frame, events, guard, checkpoint, end",
      program: serveBucket,
      ...killed,
      counts: [2, 3],
    },
    {
      name: "rotation, full tile, tiles made durable",
      program: smallBucket,
      ...near,
      counts: [2, 8],
    },
  ];
}

interface Outcome {
  readonly deployment: Deployment;
  readonly customer: Customer;
  readonly ended: number | string;
  readonly reason: string;
}

/** One run of the scenario in a folder of its own, under strace with these further words. */
async function run(
  scenario: Scenario,
  strace: readonly string[],
  folder: string,
): Promise<Outcome> {
  cpSync(scenario.template.data, folder, { recursive: true });
  const deployment = deploymentAt(folder);
  const customer = scenario.past.of(deployment, EPOCH);
  const bucket = new BucketProcess("strace", [
    "-f",
    ...strace,
    process.execPath,
    ...scenario.program(folder),
  ]);
  const overdue = setTimeout(() => {
    bucket.kill();
    // What strace ran may outlive it, but not its channel.
    bucket.stop();
  }, 60_000);
  if (await bucket.ready) {
    await customer.append(scenario.counts, PAUSE_MS);
    bucket.stop();
  }
  const ended = await bucket.ended;
  clearTimeout(overdue);
  return { deployment, customer, ended, reason: bucket.reason };
}

/** The calls that a run without faults makes to the Bucket's files, its guard's, and their folder. */
async function record(scenario: Scenario): Promise<TracedCall[]> {
  const folder = temporaryFolder();
  const data = join(folder, "data");
  const prefix = join(folder, "trace");
  const words = ["-ff", "--seccomp-bpf", "-y", "-qq", "-e", `trace=${FILE_CALLS}`, "-o", prefix];
  const { deployment, customer, ended, reason } = await run(scenario, words, data);
  assert.equal(ended, 0, reason);
  const { unknown } = await requireKept(deployment, customer);
  assert.equal(unknown, 0);
  return readTrace(prefix, (path) =>
    [data, deployment.bucket, deployment.guard].some(
      (one) => path === one || (one !== data && path.startsWith(`${one}/`)),
    ),
  ).map((call) => ({ ...call, path: call.path.slice(data.length) }));
}

function faultsOf(call: TracedCall): Fault[] {
  const faults: Fault[] = ["EIO"];
  if (call.grows) faults.push("ENOSPC");
  if (call.changes) faults.push("KILL");
  return faults;
}

/** Whether SQLite makes this call for the lock: it may do without what failed. */
function isOfLock({ path }: TracedCall): boolean {
  return /\/lock(?:\/|$)/.test(path);
}

/**
 * Whether Node itself passes over this call's failure: the close of a directory that it has listed
 * (and that may be gone since), on which nothing rests.
 */
function isOfListing({ name, path }: TracedCall, data: string): boolean {
  return name === "close" && statSync(data + path, { throwIfNoEntry: false })?.isFile() !== true;
}

/**
 * Whether this is, after the opening's own, a look at how much is published, by which the room on
 * the disk is judged: one that fails has found none, so that appends are rejected.
 */
function isOfLook({ changes, path, nth }: TracedCall): boolean {
  return !changes && nth > 1 && path === "/bucket/tiles/checkpoint";
}

/** Whether it is of the count of what was turned away: news, for which nothing is held up. */
function isOfNews({ path }: TracedCall): boolean {
  return path === "/bucket/.denials.new" || path === "/bucket/denials";
}

/** Runs one cell; false if the call never came: threads take turns in another order. */
async function runCell({ scenario, call, fault }: Cell): Promise<boolean> {
  const folder = temporaryFolder();
  const data = join(folder, "data");
  const log = join(folder, "trace");
  const blow = fault === "KILL" ? "signal=KILL" : `error=${fault}`;
  const { name, nth } = call;
  const words = ["-qq", "-o", log, "-P", data + call.path, "-e", `trace=${name}`];
  // A filter in the kernel makes the rest faster, but a signal injected at its stop is never sent.
  if (fault !== "KILL") words.push("--seccomp-bpf");
  words.push("-e", `inject=${name}:${blow}:when=${nth}`);
  const { deployment, customer, ended, reason } = await run(scenario, words, data);
  const trace = readFileSync(log, "utf8");
  const isHit = fault === "KILL" ? ended === "SIGKILL" : trace.includes("(INJECTED)");
  if (!isHit) assert.equal(ended, 0, reason);
  else if (fault === "KILL") assert.equal(reason.trim(), "");
  else if (ended === 0) {
    const mayBePassedOver =
      isOfLock(call) || isOfListing(call, data) || isOfLook(call) || isOfNews(call);
    assert.ok(mayBePassedOver, "it was passed over");
  } else assert.match(reason, new RegExp(`${fault}|${TOLD[fault]}`, "i"));
  await openDeployed(deployment).writer.close();
  await requireKept(deployment, customer);
  rmSync(folder, { recursive: true });
  return isHit;
}

/** How a system's error is told where its code is not. */
const TOLD: Readonly<Record<Fault, string>> = {
  EIO: "i/o error|unable to open|in use by SQLite",
  ENOSPC: "disk is full|no space|unable to open",
  KILL: "",
};

test("real processes: whatever file call fails or dies, what was acknowledged is there once", {
  skip:
    spawnSync("strace", ["-V"]).status === 0
      ? false
      : "strace is not installed (Debian: apt-get install strace)",
  timeout: isWhole ? 3_600_000 : 180_000 + SAMPLE * 10_000,
}, async (t) => {
  const cells: Cell[] = [];
  for (const scenario of await scenarios()) {
    const calls = await record(scenario);
    const own = calls.flatMap((call) => faultsOf(call).map((fault) => ({ scenario, call, fault })));
    t.diagnostic(`${scenario.name}: ${calls.length} calls, ${own.length} cells`);
    cells.push(...own);
  }
  const step = isWhole ? 1 : Math.ceil(cells.length / SAMPLE);
  const chosen = cells.filter((_, i) => i % step === 0);
  const failures: string[] = [];
  const missed: string[] = [];
  await inParallel(chosen, LANES, async (cell) => {
    const { scenario, call, fault } = cell;
    const what = `${scenario.name}: ${call.name} ${call.path} #${call.nth}, ${fault}`;
    try {
      if (!(await runCell(cell))) missed.push(what);
    } catch (error) {
      failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  if (isWhole) for (const one of missed) t.diagnostic(`not reached: ${one}`);
  t.diagnostic(
    `strace table: ${chosen.length} of ${cells.length} cells run, ${missed.length} of them not reached`,
  );
  assert.deepEqual(failures, []);
  assert.ok(missed.length < chosen.length / 4, "too many calls were not reached");
});
