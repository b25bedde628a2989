import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { eventOf, freshDirectory } from "../append/bucket.test-support.ts";
import { connectBucket } from "../append/client.ts";
import { diskFolder } from "../read/folder.ts";
import { readLogEnd } from "../read/tallies.ts";
import { generateSignerKey } from "../writer-key.ts";
import { makeBucket } from "./first-use.ts";
import { layoutAt } from "./layout.ts";
import { type LocalBucket, openLocalBucket, type WriterLine, writerLine } from "./open.ts";

/** Opens it for a while: closed before the folder goes, whatever happened. */
async function using(folder: string, work: (bucket: LocalBucket) => Promise<void>): Promise<void> {
  const bucket = await openLocalBucket(folder);
  try {
    await work(bucket);
  } finally {
    await bucket.close();
  }
}

async function appendOne(line: WriterLine, epoch: number): Promise<void> {
  const door = await connectBucket({ ...line, epoch });
  assert.deepEqual(await door.append(eventOf(line.writer, epoch, 1)), { ending: "committed" });
  await door.close();
}

function events(folder: string): number {
  return readLogEnd(diskFolder(layoutAt(folder).bucket)).size;
}

test("a folder becomes a Bucket with keys of its own, and stays the same one", async (t) => {
  const folder = join(freshDirectory(t), "ledger");
  const keys = new Set<string>();
  for (const epoch of [1, 2]) {
    await using(folder, async (bucket) => {
      keys.add(bucket.logKey);
      await appendOne(bucket, epoch);
    });
  }
  assert.equal(keys.size, 1);
  assert.equal(events(folder), 2);
});

test("the line that is read beside it is the one that it gave", async (t) => {
  const folder = freshDirectory(t);
  await using(folder, async ({ close: _, writer, ...bucket }) => {
    const { writer: read, ...line } = writerLine(folder);
    assert.deepEqual(line, bucket);
    assert.equal(read.name, writer.name);
    await appendOne(writerLine(folder), 1);
  });
});

test("a second one of the same folder is refused", async (t) => {
  const folder = freshDirectory(t);
  await using(folder, () => assert.rejects(openLocalBucket(folder), { code: "BUCKET_LOCKED" }));
});

test("secrets are for their owner alone, and a first use that was cut short goes on", async (t) => {
  const folder = freshDirectory(t);
  const layout = layoutAt(folder);
  mkdirSync(dirname(layout.logKey));
  const cut = generateSignerKey("ledger.example/cut");
  writeFileSync(layout.logKey, cut, { mode: 0o600 });
  assert.equal(makeBucket(layout)?.origin, "ledger.example/cut");
  for (const path of [layout.logKey, layout.governanceKey, layout.writerKey, layout.epoch]) {
    assert.equal(statSync(path).mode & 0o777, 0o600, path);
  }
  assert.equal(makeBucket(layout), undefined);
  assert.equal(readFileSync(layout.logKey, "utf8"), cut);
});

test("a folder that lies deep is reached from where the process runs", async (t) => {
  const deep = join(freshDirectory(t), "d".repeat(90));
  mkdirSync(deep, { recursive: true });
  const before = process.cwd();
  t.after(() => process.chdir(before));
  process.chdir(deep);
  await using(join(deep, "ledger"), async (bucket) => {
    assert.equal(bucket.socketPath, join("ledger", "run", "bucket.sock"));
    await appendOne(bucket, 1);
  });
});
