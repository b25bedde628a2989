import assert from "node:assert/strict";
import { test } from "node:test";
import { meantBy } from "./free-text.ts";

const table: readonly (readonly [typed: string, meant: object])[] = [
  ["", { kind: "nothing" }],
  ["  ", { kind: "nothing" }],
  ["7", { kind: "index", index: 7 }],
  ["1234567", { kind: "index", index: 1_234_567 }],
  ["12345678", { kind: "trace_id", text: "12345678" }],
  ["#12345678", { kind: "index", index: 12_345_678 }],
  ["# 3", { kind: "index", index: 3 }],
  ["ABCDEF01", { kind: "trace_id", text: "abcdef01" }],
  [` ${"a".repeat(64)}\n`, { kind: "trace_id", text: "a".repeat(64) }],
  ["0123456789abcdef.1.42", { kind: "decision_id", text: "0123456789abcdef.1.42" }],
];

for (const [typed, meant] of table) {
  test(`what ${JSON.stringify(typed)} means`, () => {
    assert.deepEqual(meantBy(typed), meant);
  });
}

test("what means nothing is answered with what to write", () => {
  for (const typed of ["abc", "a".repeat(65), "0123456789abcdef.1", "#", "no such", "-1"]) {
    assert.equal(meantBy(typed).kind, "unclear", typed);
  }
});
