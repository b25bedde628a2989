import assert from "node:assert/strict";
import { test } from "node:test";
import { FaultDisk } from "../testing/fault-disk.ts";
import { naiveTiles, openOn, submissionOf, WRITER } from "../testing/log-fixture.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import type { LogWriter } from "./submission.ts";

const TILES = "/data/bucket/tiles/";

async function open(disk: FaultDisk, clock: ManualClock): Promise<LogWriter> {
  const log = openOn(disk, clock);
  log.raiseEpoch(WRITER, 1 + log.size);
  return log;
}

function emptyDisk(): FaultDisk {
  const disk = new FaultDisk();
  disk.makeDirectory("/data");
  disk.syncDirectory("/");
  return disk;
}

/** The tile files on a disk, by path below the public folder. */
function tilesOn(disk: FaultDisk): Map<string, Uint8Array> {
  const found = [...disk.contents()].filter(([path]) => path.startsWith(`${TILES}tile/`));
  return new Map(found.map(([path, bytes]) => [path.slice(TILES.length), bytes]));
}

function requireTiles(disk: FaultDisk, size: number): void {
  const found = tilesOn(disk);
  for (const [path, bytes] of naiveTiles(size === 0 ? [] : submissionOf(0, size).entries)) {
    assert.equal(Buffer.compare(found.get(path) ?? new Uint8Array(0), bytes), 0, path);
  }
}

test("the public folder is the tree at every size around full tiles", async () => {
  const disk = emptyDisk();
  const clock = new ManualClock();
  const log = await open(disk, clock);
  for (const step of [1, 1, 253, 1, 1, 254, 1, 1, 300, 700]) {
    await log.submit(submissionOf(log.size, step));
    await clock.pass(150);
    requireTiles(disk, log.size);
  }
});

test("a second level of tiles is made and taken over", async () => {
  const disk = emptyDisk();
  const clock = new ManualClock();
  const log = await open(disk, clock);
  await log.submit(submissionOf(0, 65_530));
  await log.close();
  requireTiles(disk, 65_530);
  const next = disk.afterKill();
  next.tamper("/data/bucket/tiles.synced", Buffer.from("65280\n"));
  const again = await open(next, clock);
  await again.submit(submissionOf(65_530, 10));
  await again.close();
  requireTiles(next, 65_540);
  assert.ok(tilesOn(next).has("tile/1/000"));
  assert.deepEqual(tilesOn(next).get("tile/2/000.p/1")?.length, 32);
});

test("several commits within 100 ms are one checkpoint", async () => {
  const disk = emptyDisk();
  const clock = new ManualClock();
  const log = await open(disk, clock);
  await clock.pass(100);
  const before = disk.calls.length;
  for (let i = 0; i < 5; i += 1) {
    await log.submit(submissionOf(i, 1));
    await clock.pass(10);
  }
  await clock.pass(100);
  const published = disk.calls
    .slice(before)
    .filter(({ name, path }) => name === "rename" && path === `${TILES}checkpoint`);
  assert.equal(published.length, 1);
});

test("a public folder that is lost, or garbled above what is durable, is made again", async () => {
  const whole = emptyDisk();
  const log = await open(whole, new ManualClock());
  for (let i = 0; i < 6; i += 1) await log.submit(submissionOf(i * 100, 100));
  await log.close();
  const paths = [...tilesOn(whole).keys()].map((path) => TILES + path);
  for (const harm of [undefined, new Uint8Array(0), new Uint8Array(8192).fill(1)]) {
    const disk = whole.afterKill();
    for (const path of [...paths, `${TILES}checkpoint`]) disk.tamper(path, harm);
    const again = await open(disk, new ManualClock());
    await again.close();
    requireTiles(disk, 600);
    assert.deepEqual(
      disk.contents().get(`${TILES}checkpoint`),
      disk.contents().get("/data/guard/head"),
    );
  }
});

test("tiles that were believed durable but do not make up the tree are all made again", async () => {
  const disk = emptyDisk();
  const log = await open(disk, new ManualClock());
  await log.submit(submissionOf(0, 600));
  await log.close();
  const next = disk.afterKill();
  next.tamper("/data/bucket/tiles.synced", Buffer.from("512\n"));
  next.tamper(`${TILES}tile/0/001`, new Uint8Array(8192).fill(1));
  const again = await open(next, new ManualClock());
  await again.close();
  requireTiles(next, 600);
});

test("partial files stay until the full one stands, and go then", async () => {
  const disk = emptyDisk();
  const clock = new ManualClock();
  const log = await open(disk, clock);
  const partials = (): string[] =>
    [...tilesOn(disk).keys()].filter((path) => path.includes("/000.p/"));
  await log.submit(submissionOf(0, 3));
  await clock.pass(150);
  await log.submit(submissionOf(3, 4));
  await clock.pass(150);
  assert.deepEqual(partials().sort(), [
    "tile/0/000.p/3",
    "tile/0/000.p/7",
    "tile/entries/000.p/3",
    "tile/entries/000.p/7",
  ]);
  await log.submit(submissionOf(7, 250));
  await clock.pass(150);
  assert.deepEqual(partials(), ["tile/1/000.p/1"]);
});

test("more commits than memory should hold are read back from the log", async () => {
  const disk = emptyDisk();
  const log = await open(disk, new ManualClock());
  // The clock stands still, so nothing is published until the end.
  for (let i = 0; i < 40; i += 1) await log.submit(submissionOf(i * 20, 20, 60_000));
  await log.close();
  const found = tilesOn(disk);
  for (const [path, bytes] of naiveTiles(submissionOf(0, 800, 60_000).entries)) {
    assert.equal(Buffer.compare(found.get(path) ?? new Uint8Array(0), bytes), 0, path);
  }
  assert.ok(disk.calls.some(({ name, path }) => name === "read" && path.endsWith(".frames")));
});
