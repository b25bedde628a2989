// How long `writ policy diff` takes on many recorded inputs, beside `writ decide` on the same file.
// usage: node bench/policy-diff.ts [FILE.jsonl…] [--inputs 1000000] [--rounds 3]
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const root = join(import.meta.dirname, "..");
const airline = join(root, "policies", "airline");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    inputs: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "3" },
  },
});

const folder = mkdtempSync(join(tmpdir(), "writ-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** The given calls, or the sample's, again and again. */
function manyInputs(): string {
  const sources = positionals.length > 0 ? positionals : [join(airline, "sample.jsonl")];
  const calls = sources.map((path) => readFileSync(path, "utf8")).join("");
  const lines = calls.trimEnd().split("\n").length;
  const file = join(folder, "inputs.jsonl");
  const chunk = calls.repeat(Math.max(1, Math.floor(10_000 / lines)));
  const times = Math.ceil(Number(values.inputs) / chunk.trimEnd().split("\n").length);
  for (let i = 0; i < times; i++) writeFileSync(file, chunk, { flag: "a" });
  return file;
}

/** The airline policy with one rule loosened. */
function loosened(): string {
  const copy = join(folder, "loosened");
  cpSync(airline, copy, { recursive: true });
  const path = join(copy, "bundle.yaml");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace('cabin != "business"', 'cabin == "economy"'));
  return copy;
}

function seconds(...args: readonly string[]): number {
  const start = performance.now();
  const program = join(root, "packages", "cli", "bin", "writ.js");
  const run = spawnSync(process.execPath, [program, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (run.status !== 0 && run.status !== 1) throw new Error(String(run.stderr));
  return (performance.now() - start) / 1000;
}

function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
}

const file = manyInputs();
const next = loosened();
const rounds = Array.from({ length: Number(values.rounds) }, () => {
  const decide = seconds("decide", "--policy", airline, file);
  const diff = seconds("policy", "diff", airline, next, "--inputs", file);
  process.stdout.write(`decide ${decide.toFixed(1)} s   policy diff ${diff.toFixed(1)} s\n`);
  return diff / decide;
});
process.stdout.write(
  `policy diff / decide: ${median(rounds).toFixed(2)} (median of ${rounds.length})\n`,
);
