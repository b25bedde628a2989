import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { KEY, naiveTiles, submissionOf, WRITER } from "../testing/log-fixture.ts";
import { freshDirectory } from "./bucket.test-support.ts";
import { openLog } from "./open-log.ts";
import { type LogWriter, Poisoned } from "./submission.ts";

function open(directory: string): LogWriter {
  return openLog({
    directory: join(directory, "bucket"),
    guard: join(directory, "guard"),
    key: KEY,
    constitution: new Uint8Array(32),
    publishInThread: true,
  });
}

function openServed(directory: string): LogWriter {
  const log = open(directory);
  log.raiseEpoch(WRITER, 1 + log.size);
  return log;
}

/**
 * Closes it with all published. A close that took less than the half second of its patience must
 * have come to the end; after a longer one the next opening does the rest.
 */
async function closeWhole(directory: string, log: LogWriter): Promise<void> {
  const began = performance.now();
  await log.close();
  const hadTime = performance.now() - began < 500;
  if (hadTime || checkpointSize(directory) === String(log.size)) return;
  await closeWhole(directory, open(directory));
}

function requireTiles(directory: string, size: number): void {
  const tiles = join(directory, "bucket", "tiles");
  for (const [path, bytes] of naiveTiles(submissionOf(0, size).entries)) {
    assert.equal(Buffer.compare(readFileSync(join(tiles, path)), bytes), 0, path);
  }
  const published = readFileSync(join(tiles, "checkpoint"), "utf8");
  assert.equal(published, readFileSync(join(directory, "guard", "head"), "utf8"));
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("a thread publishes while the log is open, and the rest when it closes", async (t) => {
  const directory = freshDirectory(t);
  const log = openServed(directory);
  await log.submit(submissionOf(0, 300));
  await until(() => existsSync(join(directory, "bucket", "tiles", "tile", "0", "000")));
  await until(() => checkpointSize(directory) === "300");
  for (let i = 0; i < 40; i += 1) await log.submit(submissionOf(log.size, 37));
  await closeWhole(directory, log);
  requireTiles(directory, 300 + 40 * 37);
  assert.deepEqual(readdirSync(join(directory, "bucket", "staging")), []);
  const again = openServed(directory);
  await again.submit(submissionOf(again.size, 5));
  await closeWhole(directory, again);
  requireTiles(directory, 300 + 40 * 37 + 5);
});

test("a log that is closed at once is published all the same", async (t) => {
  const directory = freshDirectory(t);
  await closeWhole(directory, openServed(directory));
  assert.equal(checkpointSize(directory), "0");
});

test("what fails in the thread poisons the writer", async (t) => {
  const directory = freshDirectory(t);
  const log = openServed(directory);
  await log.submit(submissionOf(0, 3));
  await until(() => checkpointSize(directory) === "3");
  rmSync(join(directory, "bucket", "staging"), { recursive: true });
  await log.submit(submissionOf(3, 1));
  assert.match((await log.poisoned).message, /ENOENT/);
  await assert.rejects(log.submit(submissionOf(4, 1)), Poisoned);
  await assert.rejects(log.close(), Poisoned);
});

function checkpointSize(directory: string): string | undefined {
  const path = join(directory, "bucket", "tiles", "checkpoint");
  return existsSync(path) ? readFileSync(path, "utf8").split("\n")[1] : undefined;
}
