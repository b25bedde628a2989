import assert from "node:assert/strict";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { before, after as finallyDo, test } from "node:test";
import { diskFolder } from "@writ/bucket/read/folder";
import { publishedCheckpoint } from "@writ/bucket/read/published";
import { ALICE, batchOf, makePlace, writeLedger } from "../ledger.test-support.ts";
import { Follower } from "./follower.ts";
import { databasePath } from "./index-file.ts";
import { type RandomLedger, randomLedger } from "./random-ledger.test-support.ts";
import { Search } from "./search.ts";

let ledger: RandomLedger;
let scratch: string;
/** An index made in one go and closed. */
let made: string;

before(async () => {
  ledger = await randomLedger(5, 300);
  scratch = mkdtempSync(join(tmpdir(), "writ-index-"));
  made = join(scratch, "made");
  follow(made).close();
});

finallyDo(() => {
  ledger.place.remove();
  rmSync(scratch, { recursive: true });
});

function follow(directory: string, bucket: string = ledger.place.bucket): Follower {
  const follower = Follower.open(diskFolder(bucket), directory);
  for (let step = follower.step(); step.size < step.published; step = follower.step());
  return follower;
}

/** Places at which a write-ahead log is cut. */
const CUTS = process.env.WRIT_LONG === undefined ? 4 : 200;
const TABLES = [
  "extent",
  "kind",
  "event",
  "tally",
  "block",
  "rollup",
  "stream",
  "hole",
  "writer",
  "head",
];

/** All rows of all tables. */
function contents(directory: string): string {
  const database = new DatabaseSync(databasePath(directory), { readOnly: true });
  try {
    return JSON.stringify(TABLES.map((table) => database.prepare(`SELECT * FROM ${table}`).all()));
  } finally {
    database.close();
  }
}

function copied(name: string): string {
  const directory = join(scratch, name);
  cpSync(made, directory, { recursive: true });
  return directory;
}

test("an index deleted is made again, the same to the last row", () => {
  const directory = join(scratch, "again");
  const follower = follow(directory);
  assert.equal(follower.begunAnew, "missing");
  follower.close();
  assert.equal(contents(directory), contents(made));
});

test("an index that is whole is gone on with", () => {
  const directory = copied("whole");
  const follower = Follower.open(diskFolder(ledger.place.bucket), directory);
  assert.equal(follower.begunAnew, undefined);
  assert.equal(follower.size, ledger.events.length);
  follower.close();
  assert.equal(contents(directory), contents(made));
});

test("one changed bit anywhere in the database or its checksums is noticed", () => {
  const directory = copied("flipped");
  const [database, sums] = [databasePath(directory), `${databasePath(directory)}.sums`];
  const expected = contents(made);
  for (const file of [database, sums]) {
    const original = readFileSync(file);
    const step = file === sums ? 97 : 4096;
    for (let page = 0, places = 0; page < original.length; page += step) {
      const at = Math.min(page + (((page / step) * 1237) % step), original.length - 1);
      const changed = Buffer.from(original);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(file, changed);
      const follower = Follower.open(diskFolder(ledger.place.bucket), directory);
      assert.equal(follower.begunAnew, "damaged", `${file}:${at}`);
      assert.equal(follower.size, 0);
      follower.close();
      cpSync(made, directory, { recursive: true });
      places += 1;
      assert.ok(places < 1000);
    }
  }
  follow(directory).close();
  assert.equal(contents(directory), expected);
});

const damage: Readonly<
  Record<string, readonly ["damaged" | "foreign" | "missing", (path: string) => void]>
> = {
  "cut within a page": ["damaged", (path) => truncateSync(path, readFileSync(path).length - 1)],
  "cut after a page": ["damaged", (path) => truncateSync(path, readFileSync(path).length - 4096)],
  emptied: ["damaged", (path) => truncateSync(path, 0)],
  longer: ["damaged", (path) => writeFileSync(path, Buffer.alloc(4096), { flag: "a" })],
  "without checksums": ["damaged", (path) => rmSync(`${path}.sums`)],
  "no database": ["damaged", (path) => writeFileSync(path, "nonsense")],
  removed: ["missing", (path) => rmSync(path)],
};

for (const [name, [reason, harm]] of Object.entries(damage)) {
  test(`a database that is ${name} is begun anew`, () => {
    const directory = copied(name.replaceAll(" ", "-"));
    harm(databasePath(directory));
    const follower = follow(directory);
    assert.equal(follower.begunAnew, reason);
    follower.close();
    assert.equal(contents(directory), contents(made));
  });
}

