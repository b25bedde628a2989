import type { DatabaseSync } from "node:sqlite";
import type { Kinds, KindValues, Matched } from "./matching.ts";
import type { Filter } from "./question.ts";
import { KIND_FIELDS, type KindField } from "./schema.ts";
import { extremes, wholeBuckets } from "./time-counts.ts";

/** How many events have each value of each field, the most frequent value first. */
export type FieldCounts = Readonly<
  Record<KindField, readonly { readonly value: string | null; readonly events: number }[]>
>;

/** What a filter takes, by each field. */
export interface Facets {
  /** Events indexed when this was answered. */
  readonly size: number;
  /** First and last second that any event of the log has, since 1970; null in an empty log. */
  readonly earliest: number | null;
  readonly latest: number | null;
  /** Events that the filter takes. */
  readonly events: number;
  readonly fields: FieldCounts;
}

/** Adds up how often each value of each field occurs. */
export class FieldTally {
  readonly #counts = new Map(
    KIND_FIELDS.map((field) => [field, new Map<string | null, number>()] as const),
  );
  #events = 0;

  get events(): number {
    return this.#events;
  }

  add(kind: KindValues, events: number): void {
    this.#events += events;
    for (const field of KIND_FIELDS) this.#raise(field, kind[field], events);
  }

  /** Adds what was counted elsewhere. */
  addAll(events: number, fields: FieldCounts): void {
    this.#events += events;
    for (const field of KIND_FIELDS) {
      for (const { value, events } of fields[field]) this.#raise(field, value, events);
    }
  }

  fields(): FieldCounts {
    const counted: Partial<Record<KindField, FieldCounts[KindField]>> = {};
    for (const [field, values] of this.#counts) {
      const rows = [...values].map(([value, events]) => ({ value, events }));
      counted[field] = rows.sort((a, b) => b.events - a.events || order(a.value, b.value));
    }
    return counted as FieldCounts;
  }

  #raise(field: KindField, value: string | null, events: number): void {
    const values = this.#counts.get(field);
    values?.set(value, (values.get(value) ?? 0) + events);
  }
}

/** Counts the matched kinds from counts that are kept: no event is read. */
export function facetsOf(
  database: DatabaseSync,
  kinds: Kinds,
  { isAll }: Matched,
  { from, to }: Pick<Filter, "from" | "to">,
): Omit<Facets, "size"> {
  const [earliest, end] = extremes(database);
  const tally = new FieldTally();
  const add = (sql: string, ...values: number[]): void => {
    for (const row of database.prepare(sql).all(...values)) {
      tally.add(kinds.values(Number(row.kind)), Number(row.events));
    }
  };
  const matched = (column: string): string =>
    isAll ? "" : ` AND ${column} IN (SELECT id FROM matched)`;
  if (from === undefined && to === undefined) {
    add(`SELECT id AS kind, events FROM kind WHERE events > 0${matched("id")}`);
  } else {
    for (const { step, low, high } of wholeBuckets(from ?? earliest, Math.min(to ?? end, end))) {
      const sql = `SELECT kind, sum(events) AS events FROM rollup
        WHERE step = ${step} AND bucket >= ? AND bucket < ?${matched("kind")} GROUP BY kind`;
      add(sql, low / step, high / step);
    }
  }
  return { earliest, latest: end - 1, events: tally.events, fields: tally.fields() };
}

function order(a: string | null, b: string | null): number {
  if (a === b) return 0;
  return a === null || (b !== null && a < b) ? -1 : 1;
}
