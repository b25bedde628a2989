import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { airline, enforce, inParallel, serve, temporaryFolder } from "./serving.ts";

const isTraceable = spawnSync("strace", ["-V"]).status === 0;
const sample = readFileSync(join(airline, "sample.jsonl"), "utf8").trimEnd().split("\n");

/** The one process below `parent` that was started for this role. */
function pidOf(parent: number, role: string): number {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8")
    .trim()
    .split(" ");
  const found = children.map(Number).filter((pid) => {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return words[words.indexOf("--only") + 1] === role;
  });
  assert.equal(found.length, 1);
  return found[0] ?? 0;
}

test("under load the gateway process opens no file of the Bucket", {
  skip: isTraceable ? false : "strace is not installed (Debian: apt-get install strace)",
}, async () => {
  const data = temporaryFolder();
  const serving = await serve(data);
  const gateway = pidOf(serving.pid, "gateway");
  const trace = join(temporaryFolder(), "trace");
  const calls = "trace=open,openat,openat2,creat,stat,lstat,newfstatat,readlink,connect";
  const strace = spawn("strace", ["-f", "-e", calls, "-o", trace, "-p", String(gateway)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const traced = new Promise((resolve) => strace.once("exit", resolve));
  await new Promise((resolve) => strace.stderr.once("data", resolve));
  const many = Array.from({ length: 10 }, () => sample).flat();
  const answers = await inParallel(many, 32, (line) => enforce(serving.gateway, line));
  assert.ok(answers.some(({ body }) => body.decision === "EXECUTE"));
  assert.equal(await serving.stop(), 0);
  await traced;
  const seen = readFileSync(trace, "utf8");
  // The trace was really on: leaving, the process closes down with at least one traced call.
  assert.match(seen, /exited with 0/);
  const touched = seen.split("\n").filter((line) => line.includes(join(data, "bucket")));
  assert.deepEqual(touched, []);
});

test("the gateway's files hold nothing of the Bucket but its public key", () => {
  const deployment = readFileSync(
    join(import.meta.dirname, "../packages/cli/src/processes/gateway.ts"),
    "utf8",
  );
  assert.doesNotMatch(deployment, /deployment\.(bucket|guard|logKey|governanceKey|auditorKeys)/);
});
