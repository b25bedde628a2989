import type { HeadFacts } from "@writ/audit/ledger/source";
import type { Statistics } from "@writ/audit/ledger/statistics";
import { decisionWord, failedWord, heading, quiet, warning } from "./outcome-mark.ts";
import { harmless } from "./terminal-text.ts";
import { ageInWords } from "./time-words.ts";

export interface Told {
  readonly statistics: Statistics;
  readonly facts: HeadFacts;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Rows of one field that are shown, and lists that may be longer. */
const MOST_ROWS = 12;

const FIELDS = [
  ["action_type", "action type"],
  ["reason_code", "reason"],
  ["caller", "caller"],
  ["adapter_name", "adapter"],
  ["engine_version", "engine version"],
  ["writer", "writer"],
] as const;

const DECISIONS = ["ALLOW", "REWRITE", "BLOCK"] as const;

/** What a ledger holds, for a person: the outcomes first, then where they come from, then what is missing. */
export function statisticsInWords(told: Told): string {
  const { statistics } = told;
  const blocks = [
    headLines(told),
    outcomeLines(statistics),
    ...FIELDS.map(([field, title]) => fieldLines(statistics, field, title)),
    timeLines(statistics),
    streamLines(statistics),
    holeLines(statistics),
  ];
  const texts = blocks.map((lines) => lines.map((line) => line.trimEnd()).join("\n"));
  return texts.filter((text) => text !== "").join("\n\n");
}

function headLines({ statistics: { head, indexed, events }, facts, now }: Told): string[] {
  const { publishedAt, cosigners } = facts;
  const since = publishedAt === undefined ? undefined : `${ageInWords(now - publishedAt)} ago`;
  const by = publishedAt === undefined ? "" : `, ${since} (${new Date(publishedAt).toISOString()})`;
  return [
    heading(harmless(head.origin)),
    `checkpoint   ${head.size} events${by}`,
    ...(cosigners.length === 0 ? ["cosigned by  nobody that is known here"] : []),
    ...cosigners.map(({ name, size, time, isChecked }) => {
      const how = isChecked ? "" : ", by the audit process's word";
      return `cosigned by  ${harmless(name)}: ${size} events, ${ageInWords(now - time * 1000)} ago${how}`;
    }),
    quiet(
      `counted      ${events} of them: ${indexed} looked up in the search index, ${head.size - indexed} read`,
    ),
  ];
}

function outcomeLines({ events, fields }: Statistics): string[] {
  const count = (rows: Statistics["fields"]["decision"], value: string): number =>
    rows.find((row) => row.value === value)?.events ?? 0;
  const row = (word: string, plain: string, number: number): string =>
    `  ${word}${"".padEnd(Math.max(0, 14 - plain.length))}${String(number).padStart(10)}  ${percent(number, events).padStart(6)}`;
  return [
    heading("outcome"),
    ...DECISIONS.map((decision) =>
      row(decisionWord(decision), `x ${decision}`, count(fields.decision, decision)),
    ),
    row(failedWord(), "x failed", count(fields.status, "failed")),
  ];
}

function fieldLines(
  { events, fields }: Statistics,
  field: (typeof FIELDS)[number][0],
  title: string,
): string[] {
  if (fields[field].length === 0) return [];
  const rows = fields[field].slice(0, MOST_ROWS);
  const names = rows.map(({ value }) => (value === null ? "(none)" : harmless(value)));
  const width = Math.max(14, ...names.map((name) => name.length));
  const left = fields[field].length - rows.length;
  return [
    heading(title),
    ...rows.map(
      ({ events: number }, at) =>
        `  ${(names[at] ?? "").padEnd(width)}${String(number).padStart(10)}  ${percent(number, events).padStart(6)}`,
    ),
    ...(left > 0 ? [`  and ${left} more: --json has all`] : []),
  ];
}

const BAR = 30;

function timeLines({ buckets, step }: Statistics): string[] {
  if (buckets.length === 0) return [];
  const shown = buckets.slice(-2 * MOST_ROWS);
  const totals = shown.map(({ ALLOW, REWRITE, BLOCK }) => ALLOW + REWRITE + BLOCK);
  const most = Math.max(1, ...totals);
  return [
    heading(`over time, each ${ageInWords(step * 1000)}, by the gateways' clocks`),
    `  ${"from".padEnd(20)}${DECISIONS.map((word) => word.padStart(9)).join("")}${"failed".padStart(9)}${"per second".padStart(12)}`,
    ...shown.map((bucket, at) => {
      const total = totals[at] ?? 0;
      const numbers = [...DECISIONS, "failed" as const].map((of) => String(bucket[of]).padStart(9));
      const bar = "▇".repeat(Math.ceil((BAR * total) / most));
      const from = new Date(bucket.at * 1000).toISOString().replace(".000Z", "Z");
      return `  ${from}${numbers.join("")}${rate(total / step).padStart(12)}  ${quiet(bar)}`;
    }),
    ...(shown.length < buckets.length ? [`  and ${buckets.length - shown.length} before`] : []),
  ];
}

function streamLines({ streams }: Statistics): string[] {
  if (streams.length === 0) return [];
  const rows = streams.slice(0, MOST_ROWS).map(({ gateway, ...numbers }) => {
    return [gateway, ...COLUMNS.map((column) => String(numbers[column]))];
  });
  const table = [["gateway", ...COLUMNS], ...rows];
  const widths = ["gateway", ...COLUMNS].map((_, at) =>
    Math.max(...table.map((row) => row[at]?.length ?? 0)),
  );
  return [
    heading("writers and their epochs, the last to begin first"),
    ...table.map((row) => `  ${row.map((cell, at) => cell.padStart(widths[at] ?? 0)).join("  ")}`),
    ...(streams.length > MOST_ROWS ? [`  and ${streams.length - MOST_ROWS} before`] : []),
  ];
}

const COLUMNS = ["epoch", "events", "highest", "missing"] as const;

function holeLines({ holes }: Statistics): string[] {
  if (holes.length === 0) {
    return ["no hole: every attempt below the highest of its epoch has its record"];
  }
  const missing = holes.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  const ranges = holes.length === 1 ? "1 hole" : `${holes.length} holes`;
  return [
    warning(`${ranges}: ${missing} ${missing === 1 ? "attempt" : "attempts"} left no record`),
    ...holes.slice(0, MOST_ROWS).map((hole) => `  ${holeInWords(hole)}`),
    ...(holes.length > MOST_ROWS ? [`  and ${holes.length - MOST_ROWS} more: --json has all`] : []),
  ];
}

export function holeInWords({ gateway, epoch, from, to }: Statistics["holes"][number]): string {
  const range = from === to ? `attempt ${from}` : `attempts ${from} to ${to}`;
  return `${range} of ${gateway}.${epoch}`;
}

function rate(perSecond: number): string {
  return perSecond.toFixed(perSecond < 10 ? 2 : 0);
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "" : `${((100 * part) / whole).toFixed(1)} %`;
}
