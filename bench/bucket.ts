/**
 * Appends acknowledged a second, and how long each takes: Writ's Bucket beside the least that a log
 * of its form could cost, and beside other people's logs and databases, in paired rounds of one run.
 */
import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { median } from "./bucket/figures.ts";
import { type Findings, fileSystemOf, page } from "./bucket/page.ts";
import { goalLines, textTable } from "./bucket/report.ts";
import { connectLoad, type Plan, type Running, runRounds, type Series } from "./bucket/rounds.ts";
import { Skipped, type System } from "./bucket/system.ts";
import { SYSTEMS } from "./bucket/systems.ts";

const HELP = `node bench/bucket.ts [options]

  --systems A,B,…    default all: ${SYSTEMS.map(({ name }) => name).join(", ")}
  --in-flight A,B,…  appends under way at once; default 1,64,256,1024
  --rounds N         default 5
  --seconds S        of each slice, after a warm-up; default 2
  --folder DIR       where the logs are, on the disk to be measured; default the system's
                     temporary folder
  --tools DIR        where other people's programs are built and kept; default a folder there
  --write            the page of results, bench/results/bucket.md
  --json             every slice of every system on stdout, instead of tables
`;

const { values } = parseArgs({
  options: {
    systems: { type: "string", default: SYSTEMS.map(({ name }) => name).join(",") },
    "in-flight": { type: "string", default: "1,64,256,1024" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "2" },
    folder: { type: "string", default: tmpdir() },
    tools: { type: "string", default: join(tmpdir(), "writ-bench-tools") },
    write: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const plan: Plan = {
  inFlight: values["in-flight"].split(",").map((text) => numberOf("--in-flight", text)),
  rounds: numberOf("--rounds", values.rounds),
  ms: numberOf("--seconds", values.seconds) * 1000,
  warmUpMs: 300,
};

/** Ends the run with what the one at the terminal can do about it. */
function fail(line: string): never {
  process.stderr.write(`bench/bucket.ts: ${line}\n`);
  process.exit(2);
}

function numberOf(flag: string, text: string): number {
  const value = Number(text);
  // A writer has no more than this in flight.
  if (value > 0 && value <= 4096) return value;
  fail(`${flag} takes numbers above 0 and up to 4096, not ${JSON.stringify(text)}`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function chosen(): readonly System[] {
  return values.systems.split(",").map((name) => {
    const system = SYSTEMS.find((one) => one.name === name);
    return system ?? fail(`there is no system ${JSON.stringify(name)}; see --help`);
  });
}

interface Started {
  readonly running: readonly Running[];
  /** A line for each system that is not in the tables. */
  readonly skipped: readonly string[];
  readonly meanBytes: number;
}

async function startAll(folder: string): Promise<Started> {
  const running: Running[] = [];
  const skipped: string[] = [];
  let meanBytes = Number.NaN;
  for (const system of chosen()) {
    const own = join(folder, system.name);
    mkdirSync(own);
    try {
      say(`starting ${system.name}`);
      const server = await system.start({ folder: own, tools: values.tools, say });
      const connected = await connectLoad(system, server);
      running.push(connected);
      meanBytes = connected.meanBytes;
    } catch (error) {
      if (!(error instanceof Skipped)) throw error;
      skipped.push(`${system.title}: skipped, ${error.message}`);
      say(skipped.at(-1) ?? "");
    }
  }
  return { running, skipped, meanBytes };
}

/** Ends everything, and holds those who can be asked to what they acknowledged. */
async function stopAll(running: readonly Running[], series: readonly Series[]): Promise<void> {
  for (const { system, load, server } of running) {
    await load.stop();
    await server.stop();
    const held = server.held?.();
    const slices = series.filter((one) => one.system === system.name).flatMap((one) => one.slices);
    const acknowledged = slices.reduce((sum, { appends }) => sum + appends, 0);
    if (held !== undefined && held !== acknowledged) {
      throw new Error(`${system.name} acknowledged ${acknowledged} appends and holds ${held}`);
    }
  }
}

/** Milliseconds of a small append and its sync on the disk that is measured. */
function syncMs(folder: string): number {
  const file = openSync(join(folder, "probe"), "w");
  const bytes = new Uint8Array(4096);
  const times = Array.from({ length: 101 }, () => {
    const start = performance.now();
    writeSync(file, bytes);
    fdatasyncSync(file);
    return performance.now() - start;
  });
  closeSync(file);
  return median(times);
}

async function measure(folder: string): Promise<Findings> {
  const fileSystem = fileSystemOf(folder);
  if (fileSystem === "tmpfs") fail("a sync costs nothing on tmpfs; give --folder a disk");
  const probe = syncMs(folder);
  const { running, skipped, meanBytes } = await startAll(folder);
  const series = await runRounds(running, plan, say);
  await stopAll(running, series);
  const date = new Date().toISOString().slice(0, 10);
  return { plan, series, running, skipped, meanBytes, fileSystem, syncMs: probe, date };
}

function print({ series, skipped, meanBytes }: Findings): void {
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ plan, meanBytes, skipped, series }, null, 2)}\n`);
    return;
  }
  process.stdout.write(`events of ${meanBytes.toFixed(0)} bytes on average\n\n`);
  for (const inFlight of plan.inFlight) process.stdout.write(`${textTable(series, inFlight)}\n`);
  for (const line of [...goalLines(series), ...skipped]) process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(values.folder, "writ-bench-"));
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));
  // Whoever still writes there was killed before: see living.ts.
  process.on("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const found = await measure(folder);
  print(found);
  if (values.write) {
    writeFileSync(join(import.meta.dirname, "results", "bucket.md"), page(found));
  }
}

if (values.help) process.stdout.write(HELP);
else await main();
