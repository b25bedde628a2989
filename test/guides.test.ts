import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./root.ts";
import { temporaryFolder } from "./serving.ts";

/** The commands of a guide, in order, as one shell would run them. */
function commands(guide: string): string {
  const text = readFileSync(join(root, "docs", guide), "utf8");
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1]).join("\n");
}

/**
 * Lets the first `npx writ` be npx, which takes longer than what it runs, and each after it be the
 * program that npx finds, in the way that npx starts it.
 */
function npxOnce(clone: string): string {
  const bin = join(clone, "node_modules", ".bin");
  const direct = `shift; PATH='${bin}':"$PATH" '${bin}/writ' "$@"`;
  return `npx() { if [ "$1" = writ ] && [ -v npx_ran ]; then ${direct}; else npx_ran=1; command npx "$@"; fi; }`;
}

/** Runs a guide in an empty folder of something that looks like a clone; fails if a command does. */
function run(guide: string): string {
  const clone = temporaryFolder();
  for (const name of ["node_modules", "package.json", "packages", "policies"]) {
    symlinkSync(join(root, name), join(clone, name));
  }
  const cwd = join(clone, "drafts");
  mkdirSync(cwd);
  // What a guide leaves running would keep this test waiting for its output.
  const leave = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT";
  const script = `set -e\n${leave}\n${npxOnce(clone)}\n${commands(guide)}`;
  const ran = spawnSync("bash", ["-c", script], { cwd, encoding: "utf8", timeout: 120_000 });
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  return ran.stdout + ran.stderr;
}

test("the policy author's guide runs from an idea to a signed bundle", () => {
  const said = run("policy.md");
  for (const expected of [
    /error\[CEL_MIXED_NUMBERS\]/,
    /not yet/,
    /mutation {2}score 1\.000/,
    /"decision":"REWRITE"/,
    /3 inputs, 1 changed/,
    /REWRITE → EXECUTE: 1 by photo_missing/,
    /1 of them allowed/,
    /not what was signed/,
    /SURVIVED/,
    /MISSING_MANDATORY_INPUT/,
    /14 categories, all BLOCK/,
    /secure_filesystem_server arms/,
  ]) {
    assert.match(said, expected);
  }
});

test("the operator's guide runs from keys to a verified log under changed rules", () => {
  const said = run("operating.md");
  for (const expected of [
    /signed by alice, carol; needs 2 of 3 of its own: complete/,
    /an empty Bucket of ledger\.example\/writ, guarded in/,
    /"decision":"BLOCK"/,
    /ok {4}guard {11}knows 1 of 1 events/,
    /- quota in flight: 4096\n\+ quota in flight: 3000/,
    /constitution 1 has 1 of 2 governance signatures/,
    /constitution 1, [0-9a-f]{64}, is in force from the next start on/,
    /LOG_BEHIND_HEAD/,
    /refused: it ends before the guard's head/,
    /GUARD_MISSING/,
    /refused: there is no guard/,
    /adopted: the log in .* holds 3 events/,
    /✓ the log extends a head that enough witnesses cosigned/,
    /verified: 3 events in 3 frames of ledger\.example\/writ/,
    /constitution 1 of data is in force; the chain verifies/,
  ]) {
    assert.match(said, expected);
  }
  assert.doesNotMatch(said, /NOT VERIFIED/);
});

test("the guide to reading runs from a live watch to a proof", () => {
  const said = run("reading.md");
  for (const expected of [
    /■ BLOCK {3}.*MALFORMED_INPUT.*▲ failed/,
    /no hole: every attempt below the highest of its epoch has its record/,
    /checkpoint {3}73 events/,
    /there are more: --after \d+/,
    /◆ REWRITE/,
    /← decided/,
    /the same input was not judged another time/,
    /the same input was judged (?:before|later):/,
    /proof, checked by the key given/,
    /73 inputs: 73 found and equal, 0 found and different, 0 never recorded among 146 events/,
    /1 input: 0 found and equal, 0 found and different, 1 never recorded/,
    /not all of them are there/,
    /verified: event \d+ of the 146 of /,
  ]) {
    assert.match(said, expected);
  }
});
