/**
 * What the gate adds to an MCP tool call: the same client, the same call, the same server, bare and
 * with Writ between them, in interleaved slices of one run.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir, type } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { deploymentAt } from "../packages/cli/src/deployment.ts";
import { recordsIn } from "../test/rules/world.ts";
import { median } from "./bucket/figures.ts";
import { fileSystemOf } from "./bucket/page.ts";
import { type Contender, type Place, prepare, startAll } from "./mcp/contenders.ts";

const HELP = `node bench/mcp.ts [options]

  --rounds N     default 12
  --calls N      of each slice; default 400
  --agents A,B   calls under way at once; default 1,8
  --folder DIR   where the ledger is, on the disk to be measured; its path in lower case; default the
                 system's temporary folder
  --write        the page of results, bench/results/mcp.md
`;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "12" },
    calls: { type: "string", default: "400" },
    agents: { type: "string", default: "1,8" },
    folder: { type: "string", default: tmpdir() },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const rounds = Number(values.rounds);
const calls = Number(values.calls);

/** Milliseconds of each slice's calls, sorted. */
interface Series {
  readonly contender: Contender;
  readonly agents: number;
  readonly slices: (readonly number[])[];
}

async function slice(
  { client, tool }: Contender,
  agent: string,
  agents: number,
): Promise<number[]> {
  const times: number[] = [];
  let begun = 0;
  const args = { path: join(agent, "notes.txt"), head: 20 };
  const lane = async (): Promise<void> => {
    while (begun++ < calls) {
      const began = performance.now();
      const result = await client.callTool({ name: tool, arguments: args });
      if (result.isError === true) throw new Error(JSON.stringify(result));
      times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: agents }, lane));
  return times.sort((a, b) => a - b);
}

const at = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;

async function measure(place: Place): Promise<readonly Series[]> {
  const contenders = await startAll(place);
  const counts = values.agents.split(",").map(Number);
  const series: readonly Series[] = counts.flatMap((agents) =>
    contenders.map((contender) => ({ contender, agents, slices: [] })),
  );
  for (let round = -1; round < rounds; round += 1) {
    for (const one of round % 2 === 0 ? series : series.toReversed()) {
      const times = await slice(one.contender, place.agent, one.agents);
      // The first round only warms up.
      if (round >= 0) one.slices.push(times);
    }
  }
  for (const { client } of contenders) await client.close();
  return series;
}

/** Median over the rounds of a figure of each, and of its difference from the bare server's. */
function row(series: readonly Series[], { contender, agents, slices }: Series): string {
  const bare = series.find((one) => one.agents === agents)?.slices ?? [];
  const cells = [0.5, 0.99].flatMap((part) => {
    const own = slices.map((times) => at(times, part));
    const added = own.map((ms, round) => ms - at(bare[round] ?? [], part));
    return [median(own).toFixed(2), bare === slices ? "" : `+${median(added).toFixed(2)}`];
  });
  return `| ${contender.title} | ${agents} | ${cells.join(" | ")} |`;
}

function table(series: readonly Series[]): string {
  const head = "| | calls at once | p50 ms | added | p99 ms | added |\n|---|---|---|---|---|---|";
  return [head, ...series.map((one) => row(series, one))].join("\n");
}

/** Every call that Writ passed on has its one event. */
function requireRecords({ data }: Place, series: readonly Series[]): number {
  const through = series.filter(({ contender }) => contender.title !== "bare");
  const expected = through.length * (rounds + 1) * calls;
  const { length } = recordsIn(deploymentAt(data).bucket);
  if (length !== expected) throw new Error(`${length} events of ${expected} calls`);
  return length;
}

function page(series: readonly Series[], events: number, folder: string): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const system = `${type()} ${release().split(".").slice(0, 2).join(".")}`;
  const means = series
    .slice(0, 3)
    .map(({ contender }) => `- **${contender.title}**: ${contender.means}.\n`);
  return `# What the gate adds to a tool call over MCP

    node bench/mcp.ts --write

${new Date().toISOString().slice(0, 10)}. Node ${process.versions.node}, ${system}, ${cpus().length} × ${model}, records on ${fileSystemOf(folder)}.

One client (the official SDK's), one call (20 lines of a text, \`read_text_file\` of npm's filesystem
server), under \`policies/filesystem\`. ${rounds} rounds of ${calls} calls for each row, one row after the other, every second
round in the reverse order. p50 and p99 are medians over the rounds; "added" is the median of the
differences from the bare server within single rounds. Each call through Writ is decided, carried out,
and in the ledger, synced and signed, before its result is released: ${events.toLocaleString("en")} events here.

${table(series)}

${means.join("")}`;
}

async function main(): Promise<void> {
  const folder = join(values.folder, `writ-bench-${randomBytes(6).toString("hex")}`);
  mkdirSync(folder);
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const place = prepare(folder);
  const series = await measure(place);
  const events = requireRecords(place, series);
  process.stdout.write(`${table(series)}\n${events} events\n`);
  if (values.write) {
    writeFileSync(join(import.meta.dirname, "results", "mcp.md"), page(series, events, folder));
  }
  process.exit(0);
}

if (values.help) process.stdout.write(HELP);
else await main();
