import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type FrameSubmission, type Tally, tally } from "@writ/bucket/read/frame";
import type { LocatedFrame, LogPosition } from "@writ/bucket/read/frames-from";
import type { Event } from "@writ/contract/event";
import { Frontier } from "@writ/tlog/tree";
import { Counts } from "./counts.ts";
import { Holes } from "./holes.ts";
import { indexRow } from "./index-row.ts";
import { Names } from "./names.ts";

/** How far an index goes. */
export interface Extent {
  readonly origin: string;
  /** The tree over the events indexed. */
  readonly frontier: Frontier;
  /** Where the next frame is. */
  readonly position: LogPosition;
  /** Bytes of the log read so far. */
  readonly bytes: number;
}

/** Writes chunks of frames into the index's tables, each in one transaction. */
export class IndexWriter {
  readonly #database: DatabaseSync;
  readonly #names: Names;
  readonly #counts: Counts;
  readonly #holes: Holes;
  readonly #addEvent: StatementSync;
  readonly #addHead: StatementSync;
  readonly #findWriter: StatementSync;
  readonly #putWriter: StatementSync;
  readonly #putExtent: StatementSync;
  #events = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#names = new Names(database);
    this.#counts = new Counts(database);
    this.#holes = new Holes(database);
    this.#addEvent = database.prepare(
      "INSERT INTO event (idx, kind, stream, sequence, time, trace) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.#addHead = database.prepare(
      "INSERT INTO head (size, root, segment, offset, length) VALUES (?, ?, ?, ?, ?)",
    );
    this.#findWriter = database.prepare(
      "SELECT name AS writer, epoch, submissions, entries, bytes FROM writer WHERE name = ?",
    );
    this.#putWriter = database.prepare(
      "INSERT OR REPLACE INTO writer (name, epoch, submissions, entries, bytes) VALUES (?, ?, ?, ?, ?)",
    );
    this.#putExtent = database.prepare(
      "INSERT OR REPLACE INTO extent (id, origin, frontier, segment, offset, bytes) VALUES (1, ?, ?, ?, ?, ?)",
    );
  }

  /** How far the index goes; `undefined` while it is empty. */
  extent(): Extent | undefined {
    const row = this.#database.prepare("SELECT * FROM extent").get();
    if (row === undefined || !(row.frontier instanceof Uint8Array)) return undefined;
    const frontier = Frontier.fromBytes(row.frontier);
    const [segment, offset] = [Number(row.segment), Number(row.offset)];
    return {
      origin: String(row.origin),
      frontier,
      position: { index: frontier.size, segment, offset },
      bytes: Number(row.bytes),
    };
  }

  /** Where the frame with the head of this size stands. */
  head(size: number): (Omit<LocatedFrame, "frame"> & { readonly root: Uint8Array }) | undefined {
    const row = this.#database.prepare("SELECT * FROM head WHERE size = ?").get(size);
    if (row === undefined || !(row.root instanceof Uint8Array)) return undefined;
    const [segment, offset, length] = [row.segment, row.offset, row.length].map(Number);
    if (segment === undefined || offset === undefined || length === undefined) return undefined;
    return { root: row.root, segment, offset, length };
  }

  /** Events since `begin`. */
  get events(): number {
    return this.#events;
  }

  begin(): void {
    this.#events = 0;
    this.#database.exec("BEGIN IMMEDIATE");
  }

  event(event: Event, writer: string, index: number): void {
    const { kind, decisionId, time, trace } = indexRow(event, writer);
    const kindId = this.#names.kind(kind);
    const { gateway, epoch, sequence } = decisionId;
    const stream = this.#names.stream(gateway, epoch, index);
    this.#addEvent.run(index, kindId, stream, sequence, time, trace);
    this.#counts.add(index, kindId, time);
    this.#holes.add(stream, sequence, index);
    this.#events += 1;
  }

  submission(submission: FrameSubmission): void {
    const row = this.#findWriter.get(submission.writer);
    const { writer, epoch, submissions, entries, bytes } = tally(
      row === undefined ? undefined : tallyOf(row),
      submission,
    );
    this.#putWriter.run(writer, epoch, submissions, entries, bytes);
  }

  /** The frame's head: the tree's size and root after it. */
  frame({ segment, offset, length }: Omit<LocatedFrame, "frame">, frontier: Frontier): void {
    this.#addHead.run(frontier.size, frontier.root(), segment, offset, length);
  }

  commit({ origin, frontier, position, bytes }: Extent): void {
    this.#counts.flush();
    this.#holes.flush();
    this.#putExtent.run(origin, frontier.toBytes(), position.segment, position.offset, bytes);
    this.#database.exec("COMMIT");
  }

  /** Undoes everything since `begin`. */
  rollBack(): void {
    this.#counts.forget();
    this.#holes.forget();
    this.#names.forget();
    // A full disk has ended the transaction already.
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
  }
}

/** A row of the table `writer`. */
export function tallyOf(row: Readonly<Record<string, unknown>>): Tally {
  return {
    writer: String(row.writer),
    epoch: Number(row.epoch),
    submissions: Number(row.submissions),
    entries: Number(row.entries),
    bytes: Number(row.bytes),
  };
}