test("an index of another version is begun anew, though it is whole", () => {
  const directory = copied("foreign");
  const follower = Follower.open(diskFolder(ledger.place.bucket), directory);
  follower.close();
  const path = databasePath(directory);
  const database = new DatabaseSync(path);
  database.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = 999");
  // As a newer release would: its pages and their checksums agree.
  cpSync(path, `${path}.copy`);
  cpSync(`${path}-wal`, `${path}-wal.copy`);
  database.close();
  cpSync(`${path}.copy`, path);
  cpSync(`${path}-wal.copy`, `${path}-wal`);
  const again = follow(directory);
  assert.equal(again.begunAnew, "foreign");
  again.close();
});

test("killed at any commit, the index goes on or is begun anew, and ends the same", () => {
  const directory = join(scratch, "killed");
  const follower = Follower.open(diskFolder(ledger.place.bucket), directory);
  follower.step();
  // What a kill leaves: the database without the pages that are in the write-ahead log alone.
  const left = join(scratch, "left");
  cpSync(directory, left, { recursive: true });
  follower.close();
  assert.ok(readdirSync(left).includes("events.db-wal"));
  const wal = readFileSync(join(left, "events.db-wal"));
  for (let at = 0; at <= wal.length; at += Math.floor(wal.length / CUTS)) {
    const target = join(scratch, "resumed");
    rmSync(target, { recursive: true, force: true });
    cpSync(left, target, { recursive: true });
    truncateSync(join(target, "events.db-wal"), at);
    const resumed = follow(target);
    resumed.close();
    assert.equal(contents(target), contents(made), `cut at ${at}`);
    const changed = Buffer.from(wal);
    changed[at % wal.length] = (changed[at % wal.length] ?? 0) ^ 16;
    cpSync(left, target, { recursive: true });
    writeFileSync(join(target, "events.db-wal"), changed);
    follow(target).close();
    assert.equal(contents(target), contents(made), `changed at ${at}`);
  }
});

test("two cannot keep one index", () => {
  const directory = copied("locked");
  const first = Follower.open(diskFolder(ledger.place.bucket), directory);
  assert.throws(() => Follower.open(diskFolder(ledger.place.bucket), directory), {
    code: "INDEX_LOCKED",
  });
  first.close();
  Follower.open(diskFolder(ledger.place.bucket), directory).close();
});

test("an index follows a log while it is written, and reads no further than is published", async (t) => {
  const place = makePlace();
  t.after(place.remove);
  const directory = join(place.data, "audit", "index");
  const batches = Array.from({ length: 40 }, (_, i) => batchOf(ALICE, 1, i + 1, 1 + 50 * i, 50));
  let follower: Follower | undefined;
  let search: Search | undefined;
  const sizes = new Set<number>();
  await writeLedger(place, batches, {
    segmentBytes: 100_000,
    between: async (position) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      // However seldom this machine publishes, some sizes lie between the first and the last.
      if (position % 10 === 9) await publishedBeyond(place.bucket, [...sizes].at(-1) ?? 0);
      follower ??= Follower.open(diskFolder(place.bucket), directory);
      const { size, published } = follower.step();
      assert.ok(size <= published);
      search ??= new Search(directory);
      assert.equal(search.summary().size, size);
      sizes.add(size);
    },
  });
  assert.ok(sizes.size > 2, `${[...sizes]}`);
  assert.equal(follower?.step().size, 2000);
  assert.equal(search?.summary().missing, 0);
  search?.close();
  follower?.close();
});

/** Waits until more than so many events are published. */
async function publishedBeyond(bucket: string, size: number): Promise<void> {
  const begun = performance.now();
  const tiles = diskFolder(join(bucket, "tiles"));
  while ((publishedCheckpoint(tiles)?.checkpoint.size ?? 0) <= size) {
    assert.ok(performance.now() - begun < 15_000, "waited in vain");
    await new Promise((done) => setTimeout(done, 5));
  }
}

test("an index of another log, or of one that went back, is begun anew", async (t) => {
  const place = makePlace();
  t.after(place.remove);
  await writeLedger(place, [batchOf(ALICE, 1, 1, 1, 20)]);
  const directory = copied("other-log");
  const follower = follow(directory, place.bucket);
  assert.equal(follower.size, 20);
  follower.close();
});

test("what the log has not signed is not taken over", async (t) => {
  const place = makePlace();
  t.after(place.remove);
  await writeLedger(place, [batchOf(ALICE, 1, 1, 1, 20), batchOf(ALICE, 1, 2, 21, 20)]);
  const segment = join(place.bucket, "log", `${"0".repeat(20)}.frames`);
  const bytes = readFileSync(segment);
  const at = bytes.lastIndexOf("transfer");
  bytes.write("transfes", at);
  writeFileSync(segment, bytes);
  const follower = Follower.open(diskFolder(place.bucket), join(place.data, "audit", "index"));
  assert.throws(() => follower.step(), { code: "LOG_UNREADABLE", message: /event 20 .*verify/ });
  assert.equal(follower.size, 0);
  follower.close();
});
