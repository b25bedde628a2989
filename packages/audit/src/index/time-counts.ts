import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Matched } from "./matching.ts";
import type { HistogramQuestion } from "./question.ts";
import { ROLLUP_STEPS } from "./schema.ts";

/** The events of one bucket of time, by how they ended. */
export interface Bucket {
  /** Its first second, since 1970. */
  readonly at: number;
  readonly ALLOW: number;
  readonly REWRITE: number;
  readonly BLOCK: number;
  /** Those of them whose status is failed. */
  readonly failed: number;
}

type Counts = Record<"ALLOW" | "REWRITE" | "BLOCK" | "failed", number>;

/** Counts over time of the matched kinds; buckets without events are left out. */
export function histogram(
  database: DatabaseSync,
  matched: Matched,
  { filter: { from, to }, step }: HistogramQuestion,
): Bucket[] {
  const kept = ROLLUP_STEPS.findLast((width) => step % width === 0) ?? 1;
  const buckets = new Map<number, Counts>();
  for (const row of keptCounts(database, matched, kept).iterate(from / kept, to / kept)) {
    const at = Math.floor((Number(row.bucket) * kept) / step) * step;
    const counts = buckets.get(at) ?? { ALLOW: 0, REWRITE: 0, BLOCK: 0, failed: 0 };
    buckets.set(at, counts);
    for (const name of COUNTED) counts[name] += Number(row[name]);
  }
  return [...buckets].map(([at, counts]) => ({ at, ...counts }));
}

const COUNTED = ["ALLOW", "REWRITE", "BLOCK", "failed"] as const;

/** One row for each bucket that is kept, in the order of the table itself, so that nothing is sorted. */
function keptCounts(database: DatabaseSync, matched: Matched, step: number): StatementSync {
  const word = (text: string): string => `(SELECT id FROM word WHERE text = '${text}')`;
  const sums = COUNTED.map((name) => {
    const field = name === "failed" ? "status" : "decision";
    return `coalesce(sum(rollup.events * (kind.${field} = ${word(name)})), 0) AS "${name}"`;
  });
  return database.prepare(
    `SELECT bucket, ${sums.join(", ")} FROM rollup CROSS JOIN kind ON kind.id = rollup.kind
     WHERE step = ${step} AND bucket >= ? AND bucket < ? ${kindCondition(matched)}
     GROUP BY bucket`,
  );
}

/** How many events of the matched kinds are of these seconds: from the first on, before the second. */
export function countBetween(
  database: DatabaseSync,
  matched: Matched,
  from: number | undefined,
  to: number | undefined,
): number {
  const [earliest, end] = extremes(database);
  let count = 0;
  for (const { step, low, high } of wholeBuckets(from ?? earliest, Math.min(to ?? end, end))) {
    const sql = `SELECT coalesce(sum(events), 0) AS events FROM rollup
      WHERE step = ${step} AND bucket >= ? AND bucket < ? ${kindCondition(matched)}`;
    count += Number(database.prepare(sql).get(low / step, high / step)?.events);
  }
  return count;
}

function kindCondition({ isAll }: Matched): string {
  return isAll ? "" : "AND rollup.kind IN (SELECT id FROM matched)";
}

/** The first second that has an event, and the one behind the last; both 0 and 1 in an empty log. */
export function extremes(database: DatabaseSync): readonly [earliest: number, end: number] {
  const row = database.prepare("SELECT min(earliest) AS a, max(latest) AS b FROM block").get();
  return [Math.floor(Number(row?.a) / 1000), Math.floor(Number(row?.b) / 1000) + 1];
}

interface Range {
  readonly step: number;
  readonly low: number;
  readonly high: number;
}

/** Cuts [from, to) into whole hours, whole minutes and seconds, the widest in the middle. */
export function wholeBuckets(from: number, to: number): Range[] {
  return cut(from, to, ROLLUP_STEPS.toReversed());
}

function cut(from: number, to: number, steps: readonly number[]): Range[] {
  const [step, ...narrower] = steps;
  if (step === undefined || from >= to) return [];
  const low = Math.ceil(from / step) * step;
  const high = Math.floor(to / step) * step;
  if (low >= high) return cut(from, to, narrower);
  return [...cut(from, low, narrower), { step, low, high }, ...cut(high, to, narrower)];
}
