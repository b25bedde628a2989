import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNote, signNote } from "@writ/tlog/note";
import { signerOf } from "@writ/tlog/note-key";
import { Frontier } from "@writ/tlog/tree";
import { FaultDisk } from "../testing/fault-disk.ts";
import {
  KEY,
  loggedEntries,
  ORIGIN,
  openOn,
  submissionOf,
  WRITER,
} from "../testing/log-fixture.ts";
import { ManualClock, settled } from "../testing/manual-clock.ts";
import { signHead } from "./head.ts";
import { type OpenRefusal, OpenRefused } from "./open-refused.ts";
import { EpochNotGreater } from "./submission.ts";

const SEGMENT = "/data/bucket/log/00000000000000000000.frames";
const GUARD = "/data/guard/head";
const EPOCHS = "/data/bucket/epochs";
const CHECKPOINT = "/data/bucket/tiles/checkpoint";

/** A closed log of one frame for each of the counts, each its own submission. */
async function logOf(...counts: number[]): Promise<FaultDisk> {
  return grow(emptyDisk(), 1, counts);
}

async function grow(disk: FaultDisk, epoch: number, counts: readonly number[]): Promise<FaultDisk> {
  const log = openOn(disk, new ManualClock());
  log.raiseEpoch(WRITER, epoch);
  for (const count of counts) await log.submit(submissionOf(log.size, count));
  await log.close();
  return disk.afterKill();
}

/** As `logOf`, with other entries. */
async function logOfOther(count: number): Promise<FaultDisk> {
  const disk = emptyDisk();
  const log = openOn(disk, new ManualClock());
  log.raiseEpoch(WRITER, 1);
  await log.submit(submissionOf(7, count));
  await log.close();
  return disk.afterKill();
}

/** The same checkpoint with a witness's signature under it. */
function cosigned(checkpoint: Uint8Array): Uint8Array {
  const { text, signatures } = parseNote(checkpoint);
  return signNote(text, [signerOf("witness.example", new Uint8Array(32).fill(3))], signatures);
}

function emptyDisk(): FaultDisk {
  const disk = new FaultDisk();
  disk.makeDirectory("/data");
  disk.syncDirectory("/");
  return disk;
}

function contentOf(disk: FaultDisk, path: string): Uint8Array {
  const bytes = disk.contents().get(path);
  assert.ok(bytes, path);
  return bytes;
}

/** Opening is refused, says so in a line, and leaves every file as it was. */
function refuses(disk: FaultDisk, ...codes: OpenRefusal[]): void {
  const before = disk.contents();
  assert.throws(
    () => openOn(disk, new ManualClock()),
    (error) => {
      assert.ok(error instanceof OpenRefused, String(error));
      assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
      assert.match(error.message, /^[^A-Z\n][^\n]+$/);
      return true;
    },
  );
  assert.deepEqual(disk.contents(), before);
}

test("an empty directory becomes a log whose empty head is guarded and published", async () => {
  const disk = await logOf();
  const note = Buffer.from(signHead(KEY, new Frontier()).note);
  assert.deepEqual(Buffer.from(contentOf(disk, GUARD)), note);
  assert.deepEqual(Buffer.from(contentOf(disk, CHECKPOINT)), note);
});

test("every flipped bit at or below the guard's head, in the last segment, is refused", async () => {
  const disk = await logOf(2, 1);
  const bytes = contentOf(disk, SEGMENT);
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Uint8Array.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    disk.tamper(SEGMENT, flipped);
    refuses(disk, "LOG_CORRUPT");
  }
});

test("every cut below the guard's head is refused", async () => {
  const disk = await logOf(2, 1);
  const bytes = contentOf(disk, SEGMENT);
  const codes = new Set<string>();
  for (let length = 0; length < bytes.length; length += 1) {
    disk.tamper(SEGMENT, bytes.slice(0, length));
    refuses(disk, "LOG_CORRUPT", "LOG_BEHIND_HEAD");
    assert.throws(
      () => openOn(disk, new ManualClock()),
      (error: OpenRefused) => codes.add(error.code) !== undefined,
    );
  }
  assert.deepEqual([...codes].sort(), ["LOG_BEHIND_HEAD", "LOG_CORRUPT"]);
});

test("above the guard's head a damaged last frame is cut, and a damaged earlier one refused", async () => {
  const guard = contentOf(await logOf(2), GUARD);
  const disk = await logOf(2, 1, 1);
  const end = contentOf(await logOf(2), SEGMENT).length;
  const middle = contentOf(await logOf(2, 1), SEGMENT).length;
  const bytes = contentOf(disk, SEGMENT);
  for (let at = end; at < bytes.length; at += 1) {
    const damaged = Uint8Array.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 0x40;
    const other = disk.afterKill();
    other.tamper(SEGMENT, damaged);
    other.tamper(GUARD, guard);
    other.tamper(CHECKPOINT, guard);
    if (at < middle) refuses(other, "LOG_CORRUPT");
    else {
      const log = openOn(other, new ManualClock());
      assert.equal(log.size, 3);
      assert.deepEqual(loggedEntries(other.contents(), { whole: true }), ["e0", "e1", "e2"]);
    }
  }
});

