import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ALICE, eventOf } from "../append/bucket.test-support.ts";
import { entryCount } from "../frame.ts";
import { diskFolder, type Folder, type OpenFile, readWhole } from "./folder.ts";
import { makeBucket, writeLog } from "./log.test-support.ts";
import { entryAt, type LogItem, logBytes, readLog, segmentIndex, segments } from "./log.ts";
import { Window } from "./window.ts";

function kinds(folder: Folder): string[] {
  return [...readLog(folder)].map(({ kind }) => kind);
}

test("reads every frame of every segment, in order", async (t) => {
  const place = makeBucket(t);
  await writeLog(place, [3, 1, 200, 2, 5], { segmentBytes: 3000 });
  const folder = diskFolder(place.bucket);
  assert.ok(segments(folder).length >= 3);
  let index = 0;
  for (const item of readLog(folder)) {
    assert.notEqual(item.kind, "damage");
    if (item.kind === "segment") assert.equal(item.head.frontier.size, index);
    if (item.kind !== "frame") continue;
    assert.equal(item.frame.firstIndex, index);
    index += entryCount(item.frame.submissions);
  }
  assert.equal(index, 211);
});

test("any entry by its index, and none beyond the log", async (t) => {
  const place = makeBucket(t);
  await writeLog(place, [3, 1, 40, 2, 5], { segmentBytes: 3000 });
  const folder = diskFolder(place.bucket);
  for (let index = 0; index < 51; index++) {
    assert.deepEqual(
      Buffer.from(entryAt(folder, index) ?? []),
      Buffer.from(eventOf(ALICE, 1, index + 1)),
    );
  }
  for (const index of [51, 52, 10_000, Number.MAX_SAFE_INTEGER, -1]) {
    assert.equal(entryAt(folder, index), undefined);
  }
});

test("a lookup reads one frame and headers, not the log", async (t) => {
  const place = makeBucket(t);
  await writeLog(
    place,
    Array.from({ length: 40 }, () => 50),
  );
  const counted = counting(diskFolder(place.bucket));
  assert.ok(entryAt(counted.folder, 1500) !== undefined);
  assert.ok(counted.bytes() < 300_000, `${counted.bytes()}`);
  assert.ok(logBytes(diskFolder(place.bucket)) > 900_000);
});

test("damage is told, and the frames around it are read", async (t) => {
  const place = makeBucket(t);
  await writeLog(place, [4, 4, 4, 4]);
  const folder = diskFolder(place.bucket);
  const items = [...readLog(folder)];
  assert.deepEqual(kinds(folder), ["segment", "frame", "frame", "frame", "frame"]);
  const second = items[2];
  const file = join(place.bucket, second?.file ?? "");
  const bytes = Buffer.from(readWhole(folder, second?.file ?? "", 1e9) ?? []);
  for (let at = second?.offset ?? 0; at < (items[3]?.offset ?? 0); at += 13) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    writeFileSync(file, changed);
    const found = [...readLog(folder)];
    assert.deepEqual(
      found.map(({ kind }) => kind),
      ["segment", "frame", "damage", "frame", "frame"],
    );
    const damage = found[2];
    assert.ok(damage?.kind === "damage" && damage.offset === second?.offset);
    assert.equal(damage.end, items[3]?.offset);
    assert.equal(damage.defect.code, "FRAME_DAMAGED");
    assert.equal(entryAt(folder, 5), undefined);
    assert.ok(entryAt(folder, 2) !== undefined);
  }
});

test("a torn tail is told at every length", async (t) => {
  const place = makeBucket(t);
  await writeLog(place, [1, 1]);
  const folder = impatient(diskFolder(place.bucket));
  const offsets = [...readLog(folder)].map(({ offset }) => offset);
  const [path = ""] = [...readLog(folder)].map(({ file }) => file);
  const size = logBytes(folder);
  for (let length = size - 1; length >= 0; length--) {
    truncateSync(join(place.bucket, path), length);
    const whole = ["segment", "frame", "frame"].filter(
      (_, i) => length >= (offsets[i + 1] ?? size),
    );
    const expected = offsets.slice(1).includes(length) ? whole : [...whole, "damage"];
    const items: LogItem[] = [...readLog(folder)];
    assert.deepEqual(
      items.map(({ kind }) => kind),
      expected,
      `${length}`,
    );
    const last = items.at(-1);
    assert.ok(last?.kind !== "damage" || last.defect.code === "FRAME_TORN");
  }
});

test("a frame that its writer is still writing is waited for", async (t) => {
  const place = makeBucket(t);
  await writeLog(place, [1, 1]);
  const folder = diskFolder(place.bucket);
  const [path = ""] = [...readLog(folder)].map(({ file }) => file);
  const file = join(place.bucket, path);
  const bytes = readWhole(folder, path, 1e9) ?? new Uint8Array(0);
  truncateSync(file, bytes.length - 100);
  let pauses = 0;
  const slow: Folder = {
    ...folder,
    pause: () => {
      pauses += 1;
      if (pauses === 2) appendFileSync(file, bytes.subarray(bytes.length - 100));
    },
  };
  assert.deepEqual(kinds(slow), ["segment", "frame", "frame"]);
});

test("only files with a segment's name are segments", async (t) => {
  const place = makeBucket(t);
  await writeLog(place, [1]);
  const log = join(place.bucket, "log");
  writeFileSync(join(log, "1.frames"), "");
  writeFileSync(join(log, "00000000000000000001.frames.bak"), "");
  mkdirSync(join(log, "00000000000000000002.frames"));
  symlinkSync(join(log, "00000000000000000000.frames"), join(log, "00000000000000000003.frames"));
  assert.deepEqual(segments(diskFolder(place.bucket)), [0]);
  assert.equal(diskFolder(log).open("00000000000000000003.frames"), undefined);
  assert.equal(segmentIndex("99999999999999999999.frames"), undefined);
  assert.deepEqual(kinds(diskFolder(join(place.bucket, "nothing"))), []);
});

test("a window gives what the file has from any place, in any order", async (t) => {
  const place = makeBucket(t);
  const bytes = Buffer.from(Array.from({ length: 9000 }, (_, i) => i * 7));
  mkdirSync(place.bucket, { recursive: true });
  writeFileSync(join(place.bucket, "file"), bytes);
  const file = diskFolder(place.bucket).open("file");
  assert.ok(file !== undefined);
  const window = new Window(file);
  for (const [at, wanted] of [
    [0, 10],
    [5000, 20],
    [4990, 8000],
    [8999, 5],
    [9000, 5],
    [0, 9000],
    [20_000, 1],
  ] as const) {
    const got = window.from(at, wanted);
    const least = bytes.subarray(at, at + wanted);
    assert.deepEqual(Buffer.from(got.subarray(0, least.length)), least);
    assert.ok(got.length >= least.length);
  }
  file.close();
});

function impatient(folder: Folder): Folder {
  return { ...folder, pause: () => {} };
}

function counting(folder: Folder): { folder: Folder; bytes: () => number } {
  let bytes = 0;
  const open = (path: string): OpenFile | undefined => {
    const file = folder.open(path);
    if (file === undefined) return undefined;
    return {
      ...file,
      read: (at, into) => {
        const got = file.read(at, into);
        bytes += got;
        return got;
      },
    };
  };
  return { folder: { ...folder, open }, bytes: () => bytes };
}
