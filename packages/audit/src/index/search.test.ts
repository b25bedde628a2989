import assert from "node:assert/strict";
import { join } from "node:path";
import { before, after as finallyDo, test } from "node:test";
import { diskFolder } from "@writ/bucket/read/folder";
import { type DecisionId, parseDecisionId } from "@writ/contract/decision-id";
import { Follower } from "./follower.ts";
import type { Filter, FindQuestion } from "./question.ts";
import {
  ACTIONS,
  CALLERS,
  pick,
  type RandomLedger,
  type Recorded,
  randomFrom,
  randomLedger,
} from "./random-ledger.test-support.ts";
import { KIND_FIELDS, type KindField } from "./schema.ts";
import { type HoleRange, MOST_LISTED, Search, type Stream } from "./search.ts";

const EVENTS = 3000;
const MOST_PAGES = 12;
let ledger: RandomLedger;
let search: Search;

before(async () => {
  ledger = await randomLedger(20261121, EVENTS);
  const directory = join(ledger.place.data, "audit", "index");
  const follower = Follower.open(diskFolder(ledger.place.bucket), directory);
  while (follower.step().size < follower.step().published);
  follower.close();
  search = new Search(directory);
});

finallyDo(() => {
  search.close();
  ledger.place.remove();
});

/** What a field is in the event itself. */
function fieldOf({ event, writer }: Recorded, field: KindField): string | null {
  if (field === "writer") return writer;
  if (field === "engine_version" || field === "caller") return event.evaluator_trace[field];
  return event[field];
}

/** Whether a filter takes an event, as slowly and plainly as it can be said. */
function takes(filter: Filter, recorded: Recorded): boolean {
  const { event, seconds } = recorded;
  return (
    KIND_FIELDS.every(
      (field) => filter.fields[field]?.includes(fieldOf(recorded, field)) ?? true,
    ) &&
    event.trace_id.startsWith(filter.traceId ?? "") &&
    (filter.decisionId === undefined ||
      event.enforcement_decision_id ===
        `${filter.decisionId.gateway}.${filter.decisionId.epoch}.${filter.decisionId.sequence}`) &&
    seconds >= (filter.from ?? -Infinity) &&
    seconds < (filter.to ?? Infinity)
  );
}

function randomFilter(random: () => number): Filter {
  const any = pick(random, ledger.events);
  const fields: Partial<Record<KindField, readonly (string | null)[]>> = {};
  for (const field of KIND_FIELDS) {
    if (random() > 0.3) continue;
    const odd = pick(random, [...CALLERS, ...ACTIONS, "never seen"]);
    fields[field] = random() < 0.7 ? [fieldOf(any, field)] : [fieldOf(any, field), odd];
  }
  const { seconds } = any;
  const from = random() < 0.4 ? seconds - Math.floor(random() * 3000) : undefined;
  const to = random() < 0.4 ? seconds + 1 + Math.floor(random() ** 2 * 9000) : undefined;
  const which = random();
  const traceId =
    which < 0.15 ? any.event.trace_id.slice(0, pick(random, [64, 12, 20])) : undefined;
  const decisionId = which > 0.9 ? parseDecisionId(any.event.enforcement_decision_id) : undefined;
  return { fields, traceId, decisionId, from, to };
}

/** Whether all pages were read, too. */
function pages(question: FindQuestion): {
  indices: number[];
  total: number;
  isExact: boolean;
  isWhole: boolean;
} {
  const indices: number[] = [];
  let after = question.after;
  for (let number = 1; ; number++) {
    const page = search.find({ ...question, after });
    assert.ok(page.events.length <= question.limit);
    indices.push(...page.events.map(({ index }) => index));
    const isWhole = page.next === null;
    if (page.next === null || number === MOST_PAGES) {
      const { count, isExact } = page.total;
      return { indices, total: count, isExact, isWhole };
    }
    assert.notEqual(page.next, after);
    after = page.next;
  }
}

test("whatever is asked, the index finds what a scan of the log finds", () => {
  const random = randomFrom(7);
  for (let round = 0; round < 100; round++) {
    const filter = randomFilter(random);
    const order = pick(random, ["newest", "oldest"] as const);
    const after = random() < 0.3 ? Math.floor(random() * EVENTS) : undefined;
    const limit = pick(random, [3, 100, 1000]);
    const all = ledger.events.filter((recorded) => takes(filter, recorded));
    const behind = all
      .map(({ index }) => index)
      .filter(
        (index) => after === undefined || (order === "newest" ? index < after : index > after),
      );
    const expected = order === "newest" ? behind.toReversed() : behind;
    const { indices, total, isExact, isWhole } = pages({ filter, order, after, limit });
    const read = isWhole ? expected : expected.slice(0, indices.length);
    assert.deepEqual(indices, read, JSON.stringify({ filter, order, after, limit }));
    assert.deepEqual([total, isExact], [all.length, true], JSON.stringify(filter));
  }
});

const NO_FILTER: Filter = {
  fields: {},
  traceId: undefined,
  decisionId: undefined,
  from: undefined,
  to: undefined,
};

