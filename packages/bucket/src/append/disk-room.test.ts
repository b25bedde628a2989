import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { ManualClock } from "../testing/manual-clock.ts";
import { freshDirectory } from "./bucket.test-support.ts";
import { type DiskEye, type DiskLook, DiskRoom, diskEye } from "./disk-room.ts";

/** A disk on which a test does the writing. */
class Disk implements DiskEye {
  free: number;
  published = 0;
  committed = 0;
  looks = 0;
  isBroken = false;

  constructor(free: number) {
    this.free = free;
  }

  look(): DiskLook {
    this.looks += 1;
    if (this.isBroken) throw new Error("input/output error");
    return { free: this.free, published: this.published };
  }

  lookLater(): Promise<DiskLook> {
    return Promise.resolve().then(() => this.look());
  }
}

interface Setting {
  readonly disk: Disk;
  readonly clock: ManualClock;
  readonly room: DiskRoom;
}

function roomOn(disk: Disk, margin = 0, held = 0): Setting {
  const clock = new ManualClock();
  const room = new DiskRoom({ eye: disk, committed: () => disk.committed, held, margin, clock });
  return { disk, clock, room };
}

test("what is reserved is not there for the next, what is given back is", () => {
  const { room } = roomOn(new Disk(100));
  assert.ok(room.take(60));
  assert.ok(!room.take(41));
  assert.ok(room.take(40));
  room.settle(60, 0);
  assert.ok(room.take(60));
  assert.ok(!room.take(1));
});

test("the margin is nobody's", () => {
  const { room } = roomOn(new Disk(100), 30);
  assert.ok(!room.take(71));
  assert.ok(room.take(70));
});

test("what was written counts until its tiles are seen, and then once", async () => {
  const { room, disk, clock } = roomOn(new Disk(100));
  assert.ok(room.take(40));
  disk.committed = 1;
  disk.free = 80;
  room.settle(40, 40);
  assert.equal(room.left, 60);
  await clock.pass(100);
  assert.equal(room.left, 40);
  disk.published = 1;
  disk.free = 60;
  assert.ok(room.take(1));
  room.settle(1, 0);
  await clock.pass(100);
  assert.equal(room.left, 60);
});

test("an idle Bucket does not look at its disk; a busy one does, every 100 ms", async () => {
  const { room, disk, clock } = roomOn(new Disk(1_000_000));
  await clock.pass(10_000);
  assert.equal(disk.looks, 1);
  for (let i = 0; i < 100; i += 1) {
    assert.ok(room.take(1));
    await clock.pass(10);
  }
  assert.ok(disk.looks >= 9 && disk.looks <= 12, String(disk.looks));
});

test("a disk that others fill is noticed, and that they emptied it too", async () => {
  const { room, disk, clock } = roomOn(new Disk(1_000));
  assert.ok(room.take(10));
  disk.free = 5;
  await clock.pass(100);
  assert.ok(!room.take(1));
  disk.free = 1_000;
  assert.ok(!room.take(1), "a full disk is not looked at for every message");
  await clock.pass(10);
  assert.ok(room.take(1));
});

test("a disk that cannot be looked at has no room", async () => {
  const disk = new Disk(1_000);
  const { room, clock } = roomOn(disk);
  assert.ok(room.take(1));
  disk.isBroken = true;
  await clock.pass(100);
  assert.ok(!room.take(1));
  disk.isBroken = false;
  await clock.pass(10);
  assert.ok(room.take(1));
  const blind = new Disk(1_000);
  blind.isBroken = true;
  assert.ok(!roomOn(blind).room.take(1));
});

test("tiles that a crash left unmade still need their part", () => {
  const disk = new Disk(1_000);
  disk.committed = 10;
  disk.published = 5;
  const { room } = roomOn(disk, 0, 600);
  assert.equal(room.left, 700);
});

/**
 * A Bucket over its disk as it really is: frames fill it at once, tiles when they are published,
 * each taking at most what was charged. However looks and writes interleave, it never runs out.
 */
test("a disk that only this Bucket fills never runs full", async () => {
  const event = fc.record({
    reserve: fc.integer({ min: 2, max: 200 }),
    spares: fc.nat(100),
    publishes: fc.boolean(),
    waits: fc.constantFrom(0, 0, 50, 100),
    settles: fc.nat(3),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 80 }), fc.nat(4_000), async (events, size) => {
      const { room, disk, clock } = roomOn(new Disk(size));
      const open: { reserve: number; written: number }[] = [];
      let unmade = 0;
      for (const { reserve, spares, publishes, waits, settles } of events) {
        if (room.take(reserve)) open.push({ reserve, written: Math.max(2, reserve - spares) });
        for (const one of open.splice(0, settles)) {
          disk.committed += 1;
          disk.free -= Math.floor(one.written / 2);
          unmade += Math.ceil(one.written / 2);
          room.settle(one.reserve, one.written);
        }
        if (publishes) {
          disk.free -= unmade;
          unmade = 0;
          disk.published = disk.committed;
        }
        await clock.pass(waits);
        const owed = open.reduce((sum, one) => sum + one.written, unmade);
        assert.ok(disk.free - owed >= 0, `${disk.free} bytes left, ${owed} to write`);
      }
    }),
    { numRuns: 150 },
  );
});

test("the machine's disk is seen, with what has been published on it", async (t) => {
  const directory = freshDirectory(t);
  const eye = diskEye(directory, directory);
  const { bavail, bsize } = await statfs(directory);
  assert.equal(eye.look().published, 0);
  mkdirSync(join(directory, "tiles"));
  writeFileSync(join(directory, "tiles", "checkpoint"), "log.example\n4711\nroot\n\n— x y\n");
  for (const seen of [eye.look(), await eye.lookLater()]) {
    assert.equal(seen.published, 4711);
    assert.ok(Math.abs(seen.free - bavail * bsize) < 1e9);
  }
  writeFileSync(join(directory, "tiles", "checkpoint"), "garbled");
  assert.equal(eye.look().published, 0);
  assert.throws(() => diskEye(directory, join(directory, "none")).look(), /ENOENT/);
});
