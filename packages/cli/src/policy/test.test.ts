import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { folderOf, runWrit } from "./run-writ.test-support.ts";
import { CASES, edit, POLICY } from "./sample-policy.test-support.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const SOUND = { "p/bundle.yaml": POLICY, "p/tests/cases.yaml": CASES };

test("the airline policy is covered whole, and every mutant of it is killed or marked", () => {
  const args = ["--coverage", "1", "--mutation", "1", "--json"];
  const { code, out, error } = runWrit(root, "policy", "test", "policies/airline", ...args);
  assert.equal(code, 0, error + out.slice(0, 2000));
  const { ok, cases, coverage, mutation } = JSON.parse(out);
  assert.equal(ok, true);
  assert.ok(cases.length > 90 && coverage.goals > 150 && mutation.mutants.length > 200);
  assert.deepEqual([coverage.ratio, mutation.score, coverage.missed], [1, 1, []]);
  const fates = new Set(mutation.mutants.map(({ fate }: { fate: string }) => fate));
  assert.deepEqual([...fates].sort(), ["equivalent", "killed"]);
});

test("a case that fails is told like a compiler's error, and fails the run", (t) => {
  const cases = edit(CASES, "[1000, REWRITE, LARGE, SPLIT]", "[1000, BLOCK, LIMIT_EXCEEDED, null]");
  const folder = folderOf(t, { ...SOUND, "p/tests/cases.yaml": cases });
  const { code, out } = runWrit(folder, "policy", "test", "p", "--junit", "junit.xml");
  assert.equal(code, 1);
  const line = cases.split("\n").findIndex((each) => each.includes("[1000, BLOCK")) + 1;
  const at = `p/tests/cases.yaml:${line}:9`;
  assert.ok(out.startsWith(`${at}: error[CASE_FAILED]: amounts / row 3: not as expected\n`), out);
  assert.match(out, /= expected BLOCK LIMIT_EXCEEDED\n +=? ?= actual +REWRITE LARGE \(SPLIT\)\n/);
  assert.match(out, /= objected rather_much: REWRITE LARGE\n/);
  assert.match(out, /cases +15 of 16 pass/);
  assert.match(out, /mutation +not tried/);
  const xml = readFileSync(join(folder, "junit.xml"), "utf8");
  assert.match(xml, /<testsuite name="p\/tests\/cases.yaml" tests="16" failures="1">/);
  assert.match(
    xml,
    /<failure message="expected BLOCK LIMIT_EXCEEDED, actual REWRITE LARGE \(SPLIT\)">/,
  );
});

test("what is not covered and what survives is a warning, and an error below the minimum", (t) => {
  const cases = edit(CASES, "      - [alice x, null, EXECUTE]\n", "").replace(
    "      - [xavier, null, BLOCK]\n",
    "",
  );
  const folder = folderOf(t, { ...SOUND, "p/tests/cases.yaml": cases });
  const warned = runWrit(folder, "policy", "test", "p");
  assert.equal(warned.code, 0);
  assert.match(warned.out, /warning\[SURVIVED\]: no case notices this change to suspicious: /);
  assert.match(
    warned.out,
    /\n- {6}&& input\.account\.startsWith\("x"\)\n\+ {6}&& input\.account\.contains\("x"\)\n/,
  );
  const args = ["--mutation", "1", "--coverage", "1", "--junit", "j.xml"];
  const failed = runWrit(folder, "policy", "test", "p", ...args);
  assert.equal(failed.code, 1);
  assert.match(failed.out, /error\[SURVIVED\]/);
  assert.match(
    readFileSync(join(folder, "j.xml"), "utf8"),
    /<testsuite name="mutation" tests="[1-9]/,
  );
  assert.equal(runWrit(folder, "policy", "test", "p", "--mutation", "0.9").code, 0);
});

test("a canary that fails is a failure with its place", (t) => {
  const policy = edit(
    POLICY,
    "execute: [{ kind: refund, amount: 1 }]",
    "execute: [{ kind: refund, amount: 2000 }]",
  );
  const folder = folderOf(t, { ...SOUND, "p/bundle.yaml": policy });
  const { code, out } = runWrit(folder, "policy", "test", "p", "--quick");
  assert.equal(code, 1);
  assert.match(out, /p\/bundle\.yaml:\d+:15: error\[CANARY_FAILED\]: pay must EXECUTE/);
});

test("what does not load is told whole, policy and tests, and nothing runs", (t) => {
  const folder = folderOf(t, {
    "p/bundle.yaml": edit(POLICY, "reason: LARGE", "reason: ALLOWED"),
    "p/tests/cases.yaml": edit(
      CASES,
      "name: a small refund\n    category: refund",
      "name: a small refund",
    ),
    "p/tests/mutants.yaml": "writ_mutants: 1\nequivalent: [{ evaluator: x }]\n",
  });
  const { code, out } = runWrit(folder, "policy", "test", "p");
  assert.equal(code, 2);
  assert.match(out, /p\/bundle\.yaml:\d+:\d+: error\[RESERVED_REASON\]/);
  assert.match(
    out,
    /p\/tests\/cases\.yaml:5:5: error\[MISSING_KEY\]: a case needs the key category/,
  );
  assert.match(out, /p\/tests\/mutants\.yaml:2:14: error\[MISSING_KEY\]/);
  assert.match(out, /4 to mend before anything is tested\n$/);
});

test("a policy without tests is told what it lacks; minima are asked for sensibly", (t) => {
  const folder = folderOf(t, { "p/bundle.yaml": POLICY });
  const { code, out } = runWrit(folder, "policy", "test", "p", "--quick");
  assert.equal(code, 0);
  assert.match(out, /cases +0 of 0 pass; 4 of 4 canaries hold\ncoverage +0 of 32 \(0\.0 %\)\n/);
  for (const bad of [
    ["--coverage", "2"],
    ["--mutation", "x"],
    ["--quick", "--mutation", "1"],
  ]) {
    assert.equal(runWrit(folder, "policy", "test", "p", ...bad).code, 2, bad.join(" "));
  }
});

/** Resolves with all that was printed, once that has a text so many times. */
function printed(child: ChildProcess, text: string, times: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = "";
    child.stdout?.on("data", (chunk) => {
      out += String(chunk);
      if (out.split(text).length > times) resolve(out);
    });
    // After the text came, this changes nothing.
    child.once("exit", () => reject(new Error(`ended after: ${out}`)));
  });
}

test("--watch runs again after a change, and survives a file that does not load", async (t) => {
  const folder = folderOf(t, SOUND);
  const cases = join(folder, "p/tests/cases.yaml");
  const bin = fileURLToPath(new URL("../../bin/writ.js", import.meta.url));
  const child = spawn(process.execPath, [bin, "policy", "test", "p", "--quick", "--watch"], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  await printed(child, "16 of 16 pass", 1);
  const broken = printed(child, "to mend before anything is tested", 1);
  writeFileSync(cases, "writ_tests: [");
  await broken;
  const again = printed(child, "15 of 15 pass", 1);
  writeFileSync(cases, edit(CASES, "      - [alice x, null, EXECUTE]\n", ""));
  await again;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGINT");
  assert.equal(await exit, 0);
});
