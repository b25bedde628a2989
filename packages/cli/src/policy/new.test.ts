import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bundleText } from "./new-files.ts";
import { folderOf, runWrit } from "./run-writ.test-support.ts";

test("a new policy checks without a warning and passes its tests, no mutant surviving", (t) => {
  const folder = folderOf(t, {});
  const made = runWrit(folder, "policy", "new", "My-Refunds");
  assert.equal(made.code, 0, made.error);
  const checked = runWrit(folder, "policy", "check", "My-Refunds", "--strict");
  assert.equal(checked.code, 0, checked.out);
  assert.match(checked.out, /: my_refunds arms/);
  const full = ["--coverage", "1", "--mutation", "1"];
  const tested = runWrit(folder, "policy", "test", "My-Refunds", ...full);
  assert.equal(tested.code, 0, tested.out + tested.error);
});

test("editors find the schema where the first line says", (t) => {
  const folder = folderOf(t, {});
  assert.equal(runWrit(folder, "policy", "new", "p").code, 0);
  const line = /^# yaml-language-server: \$schema=(\S+)$/m.exec(
    readFileSync(join(folder, "p/bundle.yaml"), "utf8"),
  );
  assert.ok(existsSync(join(folder, "p", line?.[1] ?? "absent")));
});

test("what is there is left alone", (t) => {
  const text = bundleText("other");
  const folder = folderOf(t, { "a/other.yaml": text, "b/tests/x": "", "c/notes.txt": "" });
  assert.equal(runWrit(folder, "policy", "new", "a").code, 2);
  assert.equal(runWrit(folder, "policy", "new", "b").code, 2);
  assert.equal(runWrit(folder, "policy", "new", "c").code, 0);
  assert.ok(
    !existsSync(join(folder, "a/bundle.yaml")) && !existsSync(join(folder, "b/bundle.yaml")),
  );
});
