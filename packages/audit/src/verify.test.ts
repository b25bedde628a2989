import assert from "node:assert/strict";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { NotABucket } from "./bucket-folder.ts";
import {
  ALICE,
  BOB,
  batchOf,
  type Files,
  GOVERNANCE,
  LOG,
  makePlace,
  memoryFolder,
  OTHER_LOG,
  sampleFiles,
  writeLedger,
} from "./ledger.test-support.ts";
import { verifyFolder } from "./verify.ts";
import { verifyBucket } from "./verify-bucket.ts";

const key = LOG.verifierKey;

test("a ledger of the Bucket's own writer verifies; holes are told and are no fault", async (t) => {
  const place = makePlace();
  t.after(place.remove);
  await writeLedger(place, [
    batchOf(ALICE, 1, 1, 1, 20),
    batchOf(BOB, 4, 1, 1, 10),
    batchOf(ALICE, 1, 3, 22, 5),
    batchOf(ALICE, 2, 1, 3, 300),
  ]);
  for (const directory of [place.data, place.bucket]) {
    const report = await verifyBucket(directory, { key });
    assert.deepEqual(report.faults, []);
    assert.equal(report.ok, true);
    const notMade = report.checks.filter(({ made }) => !made).map(({ check }) => check);
    assert.deepEqual(notMade, ["pinned", "guard", "since", "witnesses"]);
    assert.equal(report.events, 335);
    assert.equal(report.published, 335);
    assert.deepEqual(report.holes, [
      { gateway: ALICE.name, epoch: 1, from: 21, to: 21 },
      { gateway: ALICE.name, epoch: 2, from: 1, to: 2 },
    ]);
  }
});

test("progress ends with all bytes and events", async (t) => {
  const place = makePlace();
  t.after(place.remove);
  await writeLedger(place, [batchOf(ALICE, 1, 1, 1, 3), batchOf(ALICE, 1, 2, 4, 4)]);
  const seen: { bytes: number; totalBytes: number; events: number }[] = [];
  await verifyBucket(place.data, { onProgress: (progress) => seen.push(progress) });
  assert.equal(seen.at(-1)?.events, 7);
  assert.equal(seen.at(-1)?.bytes, seen.at(-1)?.totalBytes);
});

test("threads give the report that one gives, whatever is wrong", async (t) => {
  const place = makePlace();
  t.after(place.remove);
  const batches = Array.from({ length: 30 }, (_, i) => batchOf(ALICE, 1, i + 1, 1 + 37 * i, 37));
  await writeLedger(place, batches, { segmentBytes: 150_000 });
  const both = async (): Promise<number> => {
    const alone = await verifyBucket(place.data, { key, threads: 0 });
    const rangeBytes = 40_000;
    assert.deepEqual(await verifyBucket(place.data, { key, threads: 2, rangeBytes }), alone);
    return alone.faultCount;
  };
  assert.equal(await both(), 0);
  const path = join(place.bucket, "log", "00000000000000000000.frames");
  const bytes = readFileSync(path);
  for (const at of [20, 40_000]) {
    writeFileSync(path, bytes.with(at, (bytes[at] ?? 0) ^ 1));
    assert.ok((await both()) > 0);
  }
  writeFileSync(path, bytes);
});

test("without a key the report says that the log is only self-consistent", async () => {
  const folder = memoryFolder(await sampleFiles());
  const report = verifyFolder(folder);
  assert.equal(report.ok, true);
  assert.equal(report.vkey, key);
  assert.match(report.evidence.join("\n"), /only self-consistent/);
  assert.equal(report.checks.find(({ check }) => check === "log-key")?.made, false);
  const given = verifyFolder(folder, { key });
  assert.doesNotMatch(given.evidence.join("\n"), /only self-consistent/);
});

test("another log's key is a fault, and what is no key is the caller's mistake", async () => {
  const folder = memoryFolder(await sampleFiles());
  const report = verifyFolder(folder, { key: OTHER_LOG.verifierKey });
  assert.equal(report.faults[0]?.check, "log-key");
  assert.throws(() => verifyFolder(folder, { key: "nonsense" }), { code: "KEY_MALFORMED" });
});

test("a Bucket that is being written verifies at every moment", async (t) => {
  const place = makePlace();
  t.after(place.remove);
  const batches = Array.from({ length: 12 }, (_, i) => batchOf(ALICE, 1, i + 1, 1 + 50 * i, 50));
  await writeLedger(place, batches, {
    segmentBytes: 60_000,
    between: async (position) => {
      // Now before, now after the tiles have followed.
      await new Promise((resolve) => setTimeout(resolve, (position % 4) * 40));
      const report = await verifyBucket(place.data, { key });
      assert.deepEqual(report.faults, []);
      assert.equal(report.events, 50 * (position + 1));
    },
  });
});

