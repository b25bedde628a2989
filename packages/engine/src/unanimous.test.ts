import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonObject } from "@writ/contract/json";
import { arm } from "./engine.ts";
import { ask, evaluatorOf } from "./evaluator.ts";
import { bundleOf, edit, objectOf, PAYMENTS, testFaults } from "./sample-bundle.node.ts";
import { unanimous } from "./unanimous.ts";

const INPUT = new JsonObject([], []);

type Behaviour = "holds" | "does not hold" | "fails" | "answers a number";

const JUDGES: Readonly<Record<Behaviour, () => unknown>> = {
  holds: () => true,
  "does not hold": () => false,
  fails: () => {
    throw new Error("no such key");
  },
  "answers a number": () => 1,
};
const ALL = Object.keys(JUDGES) as Behaviour[];

/** The rule told plainly: failing weighs most, then differing. */
function expected(panel: readonly Behaviour[]): string {
  if (panel.some((each) => each === "fails" || each === "answers a number")) {
    return "EVALUATOR_FAILED";
  }
  if (new Set(panel).size > 1) return "EVALUATOR_DISAGREEMENT";
  return panel[0] === "holds" ? "FIRED" : "null";
}

function panels(size: number): readonly (readonly Behaviour[])[] {
  if (size === 0) return [[]];
  return panels(size - 1).flatMap((rest) => ALL.map((each) => [...rest, each]));
}

for (const size of [1, 2, 3]) {
  test(`${size} judges: every mix of answers`, () => {
    for (const panel of panels(size)) {
      const asked: number[] = [];
      const judges = panel.map((behaviour, index) => ({
        evaluate: (): boolean => {
          asked.push(index);
          return JUDGES[behaviour]() as boolean;
        },
      }));
      const evaluator = evaluatorOf({
        name: "e",
        constraint: 0,
        rule: unanimous(judges),
        outcome: "REWRITE",
        reason: "FIRED",
        rewriteClass: "SPLIT",
      });
      const [name, outcome, reason] = ask(evaluator, INPUT);
      assert.equal(name, "e");
      assert.equal(String(reason), expected(panel), panel.join());
      assert.equal(outcome, reason === null ? "EXECUTE" : reason === "FIRED" ? "REWRITE" : "BLOCK");
      assert.equal(asked[0], 0);
    }
  });
}

const WHEN = "when: input.amount > 1000";

test("judges that differ block with a disagreement, judges that fail with a failure", () => {
  const text = edit(
    PAYMENTS,
    WHEN,
    `judges:
          - cel: input.amount > 1000
          - cel: "input.divisor == 3 ? 1 / (input.amount - 7) > 0 : input.amount > 990"`,
  );
  const engine = arm(bundleOf(text));
  const decide = (amount: number, divisor: number | null): readonly unknown[] => {
    const input = objectOf({ kind: "refund", amount, divisor });
    const { outcome, reason_code, failed, evaluators } = engine.decide({ category: "pay", input });
    return [outcome, reason_code, failed, evaluators[0]];
  };
  assert.deepEqual(decide(10, null), [
    "EXECUTE",
    "ALLOWED",
    false,
    ["far_too_much", "EXECUTE", null],
  ]);
  assert.deepEqual(decide(5000, null), [
    "BLOCK",
    "LIMIT_EXCEEDED",
    false,
    ["far_too_much", "BLOCK", "LIMIT_EXCEEDED"],
  ]);
  assert.deepEqual(decide(995, null), [
    "BLOCK",
    "EVALUATOR_DISAGREEMENT",
    true,
    ["far_too_much", "BLOCK", "EVALUATOR_DISAGREEMENT"],
  ]);
  assert.deepEqual(decide(7, 3), [
    "BLOCK",
    "EVALUATOR_FAILED",
    true,
    ["far_too_much", "BLOCK", "EVALUATOR_FAILED"],
  ]);
});

testFaults([
  {
    what: "neither when nor judges",
    from: `        ${WHEN}\n`,
    to: "",
    faults: [["MISSING_KEY", "name: far_too_much"]],
  },
  {
    what: "when beside judges",
    from: WHEN,
    to: `${WHEN}\n        judges: [{ cel: "input.amount > 1" }]`,
    faults: [["JUDGES", "[{ cel"]],
  },
  { what: "no judge", from: WHEN, to: "judges: []", faults: [["JUDGES", "[]"]] },
  { what: "judges that are no list", from: WHEN, to: "judges: 3", faults: [["WRONG_TYPE", "3\n"]] },
  {
    what: "nine judges",
    from: WHEN,
    to: `judges: [${Array(9).fill("{ cel: input.amount > 1 }").join(", ")}]`,
    faults: [["JUDGES", "[{ cel: input.amount > 1 }, { cel"]],
  },
  {
    what: "a judge of two languages",
    from: WHEN,
    to: "judges: [{ cel: input.amount > 1, cedar: { policies: a } }]",
    faults: [["JUDGES", "{ cel: input"]],
  },
  {
    what: "a judge of no language",
    from: WHEN,
    to: "judges: [{ }]",
    faults: [["MISSING_KEY", "{ }"]],
  },
  {
    what: "a judge of an unknown language",
    from: WHEN,
    to: "judges: [{ rego: x }]",
    faults: [
      ["MISSING_KEY", "{ rego"],
      ["UNKNOWN_KEY", "rego: x"],
    ],
  },
  {
    what: "faults of every judge at once",
    from: WHEN,
    to: "judges: [{ cel: input.amount > many }, { cel: input.nothing }]",
    faults: [
      ["CEL_UNKNOWN_NAME", "many"],
      ["CEL_UNKNOWN_MEMBER", "nothing"],
    ],
  },
  {
    what: "a judge in Cedar, whose code the bundle does not name",
    from: WHEN,
    to: "judges: [{ cedar: { policies: permit } }]",
    faults: [["CEDAR_MODULE", "{ policies"]],
  },
  {
    what: "Cedar's code, and no judge in it",
    from: "name: payments",
    to: "name: payments\ncedar: { sha256: x }",
    faults: [["CEDAR_MODULE", "{ sha256"]],
  },
]);
