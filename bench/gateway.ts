/**
 * Recorded decisions a second over HTTP: Writ's gateway beside bare echoes and other people's decision
 * servers, in paired rounds of one run; and in process, without HTTP.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fileSystemOf } from "./bucket/page.ts";
import { Skipped } from "./bucket/system.ts";
import { FASTIFY_ECHO, NODE_ECHO } from "./gateway/echoes.ts";
import { loadGenerator } from "./gateway/load.ts";
import { CERBOS, OPA } from "./gateway/others.ts";
import { type Findings, page, sharesText } from "./gateway/page.ts";
import { profile } from "./gateway/profile.ts";
import { boundLines, goalLines, textTable } from "./gateway/report.ts";
import {
  HttpMeasured,
  InProcessMeasured,
  type Measurable,
  type Plan,
  runRounds,
} from "./gateway/rounds.ts";
import type { Contender } from "./gateway/server.ts";
import { WRIT, WRIT_LINES, WRIT_UNRECORDED } from "./gateway/writ.ts";

const CONTENDERS: readonly Contender[] = [
  NODE_ECHO,
  FASTIFY_ECHO,
  WRIT,
  WRIT_LINES,
  WRIT_UNRECORDED,
  CERBOS,
  OPA,
];
const IN_PROCESS = "in-process";
const NAMES = [...CONTENDERS.map(({ name }) => name), IN_PROCESS];

const HELP = `node bench/gateway.ts [options]

  --only A,B,…       default all: ${NAMES.join(", ")}
  --rounds N         default 7
  --seconds S        of each slice, whole seconds; default 4
  --connections N    default 64
  --load wrk|own     default wrk where it is installed
  --no-profile       leaves out where the time goes
  --folder DIR       where records are, on the disk to be measured; default the system's temporary
                     folder
  --tools DIR        where other people's programs are kept; default a folder there
  --write            the page of results, bench/results/gateway.md
  --json             every slice on stdout, instead of the table
`;

const { values } = parseArgs({
  options: {
    only: { type: "string", default: NAMES.join(",") },
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "4" },
    connections: { type: "string", default: "64" },
    load: { type: "string" },
    "no-profile": { type: "boolean", default: false },
    folder: { type: "string", default: tmpdir() },
    tools: { type: "string", default: join(tmpdir(), "writ-bench-tools") },
    write: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

function fail(line: string): never {
  process.stderr.write(`bench/gateway.ts: ${line}\n`);
  process.exit(2);
}

function numberOf(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value <= 4096) return value;
  fail(`${flag} takes whole numbers from 1 to 4096, not ${JSON.stringify(text)}`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function wishedLoad(): "wrk" | "own" | undefined {
  const { load } = values;
  if (load === undefined || load === "wrk" || load === "own") return load;
  fail(`--load takes wrk or own, not ${JSON.stringify(load)}`);
}

async function startAll(
  folder: string,
  plan: Plan,
): Promise<{ readonly measured: readonly Measurable[]; readonly skipped: readonly string[] }> {
  const measured: Measurable[] = [];
  const skipped: string[] = [];
  const chosen = values.only.split(",");
  for (const contender of CONTENDERS.filter(({ name }) => chosen.includes(name))) {
    const own = join(folder, contender.name);
    mkdirSync(own);
    try {
      say(`starting ${contender.name}`);
      const place = { folder: own, tools: values.tools, say };
      measured.push(await HttpMeasured.start(contender, place, plan));
    } catch (error) {
      if (!(error instanceof Skipped)) throw error;
      skipped.push(`${contender.title}: skipped, ${error.message}`);
      say(skipped.at(-1) ?? "");
    }
  }
  if (chosen.includes(IN_PROCESS)) {
    measured.push(await InProcessMeasured.start(join(folder, IN_PROCESS), plan.inFlight));
  }
  return { measured, skipped };
}

async function measure(folder: string): Promise<Findings> {
  if (fileSystemOf(folder) === "tmpfs") fail("a sync costs nothing on tmpfs; give --folder a disk");
  const plan: Plan = {
    rounds: numberOf("--rounds", values.rounds),
    ms: numberOf("--seconds", values.seconds) * 1000,
    connections: numberOf("--connections", values.connections),
    inFlight: 256,
    load: loadGenerator(wishedLoad()),
  };
  const { measured, skipped } = await startAll(folder, plan);
  const series = await runRounds(measured, plan, say);
  for (const one of measured) await one.stop();
  const profiles = values["no-profile"]
    ? undefined
    : await profile(join(folder, "profile"), plan.load);
  return { plan, series, measured, skipped, profiles, folder };
}

function print({ plan, series, skipped, profiles }: Findings): void {
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ series, skipped, profiles }, null, 2)}\n`);
    return;
  }
  process.stdout.write(`load: ${plan.load.title}\n\n${textTable(series)}\n`);
  for (const line of [...goalLines(series), ...boundLines(series), ...skipped])
    process.stdout.write(`${line}\n`);
  if (profiles === undefined) return;
  process.stdout.write(`gateway: ${sharesText(profiles.gateway)}\n`);
  process.stdout.write(`in process: ${sharesText(profiles.inProcess)}\n`);
}

async function main(): Promise<void> {
  const unknown = values.only.split(",").find((name) => !NAMES.includes(name));
  if (unknown !== undefined) fail(`there is no ${JSON.stringify(unknown)}; see --help`);
  const folder = mkdtempSync(join(values.folder, "writ-bench-"));
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));
  // Whoever still writes there was killed before: see bucket/living.ts.
  process.on("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const found = await measure(folder);
  print(found);
  if (values.write) {
    writeFileSync(join(import.meta.dirname, "results", "gateway.md"), page(found));
  }
}

if (values.help) process.stdout.write(HELP);
else await main();
