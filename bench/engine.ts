/**
 * What a decision costs, from bytes to verdict: Writ beside other engines and hand-written code,
 * all under the same limits and the same calls, in interleaved rounds of one run.
 *
 *   node bench/engine.ts [--quick] [--json]      figures
 *   node bench/engine.ts --rego FOLDER           the limits as Rego, for bench/opa
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CONTENDERS, type Decide, moduleName, regoText } from "./engine/contenders.ts";
import { type Call, calls, type Limit, limits, refusal } from "./engine/limits.ts";

const SIZES = [8, 64, 256];
/** What the limits are about, and whether Writ's index may serve. */
const WORKLOADS: readonly Workload[] = [
  { title: "each limit about one tool", perTool: true, indexed: true },
  { title: "each limit about every tool", perTool: false, indexed: true },
  { title: "the same, but none indexed", perTool: false, indexed: false },
];
const quick = process.argv.includes("--quick");
const ROUNDS = quick ? 5 : 15;
const SLICE_MS = quick ? 20 : 50;
/** What each contender runs before the first round, so that every one is compiled as it will be. */
const WARM_UP_MS = quick ? 400 : 1200;
const encoder = new TextEncoder();

interface Workload {
  readonly title: string;
  readonly perTool: boolean;
  readonly indexed: boolean;
}

interface Figure {
  readonly contender: string;
  /** Microseconds of CPU time a call; null where the contender is not installed. */
  readonly median: number | null;
  /** Median over the rounds of its time over the floor's in the same round. */
  readonly toFloor: number | null;
}

interface Table {
  readonly workload: string;
  readonly rules: number;
  readonly bytes: number;
  readonly refused: number;
  readonly figures: readonly Figure[];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Milliseconds that all threads of this process have run: other programs' load is not in it. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Microseconds a call, over as many calls as fit into `slice` milliseconds. */
async function time(decide: Decide, envelopes: readonly Uint8Array[], slice: number) {
  const start = cpu();
  let passed = 0;
  let count = 0;
  while (passed < slice) {
    for (const bytes of envelopes.slice(count % 512, (count % 512) + 16)) {
      const refused = decide(bytes);
      if (typeof refused !== "boolean") await refused;
    }
    count += 16;
    passed = cpu() - start;
  }
  return (passed * 1000) / count;
}

/** No engine is timed that does not decide every call as the plain telling does. */
async function assertEqual(decide: Decide, all: readonly Limit[], given: readonly Call[]) {
  let refused = 0;
  for (const call of given) {
    const expected = refusal(all, call) !== null;
    assert.equal(await decide(envelopeOf(call)), expected, JSON.stringify(call));
    if (expected) refused += 1;
  }
  return refused / given.length;
}

function envelopeOf(call: Call): Uint8Array {
  return encoder.encode(JSON.stringify({ category: "payment", input: call }));
}

async function compare(workload: Workload, count: number): Promise<Table> {
  const { title, perTool } = workload;
  const all = limits(count, perTool);
  const given = calls(512, count);
  const envelopes = given.map(envelopeOf);
  const prepared = await Promise.all(
    CONTENDERS.map((contender) => contender.prepare(all, workload.indexed)),
  );
  let refused = 0;
  for (const decide of prepared) {
    if (decide !== null) refused = await assertEqual(decide, all, given);
  }
  const times = CONTENDERS.map((): number[] => []);
  for (const decide of prepared) if (decide !== null) await time(decide, envelopes, WARM_UP_MS);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, decide] of prepared.entries()) {
      if (decide !== null) times[i]?.push(await time(decide, envelopes, SLICE_MS));
    }
  }
  const floor = times[0] ?? [];
  const figures = CONTENDERS.map(({ name }, i): Figure => {
    const own = times[i] ?? [];
    if (own.length === 0) return { contender: name, median: null, toFloor: null };
    const ratios = own.map((each, round) => each / (floor[round] ?? Number.NaN));
    return { contender: name, median: median(own), toFloor: median(ratios) };
  });
  const bytes = envelopes.reduce((sum, each) => sum + each.length, 0) / envelopes.length;
  return { workload: title, rules: count, bytes, refused, figures };
}

function figureOf(table: Table, contender: string): number {
  return table.figures.find((each) => each.contender === contender)?.median ?? Number.NaN;
}

function print(table: Table): void {
  const { workload, rules, bytes, refused, figures } = table;
  const of = `${bytes.toFixed(0)} bytes a call, ${(refused * 100).toFixed(0)} % refused`;
  process.stdout.write(`${rules} rules, ${workload} (${of})\n`);
  const own = figureOf(table, "Writ");
  for (const { contender, median: each, toFloor } of figures) {
    const name = `  ${contender.padEnd(20)}`;
    if (each === null || toFloor === null) {
      process.stdout.write(`${name} not installed (bench/README.md)\n`);
      continue;
    }
    const columns = [
      `${each.toFixed(2).padStart(9)} µs`,
      `${toFloor.toFixed(2).padStart(8)} × hand-written`,
      `${(each / own).toFixed(2).padStart(8)} × Writ`,
    ];
    process.stdout.write(`${name}${columns.join("")}\n`);
  }
}

function writeRego(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const { perTool } of WORKLOADS) {
    for (const count of SIZES) {
      const all = limits(count, perTool);
      writeFileSync(join(folder, `${moduleName(all)}.rego`), regoText(all));
    }
  }
}

async function main(): Promise<void> {
  const tables: Table[] = [];
  for (const workload of WORKLOADS) {
    for (const count of SIZES) {
      const table = await compare(workload, count);
      tables.push(table);
      if (!process.argv.includes("--json")) print(table);
    }
  }
  if (process.argv.includes("--json")) {
    process.stdout.write(`${JSON.stringify(tables, null, 2)}\n`);
    return;
  }
  for (const { title } of WORKLOADS) {
    const own = tables.filter(({ workload }) => workload === title);
    const [first, last] = [own[0], own.at(-1)];
    if (first === undefined || last === undefined) continue;
    const growth = (name: string): string =>
      `${name} ${(figureOf(last, name) / figureOf(first, name)).toFixed(2)}×`;
    const grown = CONTENDERS.map(({ name }) => growth(name)).filter((each) => !each.includes("N"));
    process.stdout.write(`from 8 to 256 rules, ${title}: ${grown.join(", ")}\n`);
  }
}

const rego = process.argv.indexOf("--rego");
if (rego < 0) await main();
else writeRego(process.argv[rego + 1] ?? "rego");
