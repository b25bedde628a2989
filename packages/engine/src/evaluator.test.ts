import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonObject } from "@writ/contract/json";
import type { Outcome } from "@writ/contract/outcome";
import fc from "fast-check";
import { type Evaluator, evaluatorOf, type Judgement, judge } from "./evaluator.ts";
import { Panel } from "./panel.ts";

const INPUT = new JsonObject([], []);

/** What a rule does when asked, whatever the input. */
type Behaviour = "holds" | "does not hold" | "throws" | "answers a number" | "answers nothing";

const RULES: Readonly<Record<Behaviour, () => unknown>> = {
  holds: () => true,
  "does not hold": () => false,
  throws: () => {
    throw new Error("no such key");
  },
  "answers a number": () => 1,
  "answers nothing": () => undefined,
};

interface Plan {
  readonly constraint: number;
  readonly behaviour: Behaviour;
  readonly asks: Exclude<Outcome, "EXECUTE">;
  readonly rewriteClass: string;
}

function evaluatorsOf(plans: readonly Plan[]): readonly Evaluator[] {
  return plans.map(({ constraint, behaviour, asks, rewriteClass }, index) => {
    // The type forbids what the last two answer; the engine does not rely on it.
    const rule = { evaluate: RULES[behaviour] as () => boolean };
    const called = asks === "REWRITE" ? rewriteClass : null;
    return evaluatorOf({
      name: `e${index}`,
      constraint,
      rule,
      outcome: asks,
      reason: `R${index}`,
      rewriteClass: called,
    });
  });
}

/** The rule of design §4, told constraint by constraint. */
function naive(plans: readonly Plan[]): Omit<Judgement, "answers"> {
  const answered = plans.map((plan, index) => {
    if (plan.behaviour === "holds") return { ...plan, outcome: plan.asks, reason: `R${index}` };
    if (plan.behaviour === "does not hold") return { ...plan, outcome: "EXECUTE", reason: "" };
    return { ...plan, outcome: "BLOCK", reason: "EVALUATOR_FAILED" };
  });
  const constraints = [...new Set(plans.map((plan) => plan.constraint))];
  for (const constraint of constraints) {
    const members = answered.filter((each) => each.constraint === constraint);
    const block = members.find((each) => each.outcome === "BLOCK");
    if (block !== undefined) return { outcome: "BLOCK", reason: block.reason, rewriteClass: null };
    const rewrites = members.filter((each) => each.outcome === "REWRITE");
    if (new Set(rewrites.map((each) => each.rewriteClass)).size > 1) {
      return { outcome: "BLOCK", reason: "EVALUATOR_DISAGREEMENT", rewriteClass: null };
    }
  }
  const rewrite = answered.find((each) => each.outcome === "REWRITE");
  if (rewrite === undefined) return { outcome: "EXECUTE", reason: "ALLOWED", rewriteClass: null };
  return { outcome: "REWRITE", reason: rewrite.reason, rewriteClass: rewrite.rewriteClass };
}

const behaviours = fc.constantFrom<Behaviour>(
  "holds",
  "holds",
  "does not hold",
  "does not hold",
  "does not hold",
  "throws",
  "answers a number",
  "answers nothing",
);
const plan = fc.record({
  constraint: fc.nat(3),
  behaviour: behaviours,
  asks: fc.constantFrom<Plan["asks"]>("REWRITE", "REWRITE", "BLOCK"),
  rewriteClass: fc.constantFrom("SPLIT", "ROUND"),
});
const plans = fc
  .array(plan, { maxLength: 8 })
  .map((list) => list.toSorted((a, b) => a.constraint - b.constraint));

test("outcome, reason and class are those of the naive telling", () => {
  fc.assert(
    fc.property(plans, (list) => {
      const { answers, ...judgement } = judge(new Panel(evaluatorsOf(list)), INPUT);
      assert.deepEqual(judgement, naive(list));
      assert.deepEqual(
        answers.map((answer) => answer[0]),
        list.map((_, index) => `e${index}`),
      );
    }),
    { numRuns: 3000 },
  );
});

test("two evaluators: every outcome, class, constraint and failure", () => {
  const all: Plan[] = [];
  for (const constraint of [0, 1]) {
    for (const behaviour of Object.keys(RULES) as Behaviour[]) {
      for (const asks of ["BLOCK", "REWRITE"] as const) {
        for (const rewriteClass of ["SPLIT", "ROUND"])
          all.push({ constraint, behaviour, asks, rewriteClass });
      }
    }
  }
  for (const first of all) {
    for (const second of all) {
      if (first.constraint > second.constraint) continue;
      const { answers, ...judgement } = judge(new Panel(evaluatorsOf([first, second])), INPUT);
      assert.deepEqual(judgement, naive([first, second]));
      assert.equal(answers.length, 2);
    }
  }
});

test("every evaluator is asked, though the first has blocked", () => {
  let asked = 0;
  const rule = {
    evaluate: (): boolean => {
      asked += 1;
      return true;
    },
  };
  const parts = {
    constraint: 0,
    rule,
    outcome: "BLOCK",
    reason: "NO",
    rewriteClass: null,
  } as const;
  const both = [evaluatorOf({ ...parts, name: "a" }), evaluatorOf({ ...parts, name: "b" })];
  judge(new Panel(both), INPUT);
  assert.equal(asked, 2);
});
