import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, after as finallyDo, type TestContext, test } from "node:test";
import { diskFolder } from "@writ/bucket/read/folder";
import { ALICE, batchOf, makePlace, type Place, writeLedger } from "../ledger.test-support.ts";
import { indexed, serveLedger } from "../served.test-support.ts";
import { Follower } from "./follower.ts";
import { databasePath, walPath } from "./index-file.ts";
import { LiveIndex, SearchUnavailable } from "./live-index.ts";
import { histogramQuestion } from "./question.ts";
import { type RandomLedger, randomLedger } from "./random-ledger.test-support.ts";
import type { Summary } from "./search.ts";

let ledger: RandomLedger;
let scratch: string;
/** An index made in one go and closed, so that all of it is in the database. */
let made: string;

before(async () => {
  ledger = await randomLedger(5, 300);
  scratch = mkdtempSync(join(tmpdir(), "writ-live-index-"));
  made = join(scratch, "made");
  const follower = Follower.open(diskFolder(ledger.place.bucket), made);
  while (follower.step().size < ledger.events.length);
  follower.close();
});

finallyDo(() => {
  ledger.place.remove();
  rmSync(scratch, { recursive: true });
});

interface Opened {
  readonly index: LiveIndex;
  readonly notes: string[];
}

function openIndex(t: TestContext, { bucket }: Place, directory: string): Opened {
  const notes: string[] = [];
  const index = new LiveIndex({
    bucketDirectory: bucket,
    directory,
    onNote: (line) => notes.push(line),
    onError: (error) => notes.push(`died: ${error}`),
  });
  t.after(() => index.close());
  return { index, notes };
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const begun = performance.now();
  while (!(await isSo())) {
    assert.ok(performance.now() - begun < 20_000, "waited in vain");
    await new Promise((done) => setTimeout(done, 5));
  }
}

/** It answers before it says so: what it says comes from the thread that follows the log. */
function goesOn({ notes }: Opened): Promise<void> {
  return until(() => notes.at(-1) === "index: goes on");
}

/** An answer, or undefined if there is none now. */
async function summary({ index }: Opened): Promise<Summary | undefined> {
  try {
    return await index.ask("summary", []);
  } catch (error) {
    if (error instanceof SearchUnavailable) return undefined;
    throw error;
  }
}

function overwrite(path: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  change(bytes);
  const file = openSync(path, "r+");
  writeSync(file, bytes, 0, bytes.length, 0);
  closeSync(file);
}

const harms: Readonly<Record<string, (database: string) => void>> = {
  "a page of it is overwritten": (path) =>
    overwrite(path, (bytes) => bytes.fill(0x41, bytes.length - 4096)),
  "an old copy is put in its place": (path) => {
    const copy = `${path}.copy`;
    cpSync(path, copy, { preserveTimestamps: true });
    // In one step: whoever follows may notice at any moment, and begin to clear away.
    renameSync(copy, path);
  },
  "it is cut short": (path) => truncateSync(path, statSync(path).size - 8192),
  "it is removed": (path) => rmSync(path),
};

for (const [position, [harm, strike]] of Object.entries(harms).entries()) {
  test(`while the index is open, ${harm}: no wrong answer, and it is made anew`, async (t) => {
    const directory = join(scratch, `harmed-${position}`);
    cpSync(made, directory, { recursive: true });
    const opened = openIndex(t, ledger.place, directory);
    await until(() => opened.index.status.size === ledger.events.length);
    const expected = await summary(opened);
    assert.equal(expected?.size, ledger.events.length);
    strike(databasePath(directory));
    // From this moment on, asked again and again.
    assert.equal(await summary(opened), undefined);
    await until(async () => {
      const answer = await summary(opened);
      if (answer !== undefined) assert.deepEqual(answer, expected);
      return answer !== undefined;
    });
    await goesOn(opened);
    assert.match(opened.notes.join("\n"), /(changed from outside|malformed)[\s\S]*goes on/);
  });
}

test("what is changed in the write-ahead log is not believed either; the rest is served", async (t) => {
  const served = await serveLedger([batchOf(ALICE, 1, 1, 1, 200)]);
  t.after(() => served.stop());
  await indexed(served, 200);
  assert.equal((await served.read("/v1/summary")).status, 200);
  overwrite(walPath(databasePath(join(served.place.data, "audit", "index"))), (bytes) => {
    bytes.fill(0, bytes.length / 2);
  });
  assert.equal((await served.read("/v1/summary")).status, 503);
  for (const path of ["/checkpoint", "/tile/0/000.p/200", "/v1/events", "/metrics"]) {
    assert.equal((await served.read(path)).status, 200, path);
  }
  await until(async () => (await served.read("/v1/summary")).status === 200);
  assert.deepEqual(served.errors, []);
});

test("questions are answered while pages go into the database and events come", async (t) => {
  const place = makePlace();
  t.after(place.remove);
  const opened: { it?: Opened } = {};
  const batches = Array.from({ length: 12 }, (_, i) => batchOf(ALICE, 1, i + 1, 1 + 25 * i, 25));
  const sizes: number[] = [];
  await writeLedger(place, batches, {
    between: async () => {
      opened.it ??= openIndex(t, place, join(place.data, "index"));
      await new Promise((done) => setTimeout(done, 20));
      const answer = await summary(opened.it);
      if (answer !== undefined) sizes.push(answer.size);
    },
  });
  const { it } = opened;
  assert.ok(it !== undefined);
  await until(async () => (await summary(it))?.size === 300);
  assert.deepEqual(it.notes, []);
  assert.deepEqual(
    sizes,
    sizes.toSorted((a, b) => a - b),
  );
});

/** A small file system in memory; undefined where we may not mount one. */
function smallDisk(t: TestContext): string | undefined {
  const folder = join(scratch, "disk");
  mkdirSync(folder);
  const mounting = ["-t", "tmpfs", "-o", "size=4m,mode=700", "writ", folder];
  if (process.getuid?.() !== 0 || spawnSync("mount", mounting).status !== 0) return undefined;
  t.after(() => spawnSync("umount", ["--lazy", folder]));
  return folder;
}

test("on a full disk the index stays as it is and says so, and goes on when there is room", async (t) => {
  const disk = smallDisk(t);
  if (disk === undefined) return t.skip("no file system may be mounted here");
  const place = makePlace();
  t.after(place.remove);
  await writeLedger(place, [batchOf(ALICE, 1, 1, 1, 100)]);
  const opened = openIndex(t, place, join(disk, "index"));
  await until(() => opened.index.status.size === 100);
  const { bavail, bsize } = statfsSync(disk);
  const ballast = join(disk, "ballast");
  writeFileSync(ballast, Buffer.alloc(bavail * bsize - 20_000));
  await writeLedger(place, [batchOf(ALICE, 2, 1, 1, 400)]);
  await until(() => opened.index.status.stuck !== undefined);
  assert.match(opened.index.status.stuck ?? "", /cannot be written/);
  assert.equal((await summary(opened))?.size, 100);
  const query = "from=2026-11-21T20:00:00Z&to=2026-11-21T21:00:00Z&step=3600";
  const [bucket] = await opened.index.ask("histogram", [
    histogramQuestion(new URLSearchParams(query)),
  ]);
  assert.equal(bucket?.ALLOW, 100);
  rmSync(ballast);
  await until(async () => (await summary(opened))?.size === 500);
  await goesOn(opened);
  assert.match(opened.notes.join("\n"), /^index: .*cannot be written.*\nindex: goes on$/);
});
