import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { KEY, loggedEntries, naiveTiles, submissionOf, WRITER } from "../testing/log-fixture.ts";
import { patientClock } from "../testing/patient-clock.ts";
import { openLog } from "./open-log.ts";
import type { LogWriter } from "./submission.ts";

const PROGRAM = fileURLToPath(new URL("../testing/append-until-killed.ts", import.meta.url));
const LIMITS = { segmentBytes: 100_000, tileSyncLeaves: 256 };
const ENTRY = 40;

function freshDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "writ-log-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

function open(directory: string): LogWriter {
  return openLog({
    directory: join(directory, "bucket"),
    guard: join(directory, "guard"),
    key: KEY,
    constitution: new Uint8Array(32),
    limits: LIMITS,
    clock: patientClock,
  });
}

/** Runs the appending process until it has said so many lines and a while longer; what it said. */
async function killedAfter(
  directory: string,
  lines: number,
  milliseconds: number,
): Promise<string[]> {
  const child = spawn(process.execPath, [PROGRAM, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8");
  const hasSaid = new Promise<void>((resolve) => {
    child.stdout.on("data", (text: string) => {
      said += text;
      if (said.split("\n").length > lines) resolve();
    });
  });
  const ended = once(child, "close");
  await Promise.race([hasSaid, ended]);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  child.kill("SIGKILL");
  await ended;
  return said.split("\n").slice(0, -1);
}

test("what was acknowledged is there once after kill -9, and the next writer goes on", async (t) => {
  const directory = freshDirectory(t);
  const log = join(directory, "bucket", "log");
  let acknowledged = 0;
  for (let round = 0; round < 6; round += 1) {
    // At first as soon as it is open, later once something was acknowledged.
    const said = await killedAfter(directory, round === 0 ? 1 : 2, 20 + 45 * round);
    assert.match(said[0] ?? "", /^open [0-9]+$/);
    const writer = open(directory);
    const entries = loggedEntries(
      new Map(
        readdirSync(log).map((name) => [`/data/bucket/log/${name}`, readFileSync(join(log, name))]),
      ),
      { whole: true },
    );
    assert.equal(entries.length, writer.size);
    assert.equal(new Set(entries).size, entries.length);
    const present = new Set(entries);
    for (const name of said.slice(1).flatMap((line) => line.split(" "))) {
      assert.ok(present.has(`e${name}`), `e${name} is lost`);
      acknowledged += 1;
    }
    await writer.close();
    const ordered = entries.map((name) => Buffer.from(name.padEnd(ENTRY)));
    for (const [path, bytes] of naiveTiles(ordered)) {
      assert.equal(
        Buffer.compare(readFileSync(join(directory, "bucket/tiles", path)), bytes),
        0,
        path,
      );
    }
  }
  assert.ok(acknowledged > 0);
  t.diagnostic(`${acknowledged} acknowledged in 6 rounds, ${readdirSync(log).length} segments`);
});

test("nobody else can read a Bucket's files", async (t) => {
  const directory = freshDirectory(t);
  const writer = open(directory);
  writer.raiseEpoch(WRITER, 1);
  for (let i = 0; i < 30; i += 1) await writer.submit(submissionOf(writer.size, 30, 200));
  await writer.close();
  const paths = readdirSync(directory, { recursive: true, encoding: "utf8" });
  assert.ok(paths.includes(join("bucket", "tiles", "tile", "0", "000")));
  for (const path of paths) {
    const status = lstatSync(join(directory, path));
    assert.equal(status.mode & 0o777, status.isDirectory() ? 0o700 : 0o600, path);
  }
});

test("a folder with the set-group-id bit shares what is made in it with its group", async (t) => {
  const directory = freshDirectory(t);
  const bucket = join(directory, "bucket");
  mkdirSync(bucket);
  chmodSync(bucket, 0o2750);
  const umask = process.umask(0o027);
  t.after(() => process.umask(umask));
  const writer = open(directory);
  writer.raiseEpoch(WRITER, 1);
  for (let i = 0; i < 30; i += 1) await writer.submit(submissionOf(writer.size, 30, 200));
  await writer.close();
  const isLock = (path: string): boolean => /(^|\/)lock$/.test(path);
  for (const path of readdirSync(bucket, { recursive: true, encoding: "utf8" })) {
    const status = lstatSync(join(bucket, path));
    const file = isLock(path) ? 0o600 : 0o640;
    assert.equal(status.mode & 0o7777, status.isDirectory() ? 0o2750 : file, path);
  }
  for (const path of readdirSync(join(directory, "guard"))) {
    assert.equal(lstatSync(join(directory, "guard", path)).mode & 0o077, 0, path);
  }
});

test("a process that writes keeps others out, however it ends", async (t) => {
  const directory = freshDirectory(t);
  const child = spawn(process.execPath, [PROGRAM, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  await once(child.stdout, "data");
  child.stdout.resume();
  assert.throws(() => open(directory), { code: "BUCKET_LOCKED" });
  child.kill("SIGKILL");
  await ended;
  await open(directory).close();
});
