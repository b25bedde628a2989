import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readFrame, readSegmentHead, submissionBytes } from "../frame.ts";
import { FaultDisk } from "../testing/fault-disk.ts";
import { loggedEntries, openOn, submissionOf, WRITER } from "../testing/log-fixture.ts";
import { ManualClock, settled } from "../testing/manual-clock.ts";
import type { LogLimits } from "./log-writer.ts";
import { EpochNotGreater, type LogWriter, Poisoned, SubmissionRefused } from "./submission.ts";

/** A disk whose syncs of contents end when told. */
class SlowDisk extends FaultDisk {
  readonly #waiting: (() => void)[] = [];
  isSlow = false;

  override async datasyncLater(handle: number): Promise<void> {
    if (this.isSlow) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    await super.datasyncLater(handle);
  }

  finishSync(): void {
    this.#waiting.shift()?.();
  }

  get syncs(): number {
    return this.#waiting.length;
  }
}

function openEmpty(limits: Partial<LogLimits> = {}): {
  disk: SlowDisk;
  log: LogWriter;
  clock: ManualClock;
} {
  const disk = new SlowDisk();
  disk.makeDirectory("/data");
  disk.syncDirectory("/");
  const clock = new ManualClock();
  const log = openOn(disk, clock, { limits });
  log.raiseEpoch(WRITER, 1);
  return { disk, log, clock };
}

function logCalls(disk: FaultDisk, from = 0): string[] {
  return disk.calls
    .slice(from)
    .filter(({ path }) => path.endsWith(".frames"))
    .map(({ name }) => name);
}

test("what is submitted in one turn is one write and one sync", async () => {
  const { disk, log } = openEmpty();
  await log.submit(submissionOf(0, 1));
  const before = disk.calls.length;
  await Promise.all([1, 2, 3, 4].map((first) => log.submit(submissionOf(first, 1))));
  assert.deepEqual(logCalls(disk, before), ["write", "datasyncLater"]);
  assert.equal(log.size, 5);
});

test("what arrives during a sync is the next frame, and nobody is told before the sync", async () => {
  const { disk, log } = openEmpty();
  disk.isSlow = true;
  const told: number[] = [];
  const submit = (first: number, count: number): void => {
    void log.submit(submissionOf(first, count)).then(() => told.push(first));
  };
  submit(0, 2);
  await settled();
  submit(2, 1);
  submit(3, 3);
  await settled();
  assert.deepEqual([told, log.size, disk.syncs], [[], 0, 1]);
  disk.finishSync();
  await settled();
  assert.deepEqual([told, log.size, disk.syncs], [[0], 2, 1]);
  disk.finishSync();
  await settled();
  assert.deepEqual([told, log.size], [[0, 2, 3], 6]);
  assert.deepEqual(frameSizes(disk), [1, 2]);
  assert.deepEqual(loggedEntries(disk.stableContents()), ["e0", "e1", "e2", "e3", "e4", "e5"]);
});

test("closing commits what was submitted before, and refuses what comes after", async () => {
  const { disk, log } = openEmpty();
  const last = log.submit(submissionOf(0, 2));
  const closed = log.close();
  await assert.rejects(log.submit(submissionOf(2, 1)), { code: "WRITER_CLOSED" });
  await Promise.all([last, closed, log.close()]);
  assert.deepEqual(loggedEntries(disk.stableContents(), { whole: true }), ["e0", "e1"]);
});

test("after a failed sync everybody waiting is rejected and nothing is written any more", async () => {
  const { disk, log } = openEmpty();
  await log.submit(submissionOf(0, 1));
  disk.isSlow = true;
  const first = log.submit(submissionOf(1, 1));
  await settled();
  const second = log.submit(submissionOf(2, 1));
  disk.failAt(disk.calls.length, "EIO");
  disk.finishSync();
  for (const one of [first, second]) await assert.rejects(one, Poisoned);
  assert.ok((await log.poisoned) instanceof Poisoned);
  const calls = disk.calls.length;
  await assert.rejects(log.submit(submissionOf(3, 1)), Poisoned);
  assert.throws(() => log.raiseEpoch(WRITER, 2), Poisoned);
  assert.equal(log.size, 1);
  await assert.rejects(log.close(), Poisoned);
  assert.deepEqual([...new Set(disk.calls.slice(calls).map(({ name }) => name))], ["close"]);
});

