import { median } from "../bucket/figures.ts";
import { medianOf, type Series, type Slice } from "./rounds.ts";

/** What the project wants of its rows, and what came of it. */
interface Goal {
  readonly text: string;
  /** Whose figure, beside whose; null for a goal that is a number of its own. */
  readonly pair: readonly [string, string | null];
  readonly field: (slice: Slice) => number;
  readonly unit: string;
  readonly isReached: (value: number) => boolean;
}

const rateOf = ({ rate }: Slice): number => rate;
const p99Of = ({ p99 }: Slice): number => p99;

/** Of how many processors all that took part used all time, the load generator with them. */
const busyOf = ({ rate, cpuMicros, loadMicros }: Slice): number =>
  (rate * (cpuMicros + loadMicros)) / 1e6;

const GOALS: readonly Goal[] = [
  {
    text: "at least 90 % of the bare Fastify echo's requests",
    pair: ["writ", "fastify"],
    field: rateOf,
    unit: "times Fastify's",
    isReached: (value) => value >= 0.9,
  },
  {
    text: "at least 70 % of the bare node:http echo's requests",
    pair: ["writ", "node"],
    field: rateOf,
    unit: "times node:http's",
    isReached: (value) => value >= 0.7,
  },
  {
    text: "p99 at most three times the bare Fastify echo's",
    pair: ["writ", "fastify"],
    field: p99Of,
    unit: "times Fastify's",
    isReached: (value) => value <= 3,
  },
  {
    text: "p99 at most three times the bare node:http echo's",
    pair: ["writ", "node"],
    field: p99Of,
    unit: "times node:http's",
    isReached: (value) => value <= 3,
  },
  {
    text: "as lines of NDJSON at least four times as many as one by one",
    pair: ["writ-ndjson", "writ"],
    field: rateOf,
    unit: "times the single form's",
    isReached: (value) => value >= 4,
  },
  {
    text: "in process at least 40,000 durable attempts a second",
    pair: ["in-process", null],
    field: rateOf,
    unit: "a second",
    isReached: (value) => value >= 40_000,
  },
];

const COLUMNS: readonly string[] = [
  "",
  "decisions/s",
  "of Fastify",
  "p50 ms",
  "p99 ms",
  "p99 of Fastify",
  "µs CPU a decision",
  "processors busy",
];

interface Range {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** One series' figure over another's, each ratio of one round; or the figure itself. */
function rangeOf(
  all: readonly Series[],
  [name, base]: Goal["pair"],
  field: (slice: Slice) => number,
): Range | undefined {
  const own = all.find((one) => one.name === name);
  const other = all.find((one) => one.name === base);
  if (own === undefined || (base !== null && other === undefined)) return undefined;
  const values = own.slices.map((slice, round) => {
    const paired = other?.slices[round];
    return paired === undefined ? field(slice) : field(slice) / field(paired);
  });
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

function cells(all: readonly Series[], one: Series): readonly string[] {
  const toFastify = (field: (slice: Slice) => number): string =>
    rangeOf(all, [one.name, "fastify"], field)?.median.toFixed(2) ?? "–";
  const parts = one.slices[0]?.cpuParts.map((_, i) =>
    medianOf(one, ({ cpuParts }) => cpuParts[i] ?? Number.NaN).toFixed(0),
  );
  const cpu = medianOf(one, ({ cpuMicros }) => cpuMicros).toFixed(0);
  return [
    one.title,
    medianOf(one, rateOf)
      .toFixed(0)
      .replace(/\B(?=(\d{3})+$)/g, ","),
    toFastify(rateOf),
    medianOf(one, ({ p50 }) => p50).toFixed(2),
    medianOf(one, p99Of).toFixed(2),
    toFastify(p99Of),
    parts !== undefined && parts.length > 1 ? `${cpu} (${parts.join(" + ")})` : cpu,
    medianOf(one, busyOf).toFixed(2),
  ];
}

export function textTable(all: readonly Series[]): string {
  const lines = [COLUMNS, ...all.map((one) => cells(all, one))];
  const widths = COLUMNS.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  const padded = lines.map((line) =>
    line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))),
  );
  return padded.map((line) => `${line.join("  ")}\n`).join("");
}

export function markdownTable(all: readonly Series[]): string {
  const rule = COLUMNS.map((_, i) => (i === 0 ? "---" : "---:"));
  const lines = [COLUMNS, rule, ...all.map((one) => cells(all, one))];
  return lines.map((line) => `| ${line.join(" | ")} |\n`).join("");
}

/** A line for each goal: reached or not, and by how much. */
export function goalLines(all: readonly Series[]): readonly string[] {
  return GOALS.map(({ text, pair, field, unit, isReached }) => {
    const range = rangeOf(all, pair, field);
    if (range === undefined) return `${text}: not measured in this run`;
    const digits = pair[1] === null ? 0 : 2;
    const of = (value: number): string => value.toFixed(digits);
    const verdict = isReached(range.median) ? "reached" : "not reached";
    const single = `${of(range.least)}–${of(range.most)} in single rounds`;
    return `${text}: ${verdict}, ${of(range.median)} ${unit} (${single})`;
  });
}

/** What the goals run into, in this run's own figures; processor time, which waits for nobody. */
export function boundLines(all: readonly Series[]): readonly string[] {
  const [writ, unrecorded, node, fastify, lines, program] = [
    "writ",
    "writ-unrecorded",
    "node",
    "fastify",
    "writ-ndjson",
    "in-process",
  ].map((name) => all.find((one) => one.name === name));
  const found: string[] = [];
  if (writ !== undefined) {
    const [gateway = Number.NaN, bucket = Number.NaN] = [0, 1].map((i) =>
      medianOf(writ, ({ cpuParts }) => cpuParts[i] ?? Number.NaN),
    );
    const load = medianOf(writ, ({ loadMicros }) => loadMicros);
    found.push(...threadLines(gateway, node, fastify, unrecorded));
    const parts = `gateway ${whole(gateway)}, Bucket ${whole(bucket)}, load generator ${whole(load)}`;
    found.push(`one by one: ${parts} µs a decision; ${mostLine(gateway + bucket + load)}`);
  }
  for (const one of [lines, program]) {
    if (one === undefined) continue;
    const micros = medianOf(one, ({ cpuMicros, loadMicros }) => cpuMicros + loadMicros);
    found.push(`${one.title}: ${whole(micros)} µs a decision, all told; ${mostLine(micros)}`);
  }
  return found;
}

/** What of the gateway's one thread goes where. */
function threadLines(
  gateway: number,
  node: Series | undefined,
  fastify: Series | undefined,
  unrecorded: Series | undefined,
): readonly string[] {
  if (node === undefined || fastify === undefined || unrecorded === undefined) return [];
  const [http, echo, alone] = [node, fastify, unrecorded].map((one) =>
    medianOf(one, ({ cpuMicros }) => cpuMicros),
  ) as [number, number, number];
  const most = (thread: number): string => (echo / thread).toFixed(2);
  return [
    `the gateway's thread: ${whole(gateway)} µs a decision. node:http's echo alone takes ${whole(http)}; the other ${whole(gateway - http)} read strictly, decide, make the record and hand it to the Bucket. Where an append is answered at once it takes ${whole(alone)}: then no answers wait for one sync and leave together`,
    `Fastify's echo takes ${whole(echo)} on its one thread, so one gateway reaches at most ${most(gateway)} times its rate`,
  ];
}

function whole(micros: number): string {
  return micros.toFixed(0);
}

function mostLine(micros: number): string {
  return `two processors do at most ${(2e3 / micros).toFixed(1)} thousand a second`;
}
