import type { Constitution } from "./constitution.ts";
import type { Tally } from "./frame.ts";

/**
 * What one message needs beside its events: its head in the frame (92 bytes), a frame of its own at
 * worst (64) with a checkpoint (161 and the origin twice), and its share of segment heads and of
 * blocks that are not full.
 */
const MESSAGE_BYTES = 512;

/**
 * What one event needs beside its bytes: its length in frame and bundle (4), its hash in a tile and
 * that tile's in the tiles above (33), its share of the last block of its bundle (16) and of
 * directories (3).
 */
const EVENT_BYTES = 56;

/** From this part of a quota on, an operator is warned. */
export const WARN_AT = 0.8;

/**
 * Bytes that messages with so many events, of so many bytes together, need on disk for ever: an
 * upper bound, and linear, so that what a log has been charged follows from what it holds. An event
 * is stored twice, in its frame and in its entry bundle.
 */
export function chargedBytes(
  originBytes: number,
  messages: number,
  events: number,
  length: number,
): number {
  return messages * (MESSAGE_BYTES + 2 * originBytes) + events * EVENT_BYTES + 2 * length;
}

/** Length of a log's name, as charges take it. */
export function originBytes(constitution: Constitution): number {
  return new TextEncoder().encode(constitution.origin).length;
}

/** What has been used of quotas, in events and in charged bytes. */
export interface Used {
  readonly events: number;
  readonly bytes: number;
}

/** What some writers' events in the log have been charged. */
export function usedBy(constitution: Constitution, tallies: Iterable<Tally>): Used {
  const origin = originBytes(constitution);
  let events = 0;
  let bytes = 0;
  for (const tally of tallies) {
    events += tally.entries;
    bytes += chargedBytes(origin, tally.submissions, tally.entries, tally.bytes);
  }
  return { events, bytes };
}

/** One quota and how much of it is used. */
export interface QuotaUse {
  /** A writer's name, or null for the whole log. */
  readonly writer: string | null;
  readonly of: "events" | "bytes";
  readonly used: number;
  readonly limit: number;
  /** `near` from 80 % on, `reached` where nothing more fits. */
  readonly level: "free" | "near" | "reached";
}

/**
 * Every quota of a constitution against what the log holds: the log's own first, then each writer's
 * in the constitution's order. What former writers left counts toward the log's alone. In-flight
 * quotas are a matter of the moment and not among them.
 */
export function quotaUse(
  constitution: Constitution,
  tallies: ReadonlyMap<string, Tally>,
): readonly QuotaUse[] {
  const rows = constitution.writers.map(({ name, quota }) => {
    const own = tallies.get(name);
    return { writer: name, quota, used: usedBy(constitution, own === undefined ? [] : [own]) };
  });
  const log = {
    writer: null,
    quota: constitution.quotas,
    used: usedBy(constitution, tallies.values()),
  };
  return [log, ...rows].flatMap(({ writer, quota, used }) =>
    (["events", "bytes"] as const).map(
      (of): QuotaUse => ({
        writer,
        of,
        used: used[of],
        limit: quota[of],
        level: levelOf(used[of], quota[of]),
      }),
    ),
  );
}

function levelOf(used: number, limit: number): QuotaUse["level"] {
  if (used >= limit) return "reached";
  return used >= WARN_AT * limit ? "near" : "free";
}
