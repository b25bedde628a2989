import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { before, after as finallyDo, test } from "node:test";
import { exportTiles } from "@writ/bucket/read/export";
import { diskFolder } from "@writ/bucket/read/folder";
import { publishedCheckpoint } from "@writ/bucket/read/published";
import { parseDecisionId } from "@writ/contract/decision-id";
import { mintAuditorKey } from "../auditor-keys.test-support.ts";
import { readAuditorKeys } from "../auditor-keys.ts";
import { Follower } from "../index/follower.ts";
import { databasePath } from "../index/index-file.ts";
import { LiveIndex } from "../index/live-index.ts";
import { type Filter, filterParameters, findQuestion } from "../index/question.ts";
import {
  pick,
  type Recorded,
  randomBatches,
  randomFrom,
  recordedOf,
} from "../index/random-ledger.test-support.ts";
import { KIND_FIELDS, type KindField } from "../index/schema.ts";
import { makePlace, type Place, writeLedger } from "../ledger.test-support.ts";
import { startAuditServer } from "../server.ts";
import { folderSource } from "./folder-source.ts";
import { httpSource } from "./http-source.ts";
import { Ledger, type LedgerQuestion, openLedger } from "./ledger.ts";
import type { LedgerSource } from "./source.ts";
import { type Statistics, statisticsOf } from "./statistics.ts";

const EVENTS = 1500;
const LONGER = process.env.WRIT_LONG === undefined ? 1 : 20;
let place: Place;
let events: readonly Recorded[];

/** An index of about the first half of the log, which went on without it. */
before(async () => {
  place = makePlace();
  const batches = randomBatches(20261122, EVENTS);
  events = recordedOf(batches).events;
  const middle = Math.floor(batches.length / 2);
  const between = async (position: number): Promise<void> => {
    if (position !== middle) return;
    const tiles = diskFolder(join(place.bucket, "tiles"));
    while ((publishedCheckpoint(tiles)?.checkpoint.size ?? 0) < 300) {
      await new Promise((done) => setTimeout(done, 20));
    }
    makeIndex();
  };
  await writeLedger(place, batches, { between });
});

finallyDo(() => place.remove());

function makeIndex(): void {
  const follower = Follower.open(diskFolder(place.bucket), join(place.data, "audit", "index"));
  follower.step();
  follower.close();
}

function fieldOf({ event, writer }: Recorded, field: KindField): string | null {
  if (field === "writer") return writer;
  if (field === "engine_version" || field === "caller") return event.evaluator_trace[field];
  return event[field];
}

/** Whether a filter takes an event, as plainly as it can be said. */
function takes(filter: Filter, one: Recorded): boolean {
  const { gateway = "", epoch = 0, sequence = 0 } = filter.decisionId ?? {};
  return (
    KIND_FIELDS.every((field) => filter.fields[field]?.includes(fieldOf(one, field)) ?? true) &&
    one.event.trace_id.startsWith(filter.traceId ?? "") &&
    (filter.decisionId === undefined ||
      one.event.enforcement_decision_id === `${gateway}.${epoch}.${sequence}`) &&
    one.seconds >= (filter.from ?? -Infinity) &&
    one.seconds < (filter.to ?? Infinity)
  );
}

function randomFilter(random: () => number): Filter {
  const any = pick(random, events);
  const fields: Partial<Record<KindField, readonly (string | null)[]>> = {};
  for (const field of KIND_FIELDS) {
    if (random() > 0.2) continue;
    const odd = pick(random, ["never seen", '"', "\\", "☕"]);
    fields[field] = random() < 0.7 ? [fieldOf(any, field)] : [fieldOf(any, field), odd];
  }
  const { seconds } = any;
  const from = random() < 0.3 ? seconds - Math.floor(random() * 3000) : undefined;
  const to = random() < 0.3 ? seconds + 1 + Math.floor(random() ** 2 * 9000) : undefined;
  const traceId = random() < 0.2 ? any.event.trace_id.slice(0, pick(random, [64, 20])) : undefined;
  const decisionId =
    random() < 0.1 ? parseDecisionId(any.event.enforcement_decision_id) : undefined;
  return { fields, traceId, decisionId, from, to };
}

