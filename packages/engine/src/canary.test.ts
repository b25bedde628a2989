import assert from "node:assert/strict";
import { test } from "node:test";
import { arm, NotArmed } from "./engine.ts";
import { bundleOf, edit, PAYMENTS } from "./sample-bundle.node.ts";

test("a bundle arms only if its canaries answer by policy", () => {
  const cases: readonly (readonly [from: string, to: string, gives: string])[] = [
    [
      "amount: 5000",
      "amount: 5",
      "0.yaml:60:13: pay must BLOCK this input by policy, and gave EXECUTE (ALLOWED)",
    ],
    [
      "amount: 5000",
      "amount: 500",
      "0.yaml:60:13: pay must BLOCK this input by policy, and gave REWRITE (LARGE)",
    ],
    [
      "amount: 5000",
      "amount: all",
      "0.yaml:60:13: pay must BLOCK this input by policy, and gave BLOCK (INPUT_SHAPE_VIOLATION)",
    ],
    [
      "amount: 5000",
      "amount: 1, divisor: 0",
      "0.yaml:60:13: pay must BLOCK this input by policy, and gave BLOCK (EVALUATOR_FAILED)",
    ],
    [
      "amount: 5 }",
      "amount: 5000 }",
      "0.yaml:61:15: pay must EXECUTE this input by policy, and gave BLOCK (LIMIT_EXCEEDED)",
    ],
  ];
  for (const [from, to, gives] of cases) {
    const bundle = bundleOf(edit(PAYMENTS, from, to));
    assert.throws(
      () => arm(bundle),
      (error) =>
        error instanceof NotArmed && error.failed.length === 1 && error.message.endsWith(gives),
      gives,
    );
  }
});
