import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { KeyRefused } from "@writ/tlog/note-key";
import { describe, isForOperator, OperatorError } from "./operator-error.ts";
import { temporaryFolder } from "./spawn-writ.test-support.ts";

function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
}

test("an error of the system is a line that names the file", () => {
  const folder = temporaryFolder();
  const missing = join(folder, "none");
  const noFile = thrown(() => readFileSync(missing));
  assert.equal(describe(noFile), `${missing}: there is no such file or folder`);
  assert.equal(isForOperator(noFile), true);
  assert.equal(describe(thrown(() => readFileSync(folder))), "is a folder, not a file");
  assert.equal(
    describe(thrown(() => readdirSync(import.meta.filename))),
    `${import.meta.filename}: is a file, not a folder`,
  );
  assert.equal(
    describe(thrown(() => process.chdir(missing))),
    `${missing}: there is no such file or folder`,
  );
});

test("what has no words of ours keeps its own", () => {
  assert.equal(describe(new OperatorError("give HOST:PORT")), "give HOST:PORT");
  assert.equal(describe(Object.assign(new Error("EIO: i/o"), { code: "EIO" })), "EIO: i/o");
  assert.equal(describe("a string"), "a string");
});

test("a refusal of ours is for the operator; a bug is not", () => {
  assert.equal(isForOperator(new OperatorError("x")), true);
  assert.equal(isForOperator(new KeyRefused("KEY_MALFORMED", "x")), true);
  const misuse = thrown(() => readFileSync(0.5));
  for (const bug of [new TypeError("x"), misuse, "x", null, { code: "EIO" }]) {
    assert.equal(isForOperator(bug), false);
  }
});
