import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { IndexRow } from "./index-row.ts";
import { KIND_FIELDS } from "./schema.ts";

/** Beyond so many, what is known is forgotten and looked up again: memory does not follow the log. */
const MOST_KNOWN = 65_536;

/** Gives strings, kinds and streams their numbers, as the index is written. */
export class Names {
  readonly #words: Numbers;
  readonly #kinds = new Map<string, number>();
  readonly #findKind: StatementSync;
  readonly #addKind: StatementSync;
  readonly #streams = new Map<string, number>();
  readonly #findStream: StatementSync;
  readonly #addStream: StatementSync;

  constructor(database: DatabaseSync) {
    this.#words = new Numbers(
      database.prepare("SELECT id FROM word WHERE text = ?"),
      database.prepare("INSERT INTO word (text) VALUES (?)"),
    );
    const fields = KIND_FIELDS.join(", ");
    const match = KIND_FIELDS.map((field) => `${field} = ?`).join(" AND ");
    this.#findKind = database.prepare(`SELECT id FROM kind WHERE ${match}`);
    const places = KIND_FIELDS.map(() => "?").join(", ");
    this.#addKind = database.prepare(`INSERT INTO kind (${fields}, events) VALUES (${places}, 0)`);
    this.#findStream = database.prepare("SELECT id FROM stream WHERE gateway = ? AND epoch = ?");
    this.#addStream = database.prepare(
      "INSERT INTO stream (gateway, epoch, events, highest, first_index, last_index) VALUES (?, ?, 0, 0, ?, ?)",
    );
  }

  /** What a transaction that was rolled back had given numbers to has none. */
  forget(): void {
    this.#words.forget();
    this.#kinds.clear();
    this.#streams.clear();
  }

  kind(kind: IndexRow["kind"]): number {
    const values = KIND_FIELDS.map((field) => kind[field]);
    // Names have no control characters in common use; a length before each keeps any two apart.
    const key = values.map((value) => (value === null ? "-" : `${value.length}:${value}`)).join("");
    const known = this.#kinds.get(key);
    if (known !== undefined) return known;
    const words = values.map((value) => (value === null ? 0 : this.#words.of(value)));
    const found = this.#findKind.get(...words)?.id ?? this.#addKind.run(...words).lastInsertRowid;
    return keep(this.#kinds, key, Number(found));
  }

  stream(gateway: string, epoch: number, firstIndex: number): number {
    const key = `${gateway}.${epoch}`;
    const known = this.#streams.get(key);
    if (known !== undefined) return known;
    const found =
      this.#findStream.get(gateway, epoch)?.id ??
      this.#addStream.run(gateway, epoch, firstIndex, firstIndex).lastInsertRowid;
    return keep(this.#streams, key, Number(found));
  }
}

class Numbers {
  readonly #find: StatementSync;
  readonly #add: StatementSync;
  readonly #known = new Map<string, number>();

  constructor(find: StatementSync, add: StatementSync) {
    this.#find = find;
    this.#add = add;
  }

  of(text: string): number {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const found = this.#find.get(text)?.id ?? this.#add.run(text).lastInsertRowid;
    return keep(this.#known, text, Number(found));
  }

  forget(): void {
    this.#known.clear();
  }
}

function keep(known: Map<string, number>, key: string, value: number): number {
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, value);
  return value;
}
