import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openKeptCheckpoints } from "./kept-checkpoints.ts";

test("what is kept is given again, the newest first, by another reader too", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "writ-kept-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const nowhere = openKeptCheckpoints(join(directory, "not", "there"));
  assert.deepEqual([...nowhere.newestFirst()], []);
  assert.equal(nowhere.read(1), undefined);

  const kept = openKeptCheckpoints(directory);
  const sizes = [0, 1, 999, 1000, 1001, 65_536, 999_999, 1_000_000, 3_000_000_001, 2 ** 53 - 1];
  for (const size of sizes.toSorted(() => 0.5)) kept.keep(size, Buffer.from(`note ${size}`));
  writeFileSync(join(directory, "001.9.new"), "unfinished");
  mkdirSync(join(directory, "x000"), { recursive: true });
  writeFileSync(join(directory, "x000", "007"), "not ours");
  const other = openKeptCheckpoints(directory);
  assert.deepEqual([...other.newestFirst()], sizes.toReversed());
  kept.keep(1000, Buffer.from("with more signatures"));
  assert.equal(Buffer.from(other.read(1000) ?? []).toString(), "with more signatures");
  for (const size of [1, 999_999]) {
    assert.equal(Buffer.from(other.read(size) ?? []).toString(), `note ${size}`);
  }
  assert.equal(other.read(2), undefined);
});
