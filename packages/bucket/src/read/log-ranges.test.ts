import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { diskFolder, type Folder } from "./folder.ts";
import { makeBucket, writeLog } from "./log.test-support.ts";
import { type LogItem, logBytes, readLog, segmentPath } from "./log.ts";
import { logRanges, readRange } from "./log-ranges.ts";

/** What an item is, without the bytes that are good for a moment. */
function told(item: LogItem): unknown {
  const { kind, file, offset } = item;
  if (kind === "damage") return { ...item };
  return { kind, file, offset, bytes: Buffer.from(item.bytes).toString("latin1") };
}

function byRanges(folder: Folder, bytes: number): unknown[] {
  return [...logRanges(folder, bytes)].flatMap((range) => {
    const items: unknown[] = [];
    for (const item of readRange(folder, range)) items.push(told(item));
    return items;
  });
}

function asOne(folder: Folder): unknown[] {
  const items: unknown[] = [];
  for (const item of readLog(folder)) items.push(told(item));
  return items;
}

test("ranges cover the log's bytes, none of them shorter than asked for but the last of a segment", async (t) => {
  const place = makeBucket(t);
  await writeLog(place, [3, 1, 40, 2, 5, 9], { segmentBytes: 9000 });
  const folder = diskFolder(place.bucket);
  for (const bytes of [1, 1000, 5000, 1_000_000]) {
    const ranges = [...logRanges(folder, bytes)];
    assert.equal(
      ranges.reduce((sum, { from, to }) => sum + to - from, 0),
      logBytes(folder),
    );
    ranges.forEach(({ file, from, to }, i) => {
      const next = ranges[i + 1];
      assert.ok(to - from >= bytes || next?.file !== file);
      assert.equal(
        next === undefined || next.file !== file ? 0 : next.from,
        next?.file === file ? to : 0,
      );
    });
  }
});

test("for any damage, the items of all ranges are those of the whole log", async (t) => {
  const place = makeBucket(t);
  await writeLog(place, [1, 2, 4, 1, 3], { segmentBytes: 3500 });
  const folder = { ...diskFolder(place.bucket), pause: () => {} };
  const path = join(place.bucket, segmentPath(0));
  const whole = readFileSync(path);
  const change = fc.record({
    at: fc.nat({ max: whole.length }),
    gone: fc.nat({ max: 2000 }),
    put: fc.oneof(fc.constant(new Uint8Array(0)), fc.uint8Array({ maxLength: 80 })),
  });
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 2 }),
      fc.constantFrom(1, 900, 10_000),
      (changes, bytes) => {
        let changed = whole;
        for (const { at, gone, put } of changes) {
          changed = Buffer.concat([changed.subarray(0, at), put, changed.subarray(at + gone)]);
        }
        writeFileSync(path, changed);
        assert.deepEqual(byRanges(folder, bytes), asOne(folder));
      },
    ),
    { numRuns: 300 },
  );
});
