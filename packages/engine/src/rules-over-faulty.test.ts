import assert from "node:assert/strict";
import { test } from "node:test";
import { edit, faultsOf, PAYMENTS } from "./sample-bundle.node.ts";

/** Every shape is checked with all definitions, so this one is at fault for every category. */
const FAULTY: string = edit(PAYMENTS, "minimum: 0 }", "minimum: 0, format: int32 }");

function codesWith(rule: string): readonly string[] {
  const text = edit(FAULTY, 'input.text.contains("secret")', JSON.stringify(rule));
  return faultsOf(text).map(({ code, line }) => `${code} ${line}`);
}

test("a definition at fault does not hide what is wrong with rules", () => {
  const line = FAULTY.split("\n").findIndex((each) => each.includes('"secret"')) + 1;
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["input.text.startsWith('a')", []],
    ["input.txt == null", [`CEL_UNKNOWN_MEMBER ${line}`]],
    ["input.text == ", [`CEL_SYNTAX ${line}`]],
    [
      "input.text == null || now() == 1",
      [`CEL_NEVER_NULL ${line}`, `CEL_UNKNOWN_FUNCTION ${line}`],
    ],
  ];
  for (const [rule, expected] of rows) {
    assert.deepEqual(codesWith(rule), ["SHAPE 4", ...expected], rule);
  }
});

test("the part at fault may be anything: nothing is said about what is asked of it", () => {
  const text = edit(FAULTY, "input.amount > 1000", "input.amount == 'much'");
  assert.deepEqual(
    faultsOf(text).map(({ code }) => code),
    ["SHAPE"],
  );
});
