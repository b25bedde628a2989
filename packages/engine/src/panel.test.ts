import assert from "node:assert/strict";
import { test } from "node:test";
import { type Json, JsonObject } from "@writ/contract/json";
import type { ShapeType } from "@writ/contract/shape-type";
import fc from "fast-check";
import { compileRule, type Rule } from "./cel/compile.ts";
import type { Guard } from "./cel/guard.ts";
import { any, integer, object, oneOf, orNull, text } from "./cel/sample.node.ts";
import { ask, type Evaluator, evaluatorOf } from "./evaluator.ts";
import { Panel } from "./panel.ts";

const SHAPE: ShapeType = object({
  tool: oneOf("a", "b", "c"),
  n: orNull(integer),
  free: any,
  user: orNull(object({ name: text })),
});

/** Conditions and whether an index shows where they cannot hold. */
const CONDITIONS: readonly (readonly [source: string, guarded: boolean])[] = [
  ["input.tool == 'a'", true],
  ["'b' == input.tool && 10 / input.n > 2", true],
  ["input.tool in ['a', 'b', 'a'] && input.user.name == 'ann'", true],
  ["input.n == null && input.tool != 'c'", true],
  ["input.n == 0", true],
  ["input.n in [1, 2] && input.free == 'x'", true],
  ["input.user == null", true],
  ["input.user.name == 'ann' && input.n > 1", true],
  ["(input.user.name == 'bob' && input.n > 1) && input.tool == 'c'", true],
  ["input.free == null", true],
  ["input.n > 1 && input.tool == 'a'", true],
  ["input.n > 2", true],
  ["input.n >= 2", true],
  ["input.n < 2", true],
  ["input.n <= 1 && 10 / input.n > 2", true],
  ["input.n < 5 && input.user.name == 'ann'", true],
  ["input.free > 1", true],
  ["input.free <= 2 && input.n == 1", true],
  ["1 < input.n", false],
  ["!(input.n <= 2)", false],
  ["input.n > size(input.tool)", false],
  ["input.tool > 'a'", false],
  ["input.free == 'x'", false],
  ["input.tool != 'a'", false],
  ["input.tool == 'a' || input.n > 3", false],
  ["10 / input.n > 2 && input.tool == 'a'", false],
  ["!(input.tool == 'a')", false],
  ["input.tool == 'a' ? false : input.n > 1", false],
  ["'a' in [input.tool]", false],
];

function ruleOf(source: string): Rule {
  const compiled = compileRule(source, SHAPE);
  assert.ok("rule" in compiled, `${source}: ${JSON.stringify(compiled)}`);
  return compiled.rule;
}

test("a rule is guarded by what it asks first, and only where nothing else decides", () => {
  for (const [source, guarded] of CONDITIONS) {
    assert.equal(ruleOf(source).guard !== undefined, guarded, source);
  }
});

function evaluator(source: string, index: number): Evaluator {
  return evaluatorOf({
    name: `e${index}`,
    constraint: index,
    rule: ruleOf(source),
    outcome: index % 3 === 0 ? "REWRITE" : "BLOCK",
    reason: `R${index}`,
    rewriteClass: index % 3 === 0 ? "CLASS" : null,
  });
}

const sources = fc.array(fc.constantFrom(...CONDITIONS.map(([source]) => source)), {
  maxLength: 24,
});
const anything: fc.Arbitrary<Json> = fc.constantFrom<Json>(
  ...[null, true, 0, 1, 2, 5, "a", "b", "c", "x", "ann"],
  ...[[], ["a"], new JsonObject([], []), new JsonObject(["name"], ["ann"])],
);
const user = fc.oneof(
  fc.constantFrom("ann", "bob").map((name) => new JsonObject(["name"], [name])),
  fc.constant(null),
);
const faithful = fc.tuple(
  fc.constantFrom<Json>(null, "x", 3, 1.5),
  fc.constantFrom<Json>(null, 0, 1, 2, 5),
  fc.constantFrom<Json>("a", "b", "c"),
  user,
);
/** Also inputs that no shape would let through: the index must not be what forgives them. */
const values = fc.oneof(faithful, fc.array(anything, { maxLength: 4 }));

test("the index changes no answer, no failure and no order", () => {
  const property = fc.property(sources, values, (list, members) => {
    const evaluators = list.map(evaluator);
    const input = new JsonObject(["free", "n", "tool", "user"], members);
    const expected = evaluators.map((each) => ask(each, input));
    const panel = new Panel(evaluators);
    const objections = panel.objections(input);
    assert.deepEqual(panel.answers(objections), expected);
    const objecting = expected.flatMap((answer, index) => (answer[1] === "EXECUTE" ? [] : [index]));
    assert.deepEqual(
      objections.map(({ index }) => index),
      objecting,
    );
  });
  fc.assert(property, { numRuns: 2000 });
});

/** Evaluators that never object, and note that they were asked. */
function noting(guards: readonly Guard[], asked: number[]): readonly Evaluator[] {
  return guards.map((guard, index) => {
    const evaluate = (): boolean => {
      asked.push(index);
      return false;
    };
    const parts = { name: `e${index}`, constraint: index, outcome: "BLOCK", reason: "R" } as const;
    return evaluatorOf({ ...parts, rewriteClass: null, rule: { guard, evaluate } });
  });
}

test("what cannot apply is not asked", () => {
  const asked: number[] = [];
  const tools = Array.from({ length: 200 }, (_, i) => ({ path: [1], values: [`tool_${i % 50}`] }));
  const above = [30, 10, 20].map((limit): Guard => ({ path: [0], order: ">", limit }));
  const below = [30, 10, 20].map((limit): Guard => ({ path: [0], order: "<=", limit }));
  const panel = new Panel(noting([...tools, ...above, ...below], asked));
  const objections = panel.objections(new JsonObject(["amount", "tool"], [20, "tool_7"]));
  assert.deepEqual(
    asked.toSorted((a, b) => a - b),
    [7, 57, 107, 157, 201, 203, 205],
  );
  assert.equal(panel.answers(objections).length, 206);
  assert.ok(Object.isFrozen(panel.answers(objections)));
});
