import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { changeSecret } from "./secret-file.ts";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "writ-secret-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

const module = JSON.stringify(new URL("secret-file.ts", import.meta.url).href);

/**
 * A program that adds `count` lines to a file, each as a change of its own. It is patient: whoever has
 * made one change may make the next before another looks again, and so on to its last.
 */
const adding = (path: string, who: string, count: number): readonly string[] => [
  "--input-type=module",
  "-e",
  `const { changeSecret } = await import(${module});
   for (let n = 0; n < ${count}; n += 1) {
     await changeSecret(${JSON.stringify(path)}, (text) => ({ text: text + "${who} " + n + "\\n" }), 60_000);
   }`,
];

test("of changes that several processes make at once none is lost", async (t) => {
  const path = join(folder(t), "made", "lines");
  const names = ["one", "two", "three"];
  const ended = names.map((who) => {
    const child = spawn(process.execPath, adding(path, who, 20), { stdio: "inherit" });
    return once(child, "exit");
  });
  for (const [code] of await Promise.all(ended)) assert.equal(code, 0);
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  for (const who of names) {
    const own = lines.filter((line) => line.startsWith(`${who} `));
    assert.deepEqual(
      own,
      Array.from({ length: 20 }, (_, n) => `${who} ${n}`),
    );
  }
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(join(path, "..")), ["lines"]);
});

test("what fails on the way changes nothing, and leaves nothing", async (t) => {
  const path = join(folder(t), "lines");
  writeFileSync(path, "old\n");
  const fail = (): never => {
    throw new RangeError("no");
  };
  await assert.rejects(changeSecret(path, fail), RangeError);
  assert.equal(readFileSync(path, "utf8"), "old\n");
  await changeSecret(path, (text) => ({ text: `${text}new\n` }));
  assert.equal(readFileSync(path, "utf8"), "old\nnew\n");
});

test("no link is followed, neither to read nor to write", async (t) => {
  const place = folder(t);
  const [path, elsewhere] = [join(place, "lines"), join(place, "elsewhere")];
  writeFileSync(elsewhere, "theirs\n");
  symlinkSync(elsewhere, path);
  const add = (text: string): { text: string } => ({ text: `${text}ours\n` });
  await assert.rejects(changeSecret(path, add), /lines is a link: put the file itself there$/);
  rmSync(path);
  symlinkSync(elsewhere, `${path}.new`);
  await assert.rejects(changeSecret(path, add, 10), /lines.new is there: another change is under/);
  rmSync(`${path}.new`);
  await changeSecret(path, add, 10);
  assert.equal(readFileSync(elsewhere, "utf8"), "theirs\n");
  assert.equal(readFileSync(path, "utf8"), "ours\n");
});

test("a change is on disk before it is said to be made: file, name, folder", {
  skip: spawnSync("strace", ["-V"]).status === 0 ? false : "strace is not installed",
}, (t) => {
  const path = join(folder(t), "lines");
  const calls = "-etrace=openat,write,pwrite64,fsync,rename";
  const run = spawnSync(
    "strace",
    ["-f", "-y", calls, process.execPath, ...adding(path, "one", 1)],
    { encoding: "utf8" },
  );
  assert.equal(run.status, 0, run.stderr);
  const seen = run.stderr.split("\n").filter((line) => line.includes("lines.new"));
  const steps = seen.map((line) => /(openat|write|fsync|rename)\(/.exec(line)?.[1]);
  assert.deepEqual(steps, ["openat", "write", "fsync", "rename"]);
  const after = run.stderr.slice(run.stderr.indexOf("rename("));
  assert.ok(after.includes(`fsync(`) && after.includes(`<${join(path, "..")}>`));
});
