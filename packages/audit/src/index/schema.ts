import type { DatabaseSync } from "node:sqlite";

/** Raised whenever the tables or their meaning change: an index of another version is made anew. */
export const INDEX_VERSION = 1;
/** "Writ" in ASCII: what `file` and PRAGMA application_id say of it. */
export const APPLICATION_ID = 0x57726974;

/** Events that share a line of `tally` and `block`: small enough that looking through one is nothing. */
export const BLOCK_EVENTS = 1024;

/** Widths in seconds of the buckets of time that counts are kept for. Each divides the next. */
export const ROLLUP_STEPS: readonly [1, 60, 3600] = [1, 60, 3600];

/**
 * The fields that few different values occur in. Each combination of them that occurs is one *kind*
 * of event, so that any question about them is a set of kinds, answered from counts by kind.
 */
export const KIND_FIELDS = [
  "decision",
  "action_type",
  "reason_code",
  "adapter_name",
  "status",
  "engine_version",
  "caller",
  "writer",
] as const;

export type KindField = (typeof KIND_FIELDS)[number];

const SCHEMA = `
-- How far the index goes: the tree's right edge, and where in the log reading goes on.
CREATE TABLE extent (
  id INTEGER PRIMARY KEY CHECK (id = 1), origin TEXT NOT NULL, frontier BLOB NOT NULL,
  segment INTEGER NOT NULL, offset INTEGER NOT NULL, bytes INTEGER NOT NULL
) STRICT;

-- Every string of a kind, once.
CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;

-- Columns are words; 0 is null.
CREATE TABLE kind (
  id INTEGER PRIMARY KEY, ${KIND_FIELDS.map((field) => `${field} INTEGER NOT NULL`).join(", ")},
  events INTEGER NOT NULL, UNIQUE (${KIND_FIELDS.join(", ")})
) STRICT;

CREATE TABLE event (
  idx INTEGER PRIMARY KEY, kind INTEGER NOT NULL, stream INTEGER NOT NULL,
  sequence INTEGER NOT NULL, time INTEGER NOT NULL, trace BLOB NOT NULL
) STRICT;
CREATE INDEX event_decision ON event (stream, sequence);
CREATE INDEX event_trace ON event (substr(trace, 1, 6));

-- Blocks of ${BLOCK_EVENTS} events: how many of each kind, and between which times.
CREATE TABLE tally (
  kind INTEGER NOT NULL, block INTEGER NOT NULL, events INTEGER NOT NULL,
  PRIMARY KEY (kind, block)
) STRICT, WITHOUT ROWID;
CREATE INDEX tally_block ON tally (block, kind);
CREATE TABLE block (
  id INTEGER PRIMARY KEY, earliest INTEGER NOT NULL, latest INTEGER NOT NULL
) STRICT;

-- Events of each kind in each second, minute and hour.
CREATE TABLE rollup (
  step INTEGER NOT NULL, bucket INTEGER NOT NULL, kind INTEGER NOT NULL, events INTEGER NOT NULL,
  PRIMARY KEY (step, bucket, kind)
) STRICT, WITHOUT ROWID;

-- One for each gateway and epoch: its attempts that are recorded.
CREATE TABLE stream (
  id INTEGER PRIMARY KEY, gateway TEXT NOT NULL, epoch INTEGER NOT NULL, events INTEGER NOT NULL,
  highest INTEGER NOT NULL, first_index INTEGER NOT NULL, last_index INTEGER NOT NULL,
  UNIQUE (gateway, epoch)
) STRICT;
-- Ranges of sequences below the highest that are not recorded.
CREATE TABLE hole (
  stream INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY (stream, first)
) STRICT, WITHOUT ROWID;

-- What each writer has in the log.
CREATE TABLE writer (
  name TEXT PRIMARY KEY, epoch INTEGER NOT NULL, submissions INTEGER NOT NULL,
  entries INTEGER NOT NULL, bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Every signed tree head, by where its frame stands.
CREATE TABLE head (
  size INTEGER PRIMARY KEY, root BLOB NOT NULL, segment INTEGER NOT NULL,
  offset INTEGER NOT NULL, length INTEGER NOT NULL
) STRICT;
`;

/** Makes the tables of an empty index. */
export function createTables(database: DatabaseSync): void {
  database.exec(`BEGIN; ${SCHEMA}
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${INDEX_VERSION};
COMMIT;`);
}

/** Whether these are the tables of this version. */
export function isOurs(database: DatabaseSync): boolean {
  const pragma = (name: string): unknown =>
    Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  return pragma("application_id") === APPLICATION_ID && pragma("user_version") === INDEX_VERSION;
}
