import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { bucketDenials } from "@writ/audit/bucket-denials";
import { diskFolder } from "@writ/bucket/read/folder";
import { DenialCounts } from "./denial-counts.ts";

function freshFolder(t: { after(done: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), "writ-denials-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("counts are there from the start, and follow within a second, once", async (t) => {
  const folder = freshFolder(t);
  const path = join(folder, "denials");
  writeFileSync(path, '{"TOTAL_QUOTA":7}\n');
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const counts = new Map<string, number>();
  const kept = new DenialCounts(folder, counts);
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
  assert.deepEqual([...(bucketDenials(diskFolder(folder)) ?? [])], [...counts]);
  counts.set("UNKNOWN_VERB", 2);
  kept.changed();
  await kept.close();
  assert.equal(bucketDenials(diskFolder(folder))?.get("UNKNOWN_VERB"), 2);
  assert.deepEqual(readdirSync(folder), ["denials"]);
});

test("a file that cannot be written holds up nothing", async (t) => {
  const kept = new DenialCounts(join(freshFolder(t), "nowhere"), new Map());
  kept.changed();
  await kept.close();
});
