/**
 * What an identity costs: bytes → parsed, checked, normalized, hashed, beside the floor of
 * JSON.parse and SHA-256 of the same bytes. Interleaved rounds; the processor time of the process,
 * which other load on the machine disturbs less than the clock. Prints Markdown.
 *
 *   node bench/identity.ts [--quick] [FOLDER of recorded calls, *.jsonl]
 */
import { hash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { engineVersion, traceId } from "@writ/contract/identity";
import { jsonFrom } from "@writ/contract/jcs";
import { JsonObject } from "@writ/contract/json";
import { compileShape, type Shape } from "@writ/contract/shape";
import { parseStrictJson } from "@writ/contract/strict-json";

interface Call {
  readonly category: string;
  readonly bytes: Uint8Array;
  readonly shape: Shape;
}

const VERSION = engineVersion("0".repeat(64));
const ROUNDS = 61;
const decoder = new TextDecoder();

/** The tightest closed shape that all the samples have; every property optional. */
function describe(samples: readonly unknown[]): object {
  const present = samples.filter((sample) => sample !== null && sample !== undefined);
  const type = (name: string): unknown => (present.length < samples.length ? [name, "null"] : name);
  const [first] = present;
  if (first === undefined) return { type: "null" };
  if (Array.isArray(first)) return { type: type("array"), items: describe(present.flat()) };
  if (typeof first === "number") {
    return { type: type(present.every(Number.isSafeInteger) ? "integer" : "number") };
  }
  if (typeof first !== "object") return { type: type(typeof first) };
  const members = present.map((sample) => new Map(Object.entries(sample ?? {})));
  const names = new Set(members.flatMap((member) => [...member.keys()]));
  const properties: Record<string, object> = {};
  for (const name of names) properties[name] = describe(members.map((member) => member.get(name)));
  return { type: type("object"), additionalProperties: false, properties };
}

function shapeOf(inputs: readonly unknown[]): Shape {
  const compiled = compileShape(jsonFrom(describe(inputs)), undefined);
  if ("faults" in compiled) throw new Error(JSON.stringify(compiled.faults));
  return compiled.shape;
}

function recordedCalls(folder: string): Call[] {
  const lines = readdirSync(folder)
    .filter((file) => file.endsWith(".jsonl"))
    .flatMap((file) => readFileSync(join(folder, file), "utf8").trim().split("\n"))
    .map((line): { category: string; input?: unknown } => JSON.parse(line))
    .filter(({ input }) => typeof input === "object" && input !== null && !Array.isArray(input));
  const byCategory = Map.groupBy(lines, ({ category }) => category);
  const shapes = new Map(
    [...byCategory].map(([category, calls]) => [
      category,
      shapeOf(calls.map(({ input }) => input)),
    ]),
  );
  const calls = lines.map(({ category, input }) => {
    const shape = shapes.get(category);
    if (shape === undefined) throw new Error(category);
    return { category, shape, bytes: new TextEncoder().encode(JSON.stringify(input)) };
  });
  // A sample holds inputs that are meant to be refused.
  return calls.filter(({ shape, bytes }) => shape.normalize(inputOf(bytes)).ok);
}

/** One input of about 100 KiB: an order of many lines, texts in ASCII or in several scripts. */
function largeCall(words: readonly string[]): Call {
  const line = (i: number): object => ({
    sku: `SKU-${(i * 7919) % 100_000}`,
    title: Array.from({ length: 4 }, (_, k) => words[(i * 5 + k * 3) % words.length]).join(" "),
    quantity: (i % 9) + 1,
    price: ((i * 37) % 10_000) / 100,
    tags: [words[i % words.length], words[(i + 4) % words.length]],
    gift: i % 3 === 0,
    note: i % 4 === 0 ? `${words[(i + 2) % words.length]}, please "wrap" it\n` : null,
  });
  const lines: object[] = [];
  const encoder = new TextEncoder();
  let size = 0;
  while (size < 100 * 1024) {
    lines.push(line(lines.length));
    size += encoder.encode(JSON.stringify(lines.at(-1))).length + 1;
  }
  const input = { tool: "order", customer: "mia_li_3668", lines };
  return {
    category: "order",
    shape: shapeOf([input]),
    bytes: encoder.encode(JSON.stringify(input)),
  };
}

/** What each step adds up to, so that a sum can be taken apart. */
const STEPS: readonly { name: string; run: (call: Call) => unknown }[] = [
  {
    name: "floor: JSON.parse + SHA-256",
    run: ({ bytes }) => [JSON.parse(decoder.decode(bytes)), hash("sha256", bytes, "hex")],
  },
  { name: "of it SHA-256", run: ({ bytes }) => hash("sha256", bytes, "hex") },
  { name: "identity", run: identify },
  { name: "of it strict parse", run: ({ bytes }) => parseStrictJson(bytes) },
  {
    name: "strict parse + normal form",
    run: ({ bytes, shape }) => shape.normalize(inputOf(bytes)),
  },
];

function inputOf(bytes: Uint8Array): JsonObject {
  const input = parseStrictJson(bytes);
  if (!(input instanceof JsonObject)) throw new Error("no object");
  return input;
}

function identify({ bytes, shape, category }: Call): string {
  const normalized = shape.normalize(inputOf(bytes));
  if (!normalized.ok) throw new Error(normalized.refusal);
  return traceId(normalized.form, category, VERSION);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Microseconds of processor time for one call. */
function timeOf(run: (call: Call) => unknown, calls: readonly Call[], repeats: number): number {
  const before = process.cpuUsage();
  for (let i = 0; i < repeats; i++) for (const call of calls) run(call);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / repeats / calls.length;
}

function measure(title: string, calls: readonly Call[], repeats: number): void {
  const times = STEPS.map((): number[] => []);
  const rounds = process.argv.includes("--quick") ? 5 : ROUNDS;
  for (let round = -15; round < rounds; round++) {
    STEPS.forEach(({ run }, step) => {
      const time = timeOf(run, calls, repeats);
      if (round >= 0) times[step]?.push(time);
    });
  }
  const bytes = calls.reduce((sum, call) => sum + call.bytes.length, 0) / calls.length;
  process.stdout.write(`\n${title}: ${calls.length} of ${bytes.toFixed(0)} bytes on average\n\n`);
  process.stdout.write("| step | µs | of the floor |\n|---|---:|---:|\n");
  const floor = times[0] ?? [];
  STEPS.forEach(({ name }, step) => {
    const own = times[step] ?? [];
    const ratio = median(own.map((time, round) => time / (floor[round] ?? Number.NaN)));
    process.stdout.write(`| ${name} | ${median(own).toFixed(2)} | ${ratio.toFixed(2)}× |\n`);
  });
}

const given = process.argv.slice(2).find((argument) => !argument.startsWith("--"));
const folder = given ?? join(import.meta.dirname, "../policies/airline");
measure("recorded calls", recordedCalls(folder), given === undefined ? 16 : 2);
const ascii = ["Lamp", "table", "GREEN", "chair", "Wool", "paper", "iron", "Glass", "oak"];
const scripts = ["Лампа", "table", "ΠΡΑΣΙΝΟ", "椅子", "Wolle", "Größe", "железо", "Glas", "дуб"];
measure("100 KiB, ASCII", [largeCall(ascii)], 4);
measure("100 KiB, several scripts", [largeCall(scripts)], 4);
