import type { DecisionId } from "@writ/contract/decision-id";
import { type Bound, type EventRows, ROW } from "./event-rows.ts";
import type { FoundPage } from "./find.ts";
import { QuestionRefused } from "./question.ts";
import type { QuestionPart } from "./question-part.ts";

/** Rows looked through for one page: one input may have been judged millions of times. */
const MOST_ROWS = 20_000;
/** Different trace_ids that one beginning may stand for. */
const MOST_TRACES = 16;

/** A condition that one index settles, and its values. */
interface Known {
  readonly condition: string;
  readonly values: readonly Bound[];
}

type Answer = Omit<FoundPage, "size">;

const NOTHING: Answer = { events: [], next: null, total: { count: 0, isExact: true } };

export function findByDecision(rows: EventRows, part: QuestionPart, id: DecisionId): Answer {
  const condition =
    "stream = (SELECT id FROM stream WHERE gateway = ? AND epoch = ?) AND sequence = ?";
  return findKnown(rows, part, [{ condition, values: [id.gateway, id.epoch, id.sequence] }]);
}

/** Throws QuestionRefused if more trace_ids begin so than one would look at. */
export function findByTrace(rows: EventRows, part: QuestionPart, beginning: string): Answer {
  const condition = "substr(trace, 1, 6) = substr(?, 1, 6) AND trace = ?";
  const known = tracesFrom(rows, beginning).map((trace) => ({ condition, values: [trace, trace] }));
  return known.length === 0 ? NOTHING : findKnown(rows, part, known);
}

/** The events behind where the page begins, of at most MOST_ROWS rows for each that is known. */
function findKnown(rows: EventRows, part: QuestionPart, known: readonly Known[]): Answer {
  const { after, limit, direction, side } = part;
  const behind = after === undefined ? [] : [`idx ${side} ?`];
  const reach = rowsOf(known, ROW, behind, after === undefined ? [] : [after], direction);
  const where = part.conditions.length === 0 ? "" : ` WHERE ${part.conditions.join(" AND ")}`;
  const found = rows.all(
    `SELECT ${ROW} FROM (${reach.condition})${where} ORDER BY idx ${direction} LIMIT ?`,
    ...reach.values,
    ...part.values,
    limit + 1,
  );
  const events = found.slice(0, limit).map((row) => rows.found(row));
  const isMore = found.length > limit;
  const next = isMore ? (events.at(-1)?.index ?? null) : edgeOf(rows, part, known);
  return { events, next, total: countKnown(rows, part, known) };
}

/** Where looking ended before all rows were seen: the nearest end of those that were cut; else null. */
function edgeOf(rows: EventRows, part: QuestionPart, known: readonly Known[]): number | null {
  const { after, direction, side, isNewest } = part;
  const behind = after === undefined ? "" : ` AND idx ${side} ?`;
  const ends: number[] = [];
  for (const { condition, values } of known) {
    const sql = `SELECT idx FROM event WHERE ${condition}${behind} ORDER BY idx ${direction}
      LIMIT 1 OFFSET ${MOST_ROWS - 1}`;
    const [end] = rows.first(sql, ...values, ...(after === undefined ? [] : [after]));
    if (end !== undefined) ends.push(Number(end));
  }
  if (ends.length === 0) return null;
  return isNewest ? Math.max(...ends) : Math.min(...ends);
}

function countKnown(
  rows: EventRows,
  part: QuestionPart,
  known: readonly Known[],
): FoundPage["total"] {
  const reach = rowsOf(known, "kind, time", [], [], "ASC");
  const where = part.conditions.length === 0 ? "1" : part.conditions.join(" AND ");
  const [count, seen] = rows.first(
    `SELECT count(*) FILTER (WHERE ${where}), count(*) FROM (${reach.condition})`,
    ...part.values,
    ...reach.values,
  );
  return { count: Number(count), isExact: Number(seen) < MOST_ROWS };
}

/** A statement for the rows of all that is known, at most MOST_ROWS of each. */
function rowsOf(
  known: readonly Known[],
  columns: string,
  conditions: readonly string[],
  values: readonly Bound[],
  direction: string,
): Known {
  const parts = known.map(({ condition }) => {
    const where = [condition, ...conditions].join(" AND ");
    return `SELECT * FROM (SELECT ${columns} FROM event WHERE ${where}
      ORDER BY idx ${direction} LIMIT ${MOST_ROWS})`;
  });
  return {
    condition: parts.join(" UNION ALL "),
    values: known.flatMap((one) => [...one.values, ...values]),
  };
}

/** The trace_ids that begin so, skipping from one to the next in their index. */
function tracesFrom(rows: EventRows, beginning: string): Uint8Array[] {
  const low = Buffer.from(beginning.padEnd(64, "0"), "hex");
  const high = Buffer.from(beginning.padEnd(64, "f"), "hex");
  if (beginning.length === 64) return [low];
  const found: Uint8Array[] = [];
  const sql = (compare: string): string => `SELECT trace FROM event
    WHERE substr(trace, 1, 6) ${compare} substr(?, 1, 6) AND substr(trace, 1, 6) <= substr(?, 1, 6)
      AND trace BETWEEN ? AND ? ORDER BY substr(trace, 1, 6) LIMIT 1`;
  let [trace] = rows.first(sql(">="), low, high, low, high);
  while (trace instanceof Uint8Array) {
    found.push(trace);
    if (found.length > MOST_TRACES) {
      throw new QuestionRefused(`more than ${MOST_TRACES} trace_ids begin so: give more of it`);
    }
    [trace] = rows.first(sql(">"), trace, high, low, high);
  }
  return found;
}