test("one bad submission is refused alone", async () => {
  const { log } = openEmpty();
  const good = submissionOf(0, 2);
  const refused: [Parameters<LogWriter["submit"]>[0], string][] = [
    [{ ...good, entries: [], leafHashes: new Uint8Array(0) }, "SUBMISSION_MALFORMED"],
    [{ ...good, leafHashes: good.leafHashes.slice(1) }, "SUBMISSION_MALFORMED"],
    [{ ...good, leafHashes: good.leafHashes.slice(32) }, "SUBMISSION_MALFORMED"],
    [{ ...good, entries: [new Uint8Array(65_536), new Uint8Array(1)] }, "SUBMISSION_MALFORMED"],
    [
      {
        ...good,
        entries: Array<Uint8Array>(513).fill(new Uint8Array(65_535)),
        leafHashes: new Uint8Array(513 * 32),
      },
      "SUBMISSION_TOO_LARGE",
    ],
  ];
  for (const [submission, code] of refused) {
    await assert.rejects(log.submit(submission), (error) => {
      return error instanceof SubmissionRefused && error.code === code;
    });
  }
  await log.submit(good);
  assert.equal(log.size, 2);
});

test("an epoch is durable when it is raised, and never falls", async () => {
  const { disk, log } = openEmpty();
  assert.throws(() => log.raiseEpoch(WRITER, 1), EpochNotGreater);
  assert.throws(() => log.raiseEpoch(WRITER, 1.5), EpochNotGreater);
  log.raiseEpoch(WRITER, 7);
  log.raiseEpoch("ffffffffffffffff", 2);
  const later = disk.afterPowerLoss({ kind: "dropped" }, "dropped");
  const again = openOn(later, new ManualClock());
  assert.throws(() => again.raiseEpoch(WRITER, 7), EpochNotGreater);
  assert.throws(() => again.raiseEpoch("ffffffffffffffff", 2), EpochNotGreater);
  again.raiseEpoch(WRITER, 8);
});

test("the guard follows a commit within 100 ms and is never ahead", async () => {
  const { disk, log, clock } = openEmpty();
  const guarded = (): string | undefined =>
    Buffer.from(disk.contents().get("/data/guard/head") ?? [])
      .toString()
      .split("\n")[1];
  for (let i = 0; i < 5; i += 1) {
    await log.submit(submissionOf(i, 1));
    assert.equal(guarded(), String(i));
    await clock.pass(100);
    assert.equal(guarded(), String(i + 1));
  }
});

test("frames take as many as fit, in order, and at least one", async () => {
  const burst = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(burst, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 1000 }),
      async (bursts, batchBytes) => {
        const { disk, log } = openEmpty({ batchBytes });
        disk.isSlow = true;
        const ends: Promise<void>[] = [];
        const expected: number[][] = [];
        let entries = 0;
        for (const sizes of bursts) {
          // Each burst finds the one before it all being synced or waiting.
          for (const size of sizes) {
            ends.push(log.submit(submissionOf(entries, size)));
            entries += size;
          }
          await settled();
          expected.push(sizes);
        }
        while (disk.syncs > 0) {
          disk.finishSync();
          await settled();
        }
        await Promise.all(ends);
        assert.deepEqual(frameSizes(disk), naiveFrames(expected, batchBytes));
        const names = Array.from({ length: entries }, (_, i) => `e${i}`);
        assert.deepEqual(loggedEntries(disk.stableContents(), { whole: true }), names);
      },
    ),
    { numRuns: 150 },
  );
});

/** Submissions in each frame: the first burst begins at once, all later ones find a sync under way. */
function naiveFrames(
  [first = [], ...later]: readonly (readonly number[])[],
  limit: number,
): number[] {
  const frames: number[] = [];
  const queue = [...first];
  const bytes = (entries: number, from: number): number =>
    submissionBytes(submissionOf(from, entries).entries);
  let from = 0;
  const cut = (): void => {
    let total = 0;
    let count = 0;
    while (queue.length > 0) {
      const next = queue[0] ?? 0;
      total += bytes(next, from);
      if (count > 0 && total > limit) break;
      queue.shift();
      from += next;
      count += 1;
    }
    frames.push(count);
  };
  cut();
  queue.push(...later.flat());
  while (queue.length > 0) cut();
  return frames;
}

/** Submissions in each frame of the first segment. */
function frameSizes(disk: FaultDisk): number[] {
  const bytes = disk.contents().get("/data/bucket/log/00000000000000000000.frames");
  assert.ok(bytes);
  const head = readSegmentHead(bytes);
  assert.ok(head.ok);
  const sizes: number[] = [];
  for (let at = head.end; at < bytes.length; ) {
    const read = readFrame(bytes, at);
    assert.ok(read.ok);
    sizes.push(read.value.submissions.length);
    at = read.end;
  }
  return sizes;
}
