import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonObject } from "@writ/contract/json";
import fc from "fast-check";
import { Frame } from "./evaluation.ts";
import { held } from "./sample.node.ts";
import { compareText, countCodePoints, sameValue } from "./values.ts";

const hard = fc.constantFrom(
  "a",
  "b",
  "\ud7ff",
  "\ue000",
  "\uffff",
  "\u{10000}",
  "\u{10ffff}",
  "é",
);
const words = fc.array(hard, { maxLength: 5 }).map((parts) => parts.join(""));

function byCodePoint(a: string, b: string): number {
  const left = [...a].map((each) => each.codePointAt(0) ?? 0);
  const right = [...b].map((each) => each.codePointAt(0) ?? 0);
  for (const [at, value] of left.entries()) {
    const other = right[at];
    if (other === undefined) return 1;
    if (value !== other) return Math.sign(value - other);
  }
  return Math.sign(left.length - right.length);
}

test("text is ordered and counted by code point", () => {
  fc.assert(
    fc.property(words, words, (a, b) => {
      assert.equal(Math.sign(compareText(a, b)), byCodePoint(a, b));
      assert.equal(countCodePoints(a), [...a].length);
    }),
    { numRuns: 3000 },
  );
});

function frame(steps: number): Frame {
  return new Frame(new JsonObject([], []), [], steps);
}

test("equality is that of the JSON values, whatever the order of names", () => {
  const leaf = fc.constantFrom<unknown>(null, true, 0, 1, "", "a", "b");
  const trees = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("a", "b", "__proto__"), tie("tree"), { maxKeys: 3 }),
    ),
  })).tree;
  const spelled = (value: unknown): string =>
    JSON.stringify(value, (_key, inner) =>
      typeof inner === "object" && inner !== null && !Array.isArray(inner)
        ? ["an object", ...Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))]
        : inner,
    );
  fc.assert(
    fc.property(trees, trees, (a, b) => {
      const same = sameValue(frame(10_000), held(a), held(b), 0);
      assert.equal(same, spelled(a) === spelled(b));
      assert.ok(sameValue(frame(10_000), held(a), held(a), 0));
    }),
    { numRuns: 2000 },
  );
  const forth = new JsonObject(["a", "b"], [1, [2]]);
  const back = new JsonObject(["b", "a"], [[2], 1]);
  assert.ok(sameValue(frame(100), forth, back, 0));
  assert.ok(!sameValue(frame(100), forth, new JsonObject(["a", "c"], [1, [2]]), 0));
});
