/**
 * Coverage-guided fuzzing of what names an input: parse, envelope and normal form, each result
 * compared with the naive reading of the rules.
 *
 *   node test/fuzz/fuzz.ts [--seconds N] [--seed S]
 *   node test/fuzz/fuzz.ts --replay FILE
 */
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../root.ts";
import { Coverage } from "./coverage.ts";
import { freshEnvelope, mutated } from "./mutate.ts";
import { Random } from "./random.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "30" },
    seed: { type: "string", default: String(process.pid) },
    replay: { type: "string" },
  },
});

// Before the code under test is loaded, so that all of it is counted.
const coverage = new Coverage((url) => /\/contract\/src\/(?!.*test-support)/.test(url));
const { compare, identified } = await import("./judge.ts");

/** No input of a few KiB may take longer, of this thread's own time: a busy machine is no fault. */
const TIME_LIMIT_MS = 1000;

function ownMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

interface Slowest {
  milliseconds: number;
  bytes: Uint8Array;
}

const slowest: Slowest = { milliseconds: 0, bytes: new Uint8Array() };

function execute(bytes: Uint8Array): void {
  const start = ownMs();
  const made = identified(bytes);
  const milliseconds = ownMs() - start;
  if (milliseconds > slowest.milliseconds) Object.assign(slowest, { milliseconds, bytes });
  if (milliseconds > TIME_LIMIT_MS) throw new Error(`took ${milliseconds.toFixed(0)} ms`);
  compare(bytes, made);
}

function executeOrReport(bytes: Uint8Array): void {
  try {
    execute(bytes);
  } catch (error) {
    const file = join(tmpdir(), `writ-fuzz-${Date.now()}.bin`);
    writeFileSync(file, bytes);
    process.stdout.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.stdout.write(`input of ${bytes.length} bytes, seed ${values.seed}; run again:\n`);
    process.stdout.write(`  npx node test/fuzz/fuzz.ts --replay ${file}\n`);
    process.exit(1);
  }
}

/** Recorded calls, and the vectors' bytes. */
function* seeds(): Generator<Uint8Array> {
  const sample = readFileSync(join(root, "policies/airline/sample.jsonl"), "utf8");
  for (const line of sample.trim().split("\n")) yield Buffer.from(line);
  for (const file of globSync(join(root, "vectors/*.json"))) {
    const { cases = [] } = JSON.parse(readFileSync(file, "utf8"));
    for (const { received } of cases) {
      if (typeof received === "string") yield Buffer.from(received, "base64");
    }
  }
}

/** Asking for coverage costs more than running an input, so most inputs share one question. */
const TOGETHER = 8;

function fuzz(seconds: number, random: Random): void {
  const corpus: Uint8Array[] = [];
  const begin = performance.now();
  let executions = 0;
  const attempt = (inputs: readonly Uint8Array[]): void => {
    inputs.forEach(executeOrReport);
    executions += inputs.length;
    const isNew = inputs.length === 1 ? coverage.newWay() : coverage.newBlock();
    if (isNew) corpus.push(...inputs);
  };
  const next = (): Uint8Array => {
    const recent = random.once(2) ? corpus.slice(-64) : corpus;
    const base = random.once(16) ? freshEnvelope(random) : random.pick(recent);
    return mutated(base, random, random.pick(corpus));
  };
  for (const bytes of seeds()) attempt([new Uint8Array(bytes)]);
  for (let i = 0; i < 200; i++) attempt([freshEnvelope(random)]);
  show("seeded", executions, corpus.length);
  let report = 1000;
  for (let elapsed = 0; elapsed < seconds * 1000; elapsed = performance.now() - begin) {
    attempt(random.once(3) ? [next()] : Array.from({ length: TOGETHER }, next));
    if (elapsed < report) continue;
    show(`${(elapsed / 1000).toFixed(0)} s`, executions, corpus.length);
    report *= 2;
  }
  show(`${seconds} s`, executions, corpus.length);
  const text = JSON.stringify(Buffer.from(slowest.bytes.subarray(0, 200)).toString());
  process.stdout.write(
    `no failure; slowest ${slowest.milliseconds.toFixed(2)} ms, ${slowest.bytes.length} bytes: ${text}\n`,
  );
}

function show(when: string, executions: number, corpus: number): void {
  const { blocks, ways } = coverage;
  process.stdout.write(
    `${when}: ${executions} executions, corpus ${corpus}, ${blocks} blocks, ${ways} ways\n`,
  );
}

if (values.replay === undefined) {
  process.stdout.write(`seed ${values.seed}\n`);
  fuzz(Number(values.seconds), new Random(Number(values.seed)));
} else {
  if (!existsSync(values.replay)) throw new Error(`give a file: there is no ${values.replay}`);
  execute(new Uint8Array(readFileSync(values.replay)));
  process.stdout.write("no failure\n");
}
