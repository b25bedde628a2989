import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./root.ts";
import { temporaryFolder } from "./serving.ts";

/** The commands of the README, in order, as one shell would run them. */
function commands(): string {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  return [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1]).join("\n");
}

test("the README's commands run as written: one EXECUTE, one BLOCK, one proof, one ledger", () => {
  const clone = temporaryFolder();
  for (const name of readdirSync(root)) {
    if (name !== ".writ" && name !== ".git") symlinkSync(join(root, name), join(clone, name));
  }
  const script = `set -e\n${commands()}`;
  const run = spawnSync("bash", ["-c", script], {
    cwd: clone,
    encoding: "utf8",
    timeout: 170_000,
  });
  const said = `${run.stdout}\n${run.stderr}`;
  assert.equal(run.status, 0, said);
  assert.match(said, /"decision":"EXECUTE"/);
  assert.match(said, /"decision":"BLOCK"/);
  assert.match(said, /verified: event \d+ of the \d+ of/);
  assert.match(said, /verified: \d+ events in \d+ frames/);
  assert.doesNotMatch(said, /NOT VERIFIED/);
});
