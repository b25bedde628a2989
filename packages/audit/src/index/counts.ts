import type { DatabaseSync, StatementSync } from "node:sqlite";
import { BLOCK_EVENTS, ROLLUP_STEPS } from "./schema.ts";

/**
 * The counts by kind that a chunk of events adds to: in all, by block, by time. Gathered in memory
 * and written once a chunk, because neighbours in the log share almost all of them.
 */
export class Counts {
  readonly #kinds = new Map<number, number>();
  readonly #tallies = new Map<number, Map<number, number>>();
  readonly #rollups = ROLLUP_STEPS.map((step) => ({
    step,
    buckets: new Map<number, Map<number, number>>(),
  }));
  readonly #blocks = new Map<number, { earliest: number; latest: number }>();
  readonly #addKind: StatementSync;
  readonly #addTally: StatementSync;
  readonly #addRollup: StatementSync;
  readonly #addBlock: StatementSync;

  constructor(database: DatabaseSync) {
    this.#addKind = database.prepare("UPDATE kind SET events = events + ? WHERE id = ?");
    this.#addTally = database.prepare(
      `INSERT INTO tally (block, kind, events) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET events = events + excluded.events`,
    );
    this.#addRollup = database.prepare(
      `INSERT INTO rollup (step, bucket, kind, events) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET events = events + excluded.events`,
    );
    this.#addBlock = database.prepare(
      `INSERT INTO block (id, earliest, latest) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET earliest = min(earliest, excluded.earliest),
         latest = max(latest, excluded.latest)`,
    );
  }

  add(index: number, kind: number, time: number): void {
    raise(this.#kinds, kind);
    const block = Math.floor(index / BLOCK_EVENTS);
    raise(within(this.#tallies, block), kind);
    const seconds = Math.floor(time / 1000);
    for (const { step, buckets } of this.#rollups) {
      raise(within(buckets, Math.floor(seconds / step)), kind);
    }
    const zone = this.#blocks.get(block);
    if (zone === undefined) this.#blocks.set(block, { earliest: time, latest: time });
    else {
      zone.earliest = Math.min(zone.earliest, time);
      zone.latest = Math.max(zone.latest, time);
    }
  }

  /** Writes what was added since the last time. */
  flush(): void {
    for (const [kind, events] of this.#kinds) this.#addKind.run(events, kind);
    for (const [block, kinds] of this.#tallies) {
      for (const [kind, events] of kinds) this.#addTally.run(block, kind, events);
    }
    for (const { step, buckets } of this.#rollups) {
      for (const [bucket, kinds] of buckets) {
        for (const [kind, events] of kinds) this.#addRollup.run(step, bucket, kind, events);
      }
    }
    for (const [block, { earliest, latest }] of this.#blocks) {
      this.#addBlock.run(block, earliest, latest);
    }
    this.forget();
  }

  forget(): void {
    this.#kinds.clear();
    this.#tallies.clear();
    this.#blocks.clear();
    for (const { buckets } of this.#rollups) buckets.clear();
  }
}

function within(maps: Map<number, Map<number, number>>, key: number): Map<number, number> {
  const known = maps.get(key);
  if (known !== undefined) return known;
  const made = new Map<number, number>();
  maps.set(key, made);
  return made;
}

function raise(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