test("a folder without a Bucket is refused", async (t) => {
  const place = makePlace();
  t.after(place.remove);
  await assert.rejects(verifyBucket(place.data), NotABucket);
});

const strays = [
  "notes.txt",
  "constitution/00.note",
  "constitution/7.note",
  "constitution/1.note.bak",
  "log/00000000000000000000.frames~",
  "log/1.frames",
  "log/sub/00000000000000000000.frames",
  "tiles/index.html",
  "tiles/tile/0/000.p/101",
  "tiles/tile/0/000",
  "tiles/tile/0/001",
  "tiles/tile/1/000.p/1",
  "tiles/tile/0/000.p/0100",
  "tiles/tile/entries/000.p/256",
  "tiles/tile/64/000",
  "epochs.old",
  ".notes.txt.new",
];

for (const path of strays) {
  test(`a file that no Bucket makes is a fault: ${path}`, async () => {
    const files = await sampleFiles();
    files.set(path, Buffer.from("x"));
    const report = verifyFolder(memoryFolder(files), { key });
    assert.ok(
      report.faults.some(({ check, message }) => check === "folder" && message.includes(path)),
    );
  });
}

test("what a killed Bucket left unfinished is told and is no fault", async () => {
  const files = await sampleFiles();
  files.set("staging/3", Buffer.from("half"));
  files.set(".epochs.new", Buffer.from("half"));
  const report = verifyFolder(memoryFolder(files), { key });
  assert.deepEqual(report.faults, []);
  assert.match(report.evidence.join("\n"), /2 unfinished files/);
});

test("a mark of synced tiles must be one that a Bucket makes", async () => {
  const files = await sampleFiles();
  const verdict = (text: string): boolean =>
    verifyFolder(memoryFolder(new Map(files).set("tiles.synced", Buffer.from(text)))).ok;
  assert.equal(verdict("0\n"), true);
  for (const text of ["65536\n", "256\n", "0", "00\n", ""])
    assert.equal(verdict(text), false, text);
});

test("counts of what a Bucket turned away belong to it, and nothing else in their place", async () => {
  const files = await sampleFiles();
  const verdict = (text: string): boolean =>
    verifyFolder(memoryFolder(new Map(files).set("denials", Buffer.from(text)))).ok;
  for (const text of ["{}\n", '{"DISK_ROOM":3,"TOTAL_QUOTA":4}\n'])
    assert.equal(verdict(text), true);
  const other = ["", "{}", "null\n", "[]\n", " {}\n", '{"a b":1}\n', '{"A":-1}\n', '{"A":"1"}\n'];
  for (const text of [...other, `{"A":${"1".repeat(5000)}}\n`]) {
    assert.equal(verdict(text), false, text.slice(0, 20));
  }
});

test("any file that is gone is missed, but for the unpublished and old partial tiles", async () => {
  const files = await sampleFiles();
  const notMissed: string[] = [];
  for (const path of files.keys()) {
    const without: Files = new Map(files);
    without.delete(path);
    if (verifyFolder(memoryFolder(without), { key }).ok) notMissed.push(path);
  }
  // The checkpoint may not have been published yet, and of old sizes nothing is left to say. Which
  // sizes were published on the way is a matter of time.
  const isOld = (path: string): boolean => /\.p\/\d+$/.test(path) && !path.endsWith(".p/100");
  const expected = [...files.keys()].filter((path) => path === "tiles/checkpoint" || isOld(path));
  assert.ok(expected.length >= 3);
  assert.deepEqual(notMissed.sort(), expected.sort());
});

test("a link in the folder is a stray file and is not followed", async (t) => {
  const place = makePlace();
  t.after(place.remove);
  await writeLedger(place, [batchOf(ALICE, 1, 1, 1, 3)]);
  writeFileSync(join(place.data, "elsewhere"), "x");
  symlinkSync(join(place.data, "elsewhere"), join(place.bucket, "tiles", "link"));
  const report = await verifyBucket(place.data, { key });
  assert.deepEqual(
    report.faults.map(({ check }) => check),
    ["folder"],
  );
});

test("a constitution with a signature of nobody's is a fault", async () => {
  const files = await sampleFiles();
  const note = Buffer.from(files.get("constitution/1.note") ?? []).toString("utf8");
  const line = note.trimEnd().split("\n").at(-1) ?? "";
  const foreign = line.replace(GOVERNANCE.name, "stranger.example");
  files.set("constitution/1.note", Buffer.from(`${note}${foreign}\n`));
  const report = verifyFolder(memoryFolder(files), { key });
  assert.deepEqual(
    report.faults.map(({ check }) => check),
    ["constitution"],
  );
});
