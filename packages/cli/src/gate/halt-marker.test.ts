import assert from "node:assert/strict";
import {
  chownSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { haltedSince, markerPath, markHalted, unmarkHalted } from "./halt-marker.ts";

const NOW = "2026-01-02T03:04:05.678Z";

function gatewayFolder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "writ-halt-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test("what is marked stays so, with the time of the first mark, until it is unmarked", async (t) => {
  const marker = markerPath(gatewayFolder(t));
  assert.equal(haltedSince(marker), null);
  await markHalted(marker, NOW);
  await markHalted(marker, "2027-01-01T00:00:00.000Z");
  assert.equal(haltedSince(marker), NOW);
  await unmarkHalted(marker);
  await unmarkHalted(marker);
  assert.equal(haltedSince(marker), null);
  writeFileSync(marker, "whatever\nthis is\n");
  assert.equal(haltedSince(marker), "an unknown time");
});

test("no link that lies in the way is written through", async (t) => {
  const folder = gatewayFolder(t);
  const marker = markerPath(folder);
  const elsewhere = join(folder, "elsewhere");
  writeFileSync(elsewhere, "theirs");
  symlinkSync(elsewhere, `${marker}.new`);
  await markHalted(marker, NOW);
  assert.equal(readFileSync(elsewhere, "utf8"), "theirs");
  assert.equal(haltedSince(marker), NOW);
});

test("what root marks, the gateway's user can read", {
  skip: process.getuid?.() === 0 ? false : "needs root",
}, async (t) => {
  const folder = gatewayFolder(t);
  chownSync(folder, 61_001, 61_002);
  const marker = markerPath(folder);
  await markHalted(marker, NOW);
  const { uid, gid, mode } = statSync(marker);
  assert.deepEqual([uid, gid, mode & 0o777], [61_001, 61_002, 0o600]);
});