async function found(ledger: Ledger, question: LedgerQuestion, limit: number): Promise<number[]> {
  const indices: number[] = [];
  for await (const { index, bytes, event } of ledger.find(question)) {
    if (index % 50 === 0) {
      assert.deepEqual(event, events[index]?.event);
      assert.deepEqual(JSON.parse(Buffer.from(bytes).toString()), event);
    }
    indices.push(index);
    if (indices.length === limit) break;
  }
  return indices;
}

async function findsWhatAScanFinds(source: LedgerSource, rounds: number): Promise<void> {
  const random = randomFrom(5);
  const ledger = await openLedger(source);
  assert.ok(ledger);
  assert.equal(ledger.head.size, events.length);
  for (let round = 0; round < rounds * LONGER; round++) {
    const filter = randomFilter(random);
    const order = pick(random, ["newest", "oldest"] as const);
    const after = random() < 0.3 ? Math.floor(random() * events.length) : undefined;
    const limit = pick(random, [1, 20, 10_000]);
    const all = events.filter((one) => takes(filter, one)).map(({ index }) => index);
    const [sorted, end] =
      order === "newest" ? [all.toReversed(), after ?? Infinity] : [all, after ?? -1];
    const behind = sorted.filter((index) => (order === "newest" ? index < end : index > end));
    const question = { filter, order, after };
    const indices = await found(ledger, question, limit);
    assert.deepEqual(indices, behind.slice(0, limit), JSON.stringify(question));
  }
}