test("a log without its guard is refused, and adopted only on the word of a kept checkpoint", async () => {
  const disk = await logOf(2, 1);
  const kept = contentOf(await logOf(2), GUARD);
  disk.tamper(GUARD, undefined);
  refuses(disk, "GUARD_MISSING");
  disk.tamper(EPOCHS, undefined);
  for (const adopt of [contentOf(await logOf(1, 1, 2), GUARD), contentOf(await logOf(4), GUARD)]) {
    assert.throws(() => openOn(disk, new ManualClock(), { adopt }), { code: "LOG_BEHIND_HEAD" });
  }
  const fork = contentOf(await logOfOther(2), GUARD);
  assert.throws(() => openOn(disk, new ManualClock(), { adopt: fork }), { code: "LOG_FORKED" });
  const foreign = Buffer.from("none\n");
  assert.throws(() => openOn(disk, new ManualClock(), { adopt: foreign }), {
    code: "CHECKPOINT_INVALID",
  });
  const log = openOn(disk, new ManualClock(), { adopt: cosigned(kept) });
  assert.equal(log.size, 3);
  assert.throws(() => log.raiseEpoch(WRITER, 1), EpochNotGreater);
  await log.close();
  assert.equal(openOn(disk.afterKill(), new ManualClock()).size, 3);
});

test("adopting still refuses what is damaged, behind its guard or behind the published checkpoint", async () => {
  const disk = await logOf(2, 1);
  const kept = contentOf(await logOf(2), GUARD);
  const adopt = (): unknown => openOn(disk, new ManualClock(), { adopt: kept });
  const bytes = contentOf(disk, SEGMENT);
  const guard = contentOf(disk, GUARD);
  disk.tamper(SEGMENT, contentOf(await logOf(2), SEGMENT));
  disk.tamper(CHECKPOINT, undefined);
  assert.throws(adopt, { code: "LOG_BEHIND_HEAD" });
  disk.tamper(GUARD, undefined);
  disk.tamper(CHECKPOINT, guard);
  assert.throws(adopt, { code: "LOG_BEHIND_HEAD" });
  const damaged = Uint8Array.from(bytes);
  damaged[200] = (damaged[200] ?? 0) ^ 1;
  disk.tamper(SEGMENT, damaged);
  assert.throws(adopt, { code: "LOG_CORRUPT" });
});

test("a guard is made for a Bucket that was never written to, and for no other", async () => {
  const disk = await logOf(2);
  disk.tamper(GUARD, undefined);
  disk.tamper(SEGMENT, undefined);
  refuses(disk, "GUARD_MISSING");
  disk.tamper(CHECKPOINT, undefined);
  refuses(disk, "GUARD_MISSING");
  disk.tamper(EPOCHS, undefined);
  assert.equal(openOn(disk, new ManualClock()).size, 0);
});

test("a copy is refused while the original is there, and a Bucket that was moved is not", async () => {
  const disk = await logOf(2);
  for (const [path, bytes] of disk.contents()) {
    disk.tamper(path.replace("/data/", "/copy/"), bytes);
  }
  for (const name of ["/copy", "/copy/bucket", "/copy/guard", "/copy/bucket/log"]) {
    disk.makeDirectory(name);
  }
  const before = disk.contents();
  assert.throws(() => openOn(disk, new ManualClock(), { root: "/copy" }), {
    code: "BUCKET_COPIED",
    message: /belongs to the Bucket in \/data\/bucket, which is still there/,
  });
  assert.deepEqual(disk.contents(), before);
  disk.tamper(SEGMENT, undefined);
  await openOn(disk, new ManualClock(), { root: "/copy" }).close();
  disk.tamper(SEGMENT, contentOf(await logOf(2), SEGMENT));
  await openOn(disk, new ManualClock()).close();
  await openOn(disk, new ManualClock(), { root: "/copy" }).close();
});

test("a restored backup, a lost log and another tree are refused", async () => {
  const disk = await logOf(2, 1);
  disk.tamper(SEGMENT, contentOf(await logOf(2), SEGMENT));
  refuses(disk, "LOG_BEHIND_HEAD");
  disk.tamper(SEGMENT, contentOf(await logOf(1, 1, 2), SEGMENT));
  refuses(disk, "LOG_FORKED");
  const other = emptyDisk();
  const log = openOn(other, new ManualClock());
  log.raiseEpoch(WRITER, 1);
  await log.submit(submissionOf(7, 2));
  await log.submit(submissionOf(9, 1));
  await log.close();
  disk.tamper(SEGMENT, contentOf(other, SEGMENT));
  refuses(disk, "LOG_FORKED");
  disk.tamper(SEGMENT, undefined);
  refuses(disk, "LOG_BEHIND_HEAD");
});

test("a log behind what it published is refused although its guard was rolled back too", async () => {
  const disk = await logOf(2, 1);
  const older = await logOf(2);
  disk.tamper(SEGMENT, contentOf(older, SEGMENT));
  disk.tamper(GUARD, contentOf(older, GUARD));
  refuses(disk, "LOG_BEHIND_HEAD");
});

