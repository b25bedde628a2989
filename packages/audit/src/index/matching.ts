import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Filter } from "./question.ts";
import { KIND_FIELDS, type KindField } from "./schema.ts";

/** The kinds of event that a filter takes, and how many events they have in all. */
export interface Matched {
  /** Whether every kind that occurs is taken, so that nothing need be compared. */
  readonly isAll: boolean;
  readonly events: number;
}

/** The values of a kind's fields. */
export type KindValues = Readonly<Record<KindField, string | null>>;

const MOST_KNOWN = 16_384;

/** Which kinds a filter takes, and what a kind's fields are. */
export class Kinds {
  readonly #database: DatabaseSync;
  readonly #word: StatementSync;
  readonly #count: StatementSync;
  readonly #values: StatementSync;
  readonly #known = new Map<number, KindValues>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec("CREATE TEMP TABLE matched (id INTEGER PRIMARY KEY) STRICT");
    this.#word = database.prepare("SELECT id FROM word WHERE text = ?");
    this.#count = database.prepare(
      `SELECT (SELECT count(*) FROM kind) = (SELECT count(*) FROM matched) AS isAll,
         (SELECT coalesce(sum(events), 0) FROM kind WHERE id IN (SELECT id FROM matched)) AS events`,
    );
    const columns = KIND_FIELDS.map((field) => `(SELECT text FROM word WHERE id = ${field})`);
    this.#values = database.prepare(`SELECT ${columns.join(", ")} FROM kind WHERE id = ?`);
    this.#values.setReturnArrays(true);
  }

  /** Puts the kinds that the filter takes into the temporary table `matched`. */
  match(fields: Filter["fields"]): Matched {
    const conditions: string[] = [];
    for (const field of KIND_FIELDS) {
      const values = fields[field];
      if (values === undefined) continue;
      // Numbers from our own table: nothing that was asked gets into the statement.
      const words = values.map((value) => this.#wordOf(value)).filter((id) => id !== undefined);
      conditions.push(`${field} IN (${words.join(", ")})`);
    }
    const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
    this.#database.exec(`DELETE FROM matched; INSERT INTO matched SELECT id FROM kind${where}`);
    const row = this.#count.get();
    return { isAll: row?.isAll === 1, events: Number(row?.events ?? 0) };
  }

  values(kind: number): KindValues {
    const known = this.#known.get(kind);
    if (known !== undefined) return known;
    const row: unknown = this.#values.get(kind);
    const texts = Array.isArray(row) ? row : [];
    const entries = KIND_FIELDS.map((field, at) => [field, textOrNull(texts[at])] as const);
    const made = Object.fromEntries(entries) as Record<KindField, string | null>;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(kind, made);
    return made;
  }

  #wordOf(value: string | null): number | undefined {
    if (value === null) return 0;
    const id = this.#word.get(value)?.id;
    return id === undefined ? undefined : Number(id);
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