/** What statistics must say, counted as plainly as it can be. */
function requireRight(found: Statistics | undefined, filter: Filter): void {
  assert.ok(found);
  const taken = events.filter((one) => takes(filter, one));
  assert.equal(found.events, taken.length);
  for (const field of KIND_FIELDS) {
    const counts = new Map<string | null, number>();
    for (const one of taken) {
      const value = fieldOf(one, field);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const told: Map<string | null, number> = new Map(
      found.fields[field].map((row) => [row.value, row.events]),
    );
    assert.deepEqual(told, counts, field);
  }
  const times = new Map<number, Record<string, number>>();
  for (const { event, seconds } of taken) {
    const at = Math.floor(seconds / found.step) * found.step;
    const counts = times.get(at) ?? { at, ALLOW: 0, REWRITE: 0, BLOCK: 0, failed: 0 };
    counts[event.decision] = (counts[event.decision] ?? 0) + 1;
    if (event.status === "failed") counts.failed = (counts.failed ?? 0) + 1;
    times.set(at, counts);
  }
  assert.deepEqual(
    found.buckets,
    [...times.values()].sort((a, b) => (a.at ?? 0) - (b.at ?? 0)),
  );
}

function requireStreams({ streams, holes }: Statistics): void {
  const seen = new Map<string, Set<number>>();
  for (const { event } of events) {
    const [gateway, epoch, sequence] = event.enforcement_decision_id.split(".");
    const key = `${gateway}.${epoch}`;
    seen.set(key, (seen.get(key) ?? new Set()).add(Number(sequence)));
  }
  const missing: string[] = [];
  for (const [key, sequences] of seen) {
    for (let sequence = 1; sequence < Math.max(...sequences); sequence++) {
      if (!sequences.has(sequence)) missing.push(`${key}.${sequence}`);
    }
  }
  const told: readonly string[] = holes.flatMap(({ gateway, epoch, from, to }) =>
    Array.from({ length: to - from + 1 }, (_, i) => `${gateway}.${epoch}.${from + i}`),
  );
  assert.deepEqual(told.toSorted(), missing.toSorted());
  assert.equal(streams.length, seen.size);
  const sum = (of: (stream: (typeof streams)[number]) => number): number =>
    streams.reduce((total, stream) => total + of(stream), 0);
  assert.equal(
    sum((stream) => stream.missing),
    missing.length,
  );
  assert.equal(
    sum((stream) => stream.events),
    events.length,
  );
  for (const { gateway, epoch, highest, firstIndex, lastIndex } of streams) {
    assert.equal(highest, Math.max(...(seen.get(`${gateway}.${epoch}`) ?? [])));
    const own = events.filter(({ event }) =>
      event.enforcement_decision_id.startsWith(`${gateway}.${epoch}.`),
    );
    assert.deepEqual([firstIndex, lastIndex], [own[0]?.index, own.at(-1)?.index]);
  }
}

/** A trace_id that many events have. */
const OFTEN = "ab".repeat(32);

function someTraceIds(): string[] {
  const some = events.filter(({ index }) => index % 150 === 7).map(({ event }) => event.trace_id);
  return [...some, OFTEN, "0".repeat(64)];
}

/** Each of some trace_ids, one that is there often and one that is not. */
async function findsRecordings(source: LedgerSource, traceIds = someTraceIds()): Promise<void> {
  const ledger = await openLedger(source);
  assert.ok(ledger);
  for (const traceId of traceIds) {
    const indices: number[] = [];
    for await (const { index } of ledger.recordings(traceId)) indices.push(index);
    const expected = events.filter(({ event }) => event.trace_id === traceId);
    assert.deepEqual(
      indices,
      expected.map(({ index }) => index),
    );
  }
}

async function countsWhatThereIs(source: LedgerSource, rounds: number): Promise<void> {
  const random = randomFrom(6);
  for (let round = 0; round < rounds * LONGER; round++) {
    const filter = { ...randomFilter(random), traceId: undefined, decisionId: undefined };
    const found = await statisticsOf(source, filter, 24);
    requireRight(found, filter);
    assert.ok(found);
    requireStreams(found);
  }
}

test("whatever is asked, an index that lags behind and the log behind it give what a scan finds", async () => {
  const source = folderSource(place.data, { useIndex: true });
  const ledger = await openLedger(source);
  assert.ok(ledger && ledger.indexed > 300 && ledger.indexed < events.length, "a part is indexed");
  await findsWhatAScanFinds(source, 20);
  await countsWhatThereIs(source, 3);
  await findsRecordings(source);
  source.close();
});

test("without an index, everything is read", async () => {
  let most = 0;
  const source = folderSource(place.bucket, { useIndex: false });
  await findsWhatAScanFinds(source, 6);
  await countsWhatThereIs(source, 1);
  await findsRecordings(source);
  const onRead = (read: number): void => {
    most = Math.max(most, read);
  };
  const statistics = await statisticsOf(
    source,
    { fields: {}, from: undefined, to: undefined },
    24,
    {
      onRead,
    },
  );
  assert.deepEqual([most, statistics?.indexed], [events.length, 0]);
  const out = mkdtempSync(join(tmpdir(), "writ-export-"));
  try {
    exportTiles(place.bucket, out);
    await findsWhatAScanFinds(folderSource(out, { useIndex: true }), 4);
  } finally {
    rmSync(out, { recursive: true });
  }
});

test("nothing above the head that was opened is shown, however far index and log have gone", async () => {
  makeIndex();
  const source = folderSource(place.data, { useIndex: true });
  const head = await source.head();
  assert.ok(head);
  const index = await source.index(head);
  assert.equal(index?.size, events.length);
  for (const size of [1, 256, 700]) {
    const ledger = new Ledger(source, { ...head, size }, index);
    for (const order of ["newest", "oldest"] as const) {
      const filter = findQuestion(new URLSearchParams("decision=ALLOW")).filter;
      const indices = await found(ledger, { filter, order, after: undefined }, Infinity);
      const below = events.slice(0, size).filter((one) => takes(filter, one));
      assert.deepEqual(
        indices,
        (order === "newest" ? below.toReversed() : below).map((one) => one.index),
      );
    }
  }
  await countsWhatThereIs(source, 3);
  source.close();
});

test("an audit process gives the same, by its index and without", async (t) => {
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const keyFile = join(place.data, "audit", "keys");
  const key = mintAuditorKey(keyFile, "auditor");
  const directory = join(place.data, "audit", "index");
  const index = new LiveIndex({
    bucketDirectory: place.bucket,
    directory,
    onNote: () => {},
    onError,
  });
  const server = await startAuditServer({
    bucketDirectory: place.bucket,
    keys: readAuditorKeys(keyFile, onError),
    host: "127.0.0.1",
    port: 0,
    index,
    onViolation: onError,
    onError,
  });
  t.after(async () => {
    await server.close();
    await index.close();
  });
  while ((index.status.size ?? -1) < events.length) {
    await new Promise((done) => setTimeout(done, 20));
  }
  const url = new URL(`http://127.0.0.1:${server.port}`);
  const source = httpSource({ url, key, useIndex: true });
  await findsWhatAScanFinds(source, 10);
  await countsWhatThereIs(source, 2);
  await findsRecordings(source);
  await findsWhatAScanFinds(httpSource({ url, key, useIndex: false }), 3);
  const head = await source.head();
  assert.ok(head);
  assert.ok((await source.facts(head)).publishedAt !== undefined);
  assert.ok(await source.isExtended(head, head));
  assert.equal(await source.isExtended({ ...head, root: new Uint8Array(32) }, head), false);
  const stranger = httpSource({ url, key: "stranger", useIndex: true });
  const ledger = new Ledger(stranger, head, undefined);
  await assert.rejects(ledger.event(0), { code: "KEY_NOT_ADMITTED" });
  const nowhere = httpSource({ url: new URL("http://127.0.0.1:9"), key, useIndex: true });
  await assert.rejects(nowhere.head(), { code: "AUDIT_UNREACHABLE" });
  assert.deepEqual(errors, []);
});

test("an index that lies, or is of another log, costs time and no truth", async () => {
  const path = databasePath(join(place.data, "audit", "index"));
  const lies = [
    "UPDATE event SET kind = kind % 7 + 1",
    `UPDATE event SET trace = X'${OFTEN}' WHERE idx % 3 = 0`,
    "UPDATE head SET root = zeroblob(32)",
  ];
  for (const lie of lies) {
    const database = new DatabaseSync(path);
    database.exec(lie);
    database.close();
    const source = folderSource(place.data, { useIndex: true });
    const filter = findQuestion(filterParameters(ONE_REASON)).filter;
    const ledger = await openLedger(source);
    assert.ok(ledger);
    for (const order of ["newest", "oldest"] as const) {
      const rows = await found(ledger, { filter, order, after: undefined }, Infinity);
      assert.ok(rows.every((index) => takes(filter, events[index] as Recorded)));
    }
    if (lie.includes("trace")) await findsRecordings(source, [OFTEN]);
    if (lie.includes("head")) {
      assert.equal(ledger.index, undefined);
      await findsWhatAScanFinds(source, 5);
    }
    source.close();
  }
});

test("a head is a later one if it is of this log, and the tiles make its root", async () => {
  const source = folderSource(place.data, { useIndex: false });
  const head = await source.head();
  assert.ok(head);
  const [origin, root] = ["other.example/log", new Uint8Array(32)];
  assert.equal(await source.isExtended(head, head), true);
  for (const other of [{ origin }, { root }, { size: head.size - 1 }]) {
    assert.equal(await source.isExtended(head, { ...head, ...other }), false);
  }
});

test("an index that fails while it is asked is done without", async () => {
  const directory = join(place.data, "audit", "index");
  rmSync(directory, { recursive: true });
  makeIndex();
  const database = new DatabaseSync(databasePath(directory));
  database.exec("DROP TABLE tally; DROP TABLE rollup; DROP INDEX event_trace");
  database.close();
  const source = folderSource(place.data, { useIndex: true });
  assert.ok((await openLedger(source))?.index !== undefined);
  await findsWhatAScanFinds(source, 4);
  await countsWhatThereIs(source, 1);
  await findsRecordings(source, [OFTEN]);
  source.close();
});

const ONE_REASON: Filter = {
  fields: { reason_code: ["ONLY_EARLY"] },
  traceId: undefined,
  decisionId: undefined,
  from: undefined,
  to: undefined,
};
