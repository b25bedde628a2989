import { DatabaseSync } from "node:sqlite";
import type { Tally } from "@writ/bucket/read/frame";
import type { DecisionId } from "@writ/contract/decision-id";
import { EventRows } from "./event-rows.ts";
import { type Facets, FieldTally, facetsOf } from "./facets.ts";
import { type FoundPage, findPage } from "./find.ts";
import { databasePath } from "./index-file.ts";
import { tallyOf } from "./index-writer.ts";
import { Kinds } from "./matching.ts";
import type { Filter, FindQuestion, HistogramQuestion } from "./question.ts";
import { QuestionPart } from "./question-part.ts";
import { isOurs, KIND_FIELDS, type KindField } from "./schema.ts";
import { type Bucket, histogram } from "./time-counts.ts";

/** What the whole log holds, at a glance. */
export interface Summary {
  /** Events indexed. */
  readonly size: number;
  readonly decisions: Readonly<Record<"ALLOW" | "REWRITE" | "BLOCK", number>>;
  readonly failed: number;
  /** Gateways and epochs that have a record. */
  readonly streams: number;
  /** Sequences below a stream's highest that have none. */
  readonly missing: number;
  /** Ranges that they make up. */
  readonly holes: number;
  /** Latest timestamp of any event; null if there is none. */
  readonly latest: string | null;
}

/** One gateway's attempts in one epoch. */
export interface Stream {
  readonly gateway: string;
  readonly epoch: number;
  readonly events: number;
  readonly highest: number;
  /** Sequences below the highest that have no record. */
  readonly missing: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
}

/** Attempts from … to of a gateway's epoch that left no record. */
export interface HoleRange {
  readonly gateway: string;
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
}

/** A kept tree head. */
export interface IndexedHead {
  readonly size: number;
  readonly root: Uint8Array;
  /** Of its last event, in milliseconds since 1970; null where there is none. */
  readonly time: number | null;
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
}

/** Values of a field that occur, the most frequent first. */
export type FieldValues = Readonly<
  Record<KindField, readonly { readonly value: string | null; readonly events: number }[]>
>;

/** Rows of a list in one answer, at most. */
export const MOST_LISTED = 1000;

/**
 * Answers questions from an index, reading only. Each answer is of one moment, takes a bounded
 * number of steps, and says nothing that the log has not published.
 *
 * The index is derived: what matters is taken from the log itself, by the index number found here.
 */
export class Search {
  readonly #database: DatabaseSync;
  readonly #kinds: Kinds;
  readonly #rows: EventRows;

  /** Opens the index in a folder that an open Follower keeps. Throws SQLite's error. */
  constructor(directory: string) {
    this.#database = new DatabaseSync(databasePath(directory), { readOnly: true });
    try {
      if (!isOurs(this.#database)) throw new Error("the index is of another version");
      this.#database.exec("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768");
      this.#kinds = new Kinds(this.#database);
      this.#rows = new EventRows(this.#database, this.#kinds);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }

  /** Throws QuestionRefused. */
  find(question: FindQuestion): FoundPage {
    return this.#atOnce(() => {
      const matched = this.#kinds.match(question.filter.fields);
      const part = new QuestionPart(question, matched);
      return findPage(this.#database, this.#rows, part, this.#size());
    });
  }

  histogram(question: HistogramQuestion): Bucket[] {
    return this.#atOnce(() =>
      histogram(this.#database, this.#kinds.match(question.filter.fields), question),
    );
  }

  /** How many of the events that the fields and times of a filter take have each value of each field. */
  facets({ fields, from, to }: Pick<Filter, "fields" | "from" | "to">): Facets {
    return this.#atOnce(() => {
      const size = this.#size();
      const matched = this.#kinds.match(fields);
      if (size > 0)
        return { size, ...facetsOf(this.#database, this.#kinds, matched, { from, to }) };
      return { size, earliest: null, latest: null, events: 0, fields: new FieldTally().fields() };
    });
  }

  summary(): Summary {
    return this.#atOnce(() => {
      const decisions = { ALLOW: 0, REWRITE: 0, BLOCK: 0 };
      let failed = 0;
      for (const [decision, status, events] of this.#rows.all(BY_OUTCOME)) {
        if (decision === "ALLOW" || decision === "REWRITE" || decision === "BLOCK") {
          decisions[decision] += Number(events);
        }
        if (status === "failed") failed += Number(events);
      }
      const [streams] = this.#rows.first("SELECT count(*) FROM stream");
      const [holes, missing] = this.#rows.first(
        "SELECT count(*), total(last - first + 1) FROM hole",
      );
      const [latest] = this.#rows.first("SELECT max(latest) FROM block");
      return {
        size: this.#size(),
        decisions,
        failed,
        streams: Number(streams),
        missing: Number(missing),
        holes: Number(holes),
        latest: typeof latest === "number" ? new Date(latest).toISOString() : null,
      };
    });
  }