test("the guard of another log, or a garbled one, is refused", async () => {
  const disk = await logOf(2);
  const other = signerOf("other.example", new Uint8Array(32).fill(9));
  const frontier = new Frontier();
  const foreign = signHead(
    { origin: "other.example", signer: other, verifier: KEY.verifier },
    frontier,
  );
  disk.tamper(GUARD, foreign.note);
  refuses(disk, "GUARD_INVALID");
  const renamed = signHead({ ...KEY, origin: `${ORIGIN}/2` }, frontier);
  disk.tamper(GUARD, renamed.note);
  refuses(disk, "GUARD_INVALID");
  disk.tamper(GUARD, new Uint8Array(0));
  refuses(disk, "GUARD_INVALID");
});

test("epochs that are lost, garbled or behind the log are refused", async () => {
  const disk = await logOf(2);
  const epochs = contentOf(disk, EPOCHS);
  disk.tamper(EPOCHS, undefined);
  refuses(disk, "EPOCHS_INVALID");
  disk.tamper(EPOCHS, epochs.slice(0, -2));
  refuses(disk, "EPOCHS_INVALID");
  disk.tamper(EPOCHS, contentOf(await logOf(), EPOCHS).slice());
  assert.equal(openOn(disk.afterKill(), new ManualClock()).size, 2);
  const later = await grow(await logOf(2), 2, []);
  assert.throws(() => openOn(later, new ManualClock()).raiseEpoch(WRITER, 2), EpochNotGreater);
});

test("a segment in which no frame came to stand is removed, and the log goes on before it", async () => {
  const limits = { segmentBytes: 1 };
  const grown = await logOf(2, 1);
  const log = openOn(grown, new ManualClock(), { limits });
  await log.submit(submissionOf(3, 1));
  await log.close();
  const next = "/data/bucket/log/00000000000000000003.frames";
  const whole = contentOf(grown, next);
  const headEnd = Buffer.from(whole).indexOf(Buffer.from("ff5752495446", "hex"));
  for (const length of [0, 1, headEnd - 1, headEnd, headEnd + 1, whole.length - 1]) {
    const disk = await logOf(2, 1);
    disk.tamper(next, whole.slice(0, length));
    const again = openOn(disk, new ManualClock(), { limits });
    assert.equal(again.size, 3);
    assert.equal(disk.stableContents().get(next), undefined, `cut to ${length}`);
    await again.submit(submissionOf(3, 1));
    await again.close();
    assert.deepEqual(loggedEntries(disk.contents(), { whole: true }), ["e0", "e1", "e2", "e3"]);
    assert.ok(disk.contents().has(next));
  }
});

test("a foreign file among the segments, and a missing segment, are refused", async () => {
  const disk = await logOf(2, 1);
  disk.tamper("/data/bucket/log/notes.txt", new Uint8Array(1));
  refuses(disk, "LOG_CORRUPT");
  disk.tamper("/data/bucket/log/notes.txt", undefined);
  const bytes = contentOf(disk, SEGMENT);
  disk.tamper(SEGMENT, undefined);
  disk.tamper("/data/bucket/log/00000000000000000001.frames", bytes);
  refuses(disk, "LOG_CORRUPT", "LOG_BEHIND_HEAD");
});

test("a second writer on the same directory, or on a copy with the same guard, is refused", async () => {
  const disk = await logOf(2);
  const log = openOn(disk, new ManualClock());
  assert.throws(() => openOn(disk, new ManualClock()), { code: "BUCKET_LOCKED" });
  await log.close();
  openOn(disk, new ManualClock());
});

test("a writer that finds its guard moved by another stops", async () => {
  const disk = await logOf(2);
  const clock = new ManualClock();
  const log = openOn(disk, clock);
  await log.submit(submissionOf(2, 1));
  disk.tamper(GUARD, contentOf(await logOf(1), GUARD));
  await clock.pass(100);
  await assert.rejects(log.submit(submissionOf(3, 1)), {
    code: "POISONED",
    message: /guard\/head was changed/,
  });
  await assert.rejects(log.close(), { code: "POISONED" });
  assert.notDeepEqual(contentOf(disk, GUARD), contentOf(disk, CHECKPOINT));
});

test("opening reads the last segment only, however many there are", async () => {
  const disk = emptyDisk();
  const limits = { segmentBytes: 1 };
  const log = openOn(disk, new ManualClock(), { limits });
  log.raiseEpoch(WRITER, 1);
  for (let i = 0; i < 20; i += 1) await log.submit(submissionOf(i, 1));
  await log.close();
  const next = disk.afterKill();
  const again = openOn(next, new ManualClock(), { limits });
  assert.equal(again.size, 20);
  assert.deepEqual(again.tallies.get(WRITER), {
    writer: WRITER,
    epoch: 1,
    submissions: 20,
    entries: 20,
    bytes: 10 * 2 + 10 * 3,
  });
  const reads = next.calls.filter(({ name, path }) => name === "read" && path.includes("/log/"));
  assert.deepEqual(
    reads.map(({ path }) => path),
    ["/data/bucket/log/00000000000000000019.frames"],
  );
  await settled();
});