test("a row says of its event what the event says", () => {
  const { events } = search.find({ filter: NO_FILTER, order: "oldest", after: 999, limit: 500 });
  assert.equal(events.length, 500);
  for (const found of events) {
    const recorded = ledger.events[found.index];
    assert.ok(recorded);
    const { trace_id, enforcement_decision_id, timestamp } = recorded.event;
    const fields = KIND_FIELDS.map((field) => [field, fieldOf(recorded, field)]);
    assert.deepEqual(found, {
      index: recorded.index,
      trace_id,
      enforcement_decision_id,
      timestamp,
      ...Object.fromEntries(fields),
    });
  }
});

test("counts over time are those of the events", () => {
  const random = randomFrom(11);
  for (let round = 0; round < 30; round++) {
    const step = pick(random, [1, 30, 60, 900, 3600, 86_400]);
    const middle = Date.parse(pick(random, ledger.events).event.timestamp) / 1000;
    const from = Math.floor((middle - 20 * step) / step) * step;
    const filter = {
      ...randomFilter(random),
      traceId: undefined,
      decisionId: undefined,
      from,
      to: from + 40 * step,
    };
    const expected = new Map<number, Record<string, number>>();
    for (const recorded of ledger.events.filter((one) => takes(filter, one))) {
      const at = Math.floor(recorded.seconds / step) * step;
      const bucket = expected.get(at) ?? { at, ALLOW: 0, REWRITE: 0, BLOCK: 0, failed: 0 };
      expected.set(at, bucket);
      bucket[recorded.event.decision] = (bucket[recorded.event.decision] ?? 0) + 1;
      if (recorded.event.status === "failed") bucket.failed = (bucket.failed ?? 0) + 1;
    }
    const sorted = [...expected.values()].sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
    assert.deepEqual(search.histogram({ filter, step }), sorted);
  }
});

test("holes, streams and what each writer has are those of the log", () => {
  const seen = new Map<string, Set<number>>();
  for (const { event } of ledger.events) {
    const { gateway, epoch, sequence } = parseDecisionId(event.enforcement_decision_id);
    const key = `${gateway}.${epoch}`;
    seen.set(key, (seen.get(key) ?? new Set()).add(sequence));
  }
  const missing: string[] = [];
  for (const [key, sequences] of seen) {
    for (let sequence = 1; sequence < Math.max(...sequences); sequence++) {
      if (!sequences.has(sequence)) missing.push(`${key}.${sequence}`);
    }
  }
  const holes = search.holes(undefined, MOST_LISTED);
  const listed = holes.flatMap(({ gateway, epoch, from, to }) =>
    Array.from({ length: to - from + 1 }, (_, i) => `${gateway}.${epoch}.${from + i}`),
  );
  assert.deepEqual(listed.sort(), missing.sort());
  const summary = search.summary();
  assert.equal(summary.missing, missing.length);
  assert.equal(summary.size, ledger.events.length);
  assert.equal(summary.streams, seen.size);
  assert.equal(
    search.streams(EVENTS * 2, MOST_LISTED).reduce((sum, stream) => sum + stream.events, 0),
    ledger.events.length,
  );
  assert.ok(missing.length > 50);
  for (const [name, { entries }] of search.tallies()) {
    assert.equal(entries, ledger.events.filter(({ writer }) => writer === name).length);
  }
});

/** All rows, a page after the other; `next` asks for what is behind the last row of the page before. */
function paged<T>(next: (last: T | undefined) => T[]): T[] {
  const rows: T[] = [];
  for (let page = next(undefined); page.length > 0; page = next(page.at(-1))) rows.push(...page);
  return rows;
}

for (const limit of [1, 3, 7, 1000]) {
  test(`lists of holes and streams are the same in pages of ${limit}`, () => {
    const holes = search.holes(undefined, MOST_LISTED);
    const after = (last: HoleRange | undefined): DecisionId | undefined =>
      last === undefined ? undefined : { ...last, sequence: last.from };
    assert.deepEqual(
      paged<HoleRange>((last) => search.holes(after(last), limit)),
      holes,
    );
    const streams = search.streams(EVENTS * 2, MOST_LISTED);
    assert.ok(holes.length > 20 && streams.length > 2, `${holes.length} ${streams.length}`);
    assert.deepEqual(
      paged<Stream>((last) => search.streams(last?.firstIndex ?? EVENTS * 2, limit)),
      streams,
    );
    assert.deepEqual(
      streams,
      streams.toSorted((a, b) => b.firstIndex - a.firstIndex),
    );
  });
}

test("every signed head is found, the newest first", () => {
  const sizes: number[] = [];
  for (let before = Number.MAX_SAFE_INTEGER; ; ) {
    const heads = search.heads(before, 7);
    sizes.push(...heads.map(({ size }) => size));
    const last = heads.at(-1);
    if (last === undefined) break;
    before = last.size;
  }
  assert.deepEqual(sizes, ledger.heads.toReversed());
});
