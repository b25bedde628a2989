import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DenialCounts, readDenialCounts } from "./denial-counts.ts";

function freshPath(t: { after(done: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), "writ-denials-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "bucket.denials");
}

test("counts are there from the start, and follow within a second, once", async (t) => {
  const path = freshPath(t);
  writeFileSync(path, '{"TOTAL_QUOTA":7}\n');
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const counts = new Map<string, number>();
  const kept = new DenialCounts(path, counts);
  await kept.close();
  assert.equal(readFileSync(path, "utf8"), "{}\n");
  counts.set("TOTAL_QUOTA", 1);
  kept.changed();
  counts.set("TOTAL_QUOTA", 2).set("UNKNOWN_VERB", 1);
  kept.changed();
  t.mock.timers.tick(999);
  assert.equal(readFileSync(path, "utf8"), "{}\n");
  t.mock.timers.tick(1);
  await kept.close();
  assert.deepEqual([...readDenialCounts(path)], [...counts]);
  counts.set("UNKNOWN_VERB", 2);
  kept.changed();
  await kept.close();
  assert.equal(readDenialCounts(path).get("UNKNOWN_VERB"), 2);
  assert.equal(existsSync(`${path}.new`), false);
});

test("a file that cannot be written holds up nothing", async (t) => {
  const kept = new DenialCounts(join(freshPath(t), "nowhere"), new Map());
  kept.changed();
  await kept.close();
});

test("what is no such file tells of nothing", (t) => {
  const path = freshPath(t);
  assert.equal(readDenialCounts(path).size, 0);
  for (const text of ["", "null", "[", `{"A":${"1".repeat(5000)}}`, '{"a b":1}', '{"A":-1}']) {
    writeFileSync(path, text);
    assert.equal(readDenialCounts(path).size, 0, text.slice(0, 20));
  }
  writeFileSync(path, '{"DISK_ROOM":3,"TOTAL_QUOTA":"4","OTHER":1.5}');
  assert.deepEqual([...readDenialCounts(path)], [["DISK_ROOM", 3]]);
});
