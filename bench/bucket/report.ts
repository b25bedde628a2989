import { type Figure, figureOf, ratio } from "./figures.ts";
import type { Series, Slice } from "./rounds.ts";
import { SYSTEMS } from "./systems.ts";

const rateOf = ({ rate }: Slice): number => rate;
const p99Of = ({ p99 }: Slice): number => p99;

/** What the project wants of its own row, and what came of it. */
interface Goal {
  readonly text: string;
  readonly pair: readonly [string, string];
  readonly field: (slice: Slice) => number;
  readonly unit: string;
  readonly isReached: (value: number) => boolean;
}

const IN_FLIGHT = 256;
const GOALS: readonly Goal[] = [
  {
    text: "at least 80 % of the ceiling's appends",
    pair: ["writ", "ceiling"],
    field: rateOf,
    unit: "times the ceiling",
    isReached: (value) => value >= 0.8,
  },
  {
    text: "at least 10 times PostgreSQL's appends",
    pair: ["writ", "postgres"],
    field: rateOf,
    unit: "times PostgreSQL",
    isReached: (value) => value >= 10,
  },
  {
    text: "p99 at most twice the ceiling's",
    pair: ["writ", "ceiling"],
    field: p99Of,
    unit: "times the ceiling's",
    isReached: (value) => value <= 2,
  },
];

const COLUMNS: readonly string[] = [
  "",
  "appends/s",
  "of ceiling",
  "p50 ms",
  "p99 ms",
  "p99 of ceiling",
  "events a batch",
  "µs server",
  "µs client",
];

/** A row of cells for each system, in the order of the table. */
export function rows(all: readonly Series[], inFlight: number): readonly (readonly string[])[] {
  return all
    .filter((one) => one.inFlight === inFlight)
    .map((one) => cells(figureOf(one), all, one.system));
}

function cells(figure: Figure, all: readonly Series[], name: string): readonly string[] {
  const { inFlight, rate, p50, p99, batch, serverMicros, clientMicros } = figure;
  const title = SYSTEMS.find((system) => system.name === name)?.title ?? name;
  const toCeiling = (field: (slice: Slice) => number): string =>
    orDash(ratio(all, [name, "ceiling"], inFlight, field)?.median, 2);
  return [
    title,
    grouped(rate),
    toCeiling(rateOf),
    p50.toFixed(2),
    p99.toFixed(2),
    toCeiling(p99Of),
    orDash(batch, batch !== null && batch < 10 ? 1 : 0),
    orDash(serverMicros, 1),
    clientMicros.toFixed(1),
  ];
}

function orDash(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined ? "–" : value.toFixed(digits);
}

function grouped(value: number): string {
  return value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** The same cells for a terminal. */
export function textTable(all: readonly Series[], inFlight: number): string {
  const lines = [COLUMNS.with(0, `${inFlight} in flight`), ...rows(all, inFlight)];
  const widths = COLUMNS.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  const padded = lines.map((line) =>
    line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))),
  );
  return padded.map((line) => `${line.join("  ")}\n`).join("");
}

/** The same cells for a page. */
export function markdownTable(all: readonly Series[], inFlight: number): string {
  const rule = COLUMNS.map((_, i) => (i === 0 ? "---" : "---:"));
  const lines = [COLUMNS.with(0, `${inFlight} in flight`), rule, ...rows(all, inFlight)];
  return lines.map((line) => `| ${line.join(" | ")} |\n`).join("");
}

/** A line for each goal: reached or not, and by how much. */
export function goalLines(all: readonly Series[]): readonly string[] {
  return GOALS.map(({ text, pair, field, unit, isReached }) => {
    const value = ratio(all, pair, IN_FLIGHT, field);
    const goal = `${text} at ${IN_FLIGHT} in flight`;
    if (value === undefined) return `${goal}: not measured in this run`;
    const verdict = isReached(value.median) ? "reached" : "not reached";
    const range = `${value.least.toFixed(2)}–${value.most.toFixed(2)} in single rounds`;
    return `${goal}: ${verdict}, ${value.median.toFixed(2)} ${unit} (${range})`;
  });
}
