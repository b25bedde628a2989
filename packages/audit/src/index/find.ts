import type { DatabaseSync } from "node:sqlite";
import { findByDecision, findByTrace } from "./by-id.ts";
import { type EventRows, type Found, ROW } from "./event-rows.ts";
import type { QuestionPart } from "./question-part.ts";
import { BLOCK_EVENTS } from "./schema.ts";
import { countBetween } from "./time-counts.ts";

export interface FoundPage {
  /** Events indexed when this was answered. */
  readonly size: number;
  readonly events: readonly Found[];
  /**
   * Ask on with `after` = this; null if there is nothing behind. A page may hold fewer events than
   * were asked for and still have a next one: then it ends where its work was enough.
   */
  readonly next: number | null;
  /** How many events the filter takes; at least so many if it is not exact. */
  readonly total: { readonly count: number; readonly isExact: boolean };
}

/** Blocks looked through for one page: what bounds its work. */
const MOST_BLOCKS = 512;
const BLOCKS_A_STEP = 128;
/** With so few events in all, their blocks are looked up by kind; with more, block by block. */
const FEW_EVENTS = 20_000;

/**
 * Finds a page of events. Throws QuestionRefused for the beginning of a trace_id that too many
 * begin with.
 */
export function findPage(
  database: DatabaseSync,
  rows: EventRows,
  part: QuestionPart,
  size: number,
): FoundPage {
  const { filter, matched } = part;
  if (matched.events === 0) {
    return { size, events: [], next: null, total: { count: 0, isExact: true } };
  }
  if (filter.decisionId !== undefined) {
    return { size, ...findByDecision(rows, part, filter.decisionId) };
  }
  if (filter.traceId !== undefined) return { size, ...findByTrace(rows, part, filter.traceId) };
  return { size, ...findByBlocks(rows, part, size), total: countAll(database, part) };
}

function countAll(database: DatabaseSync, { filter, matched }: QuestionPart): FoundPage["total"] {
  const { from, to } = filter;
  const isAlways = from === undefined && to === undefined;
  const count = isAlways ? matched.events : countBetween(database, matched, from, to);
  return { count, isExact: true };
}

/** Looks through the blocks that can hold such events, in the log's order, and no others. */
function findByBlocks(
  rows: EventRows,
  part: QuestionPart,
  size: number,
): Pick<FoundPage, "events" | "next"> {
  const { isNewest, limit } = part;
  const wanted = limit + 1;
  const events: Found[] = [];
  let at = isNewest ? Math.min(part.after ?? size, size) - 1 : (part.after ?? -1) + 1;
  let isAtEnd = at < 0 || at >= size;
  for (let seen = 0; !isAtEnd && events.length < wanted && seen < MOST_BLOCKS; ) {
    const blocks = nextBlocks(rows, part, Math.floor(at / BLOCK_EVENTS));
    seen += blocks.length;
    for (const [low, high] of rangesOf(blocks)) {
      if (events.length >= wanted) break;
      const range = isNewest ? [low, Math.min(high, at)] : [Math.max(low, at), high];
      events.push(...eventsIn(rows, part, range, wanted - events.length));
      at = isNewest ? low - 1 : high + 1;
    }
    isAtEnd = blocks.length < BLOCKS_A_STEP || at < 0 || at >= size;
  }
  const page = events.slice(0, limit);
  if (events.length > limit) return { events: page, next: page.at(-1)?.index ?? null };
  return { events: page, next: isAtEnd ? null : isNewest ? at + 1 : at - 1 };
}

/** The next blocks that hold an event of these kinds and reach into these times. */
function nextBlocks(rows: EventRows, part: QuestionPart, first: number): number[] {
  const { matched, side, direction, blockConditions, values } = part;
  const times = blockConditions.map((condition) => ` AND ${condition}`).join("");
  const end = `${direction} LIMIT ${BLOCKS_A_STEP}`;
  if (matched.isAll) {
    const sql = `SELECT id FROM block WHERE id ${side}= ?${times} ORDER BY id ${end}`;
    return rows.all(sql, first, ...values).map(([id]) => Number(id));
  }
  const index = matched.events <= FEW_EVENTS ? "" : "INDEXED BY tally_block";
  const join = times === "" ? "" : "JOIN block ON block.id = tally.block";
  const sql = `SELECT tally.block FROM tally ${index} ${join}
    WHERE tally.block ${side}= ? AND kind IN (SELECT id FROM matched)${times}
    GROUP BY tally.block ORDER BY tally.block ${end}`;
  return rows.all(sql, first, ...values).map(([id]) => Number(id));
}

function eventsIn(
  rows: EventRows,
  { conditions, direction, values }: QuestionPart,
  range: readonly number[],
  limit: number,
): Found[] {
  const where = ["idx BETWEEN ? AND ?", ...conditions].join(" AND ");
  const sql = `SELECT ${ROW} FROM event WHERE ${where} ORDER BY idx ${direction} LIMIT ?`;
  return rows.all(sql, ...range, ...values, limit).map((row) => rows.found(row));
}

/** Ranges of events that neighbouring blocks make up together, in the blocks' order. */
function* rangesOf(blocks: readonly number[]): Generator<readonly [low: number, high: number]> {
  let range: readonly [low: number, high: number] | undefined;
  for (const block of blocks) {
    const [first, last] = [block * BLOCK_EVENTS, (block + 1) * BLOCK_EVENTS - 1];
    const touches = range !== undefined && (first === range[1] + 1 || last === range[0] - 1);
    if (range !== undefined && touches) {
      range = [Math.min(range[0], first), Math.max(range[1], last)];
      continue;
    }
    if (range !== undefined) yield range;
    range = [first, last];
  }
  if (range !== undefined) yield range;
}
