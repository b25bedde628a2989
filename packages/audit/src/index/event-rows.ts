import type { DatabaseSync, StatementSync } from "node:sqlite";
import { formatDecisionId } from "@writ/contract/decision-id";
import type { Kinds, KindValues } from "./matching.ts";

/** One event as the index knows it; the log alone has all of it. */
export interface Found extends KindValues {
  readonly index: number;
  readonly trace_id: string;
  readonly enforcement_decision_id: string;
  readonly timestamp: string;
}

export type Row = readonly (number | string | Uint8Array | null)[];
export type Bound = number | string | Uint8Array;

/** Columns that `EventRows.found` takes. */
export const ROW = "idx, kind, stream, sequence, time, trace";

/** Runs statements, each prepared once, and makes events of their rows. */
export class EventRows {
  readonly #database: DatabaseSync;
  readonly #kinds: Kinds;
  readonly #stream: StatementSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync, kinds: Kinds) {
    this.#database = database;
    this.#kinds = kinds;
    this.#stream = database.prepare("SELECT gateway, epoch FROM stream WHERE id = ?");
  }

  all(sql: string, ...values: readonly Bound[]): Row[] {
    return this.#statement(sql).all(...values) as unknown as Row[];
  }

  first(sql: string, ...values: readonly Bound[]): Row {
    return this.all(sql, ...values)[0] ?? [];
  }

  found([index, kind, stream, sequence, time, trace]: Row): Found {
    const { gateway, epoch } = this.#stream.get(Number(stream)) ?? {};
    return {
      index: Number(index),
      trace_id: trace instanceof Uint8Array ? Buffer.from(trace).toString("hex") : "",
      enforcement_decision_id: formatDecisionId(String(gateway), Number(epoch), Number(sequence)),
      timestamp: new Date(Number(time)).toISOString(),
      ...this.#kinds.values(Number(kind)),
    };
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const made = this.#database.prepare(sql);
    made.setReturnArrays(true);
    this.#statements.set(sql, made);
    return made;
  }
}
