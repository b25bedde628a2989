import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { airline, recordedCalls, temporaryFolder, writ } from "./serving.ts";

const recorded = recordedCalls();

/** What an environment might change in formatting, sorting, case mapping or paths. */
const environments: readonly NodeJS.ProcessEnv[] = [
  { TZ: "UTC", LC_ALL: "C" },
  { TZ: "Asia/Kathmandu", LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8" },
  { TZ: "America/St_Johns", LC_ALL: "de_DE@euro", NODE_ICU_DATA: "/nonexistent" },
];

test("writ trace gives the same bytes in every time zone, locale and folder", {
  skip: "missing" in recorded ? recorded.missing : false,
}, async () => {
  const lines = "lines" in recorded ? recorded.lines : [];
  const outputs = new Set<string>();
  for (const environment of environments) {
    const cwd = temporaryFolder();
    const input = join(cwd, "calls.jsonl");
    writeFileSync(input, `${lines.join("\n")}\n`);
    const { code, stdout, stderr } = await writ(["trace", "--policy", airline, input], {
      cwd,
      env: { PATH: process.env.PATH, ...environment },
    });
    assert.equal(code, 0, stderr);
    assert.equal(stdout.trimEnd().split("\n").length, lines.length);
    outputs.add(stdout);
  }
  assert.equal(outputs.size, 1);
});