  /** Streams that began before the event `before`, the last to begin first, at most `limit`. */
  streams(before: number, limit: number): Stream[] {
    return this.#rows.all(STREAMS, before, limit).map(([gateway, epoch, ...numbers]) => {
      const [events = 0, highest = 0, missing = 0, firstIndex = 0, lastIndex = 0] =
        numbers.map(Number);
      return {
        gateway: String(gateway),
        epoch: Number(epoch),
        events,
        highest,
        missing,
        firstIndex,
        lastIndex,
      };
    });
  }

  /** Holes by gateway, epoch and sequence, at most `limit`, from behind the one that begins with `after`. */
  holes(after: DecisionId | undefined, limit: number): HoleRange[] {
    return this.#atOnce(() => {
      const { gateway, epoch, sequence } = after ?? { gateway: "", epoch: 0, sequence: 0 };
      const own = this.#rows.all(HOLES_OF_STREAM, gateway, epoch, sequence, limit);
      const others = this.#rows.all(HOLES_OF_LATER, gateway, epoch, limit - own.length);
      return [...own, ...others].map(([gateway, epoch, from, to]) => ({
        gateway: String(gateway),
        epoch: Number(epoch),
        from: Number(from),
        to: Number(to),
      }));
    });
  }

  fields(): FieldValues {
    return this.#atOnce(() => {
      const values = KIND_FIELDS.map((field) => [
        field,
        this.#rows
          .all(
            `SELECT (SELECT text FROM word WHERE id = ${field}), sum(events) FROM kind
             GROUP BY ${field} ORDER BY 2 DESC LIMIT ${MOST_LISTED}`,
          )
          .map(([value, events]) => ({
            value: typeof value === "string" ? value : null,
            events: Number(events),
          })),
      ]);
      return Object.fromEntries(values) as FieldValues;
    });
  }

  /** What each writer has in the log. */
  tallies(): Map<string, Tally> {
    const rows = this.#database
      .prepare("SELECT name AS writer, epoch, submissions, entries, bytes FROM writer")
      .all();
    return new Map(rows.map((row) => [String(row.writer), tallyOf(row)]));
  }

  /** Kept heads from the largest below `before` down, at most `limit`. */
  heads(before: number, limit: number): IndexedHead[] {
    return this.#rows
      .all(`${HEADS} WHERE size < ? ORDER BY size DESC LIMIT ?`, before, limit)
      .map(headOf);
  }

  /** At most `points` heads: for each step of as many events, the last one up to there. */
  growth(points: number): IndexedHead[] {
    return this.#atOnce(() => {
      const size = this.#size();
      const found = new Map<number, IndexedHead>();
      for (let point = 1; point <= points; point++) {
        const upTo = Math.ceil((size * point) / points);
        const row = this.#rows.all(`${HEADS} WHERE size <= ? ORDER BY size DESC LIMIT 1`, upTo)[0];
        const head = row === undefined ? undefined : headOf(row);
        if (head !== undefined) found.set(head.size, head);
      }
      return [...found.values()];
    });
  }

  head(size: number): IndexedHead | undefined {
    const row = this.#rows.all(`${HEADS} WHERE size = ?`, size)[0];
    return row === undefined ? undefined : headOf(row);
  }

  /** Indices behind `after` of events of one whole trace_id, ascending, at most `limit`. */
  recordings(traceId: string, after: number, limit: number): number[] {
    const trace = Buffer.from(traceId, "hex");
    return this.#rows.all(BY_TRACE, trace, after, limit).map(([index]) => Number(index));
  }

  /** Index of the first event of this decision. */
  indexOf({ gateway, epoch, sequence }: DecisionId): number | undefined {
    const [index] = this.#rows.first(BY_DECISION, gateway, epoch, sequence);
    return typeof index === "number" ? index : undefined;
  }

  #size(): number {
    const [last] = this.#rows.first("SELECT max(idx) FROM event");
    return typeof last === "number" ? last + 1 : 0;
  }

  /** All statements of one answer see the index as it is at one moment. */
  #atOnce<T>(answer: () => T): T {
    this.#database.exec("BEGIN");
    try {
      return answer();
    } finally {
      this.#database.exec("COMMIT");
    }
  }
}

const BY_OUTCOME = `SELECT decision.text, status.text, sum(events) FROM kind
  JOIN word decision ON decision.id = kind.decision
  JOIN word status ON status.id = kind.status GROUP BY kind.decision, kind.status`;
const STREAMS = `SELECT gateway, epoch, events, highest,
    (SELECT total(last - first + 1) FROM hole WHERE stream = stream.id),
    first_index, last_index FROM stream WHERE first_index < ?1
  ORDER BY first_index DESC LIMIT ?2`;
const HOLES = "SELECT gateway, epoch, first, last FROM stream JOIN hole ON hole.stream = stream.id";
// Apart, so that each begins at its place in the tables' own order.
const HOLES_OF_STREAM = `${HOLES}
  WHERE gateway = ?1 AND epoch = ?2 AND first > ?3 ORDER BY first LIMIT ?4`;
const HOLES_OF_LATER = `${HOLES}
  WHERE (gateway, epoch) > (?1, ?2) ORDER BY gateway, epoch, first LIMIT ?3`;
const HEADS = `SELECT size, root, segment, offset, length,
  (SELECT time FROM event WHERE idx = head.size - 1) FROM head`;
const BY_TRACE = `SELECT idx FROM event
  WHERE substr(trace, 1, 6) = substr(?1, 1, 6) AND trace = ?1 AND idx > ?2 ORDER BY idx LIMIT ?3`;
const BY_DECISION = `SELECT min(idx) FROM event WHERE sequence = ?3
  AND stream = (SELECT id FROM stream WHERE gateway = ?1 AND epoch = ?2)`;

function headOf([size, root, segment, offset, length, time]: readonly unknown[]): IndexedHead {
  return {
    size: Number(size),
    root: root instanceof Uint8Array ? root : new Uint8Array(0),
    time: typeof time === "number" ? time : null,
    segment: Number(segment),
    offset: Number(offset),
    length: Number(length),
  };
}
