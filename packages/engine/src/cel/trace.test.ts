import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "@writ/contract/json";
import fc from "fast-check";
import { compileRule, type Rule } from "./compile.ts";
import { EvaluationFailed } from "./evaluation.ts";
import { parse } from "./parser.ts";
import { print } from "./print.ts";
import { any, boolean, heldObject, integer, list, object, orNull, text } from "./sample.node.ts";
import { type Observer, traceRule } from "./trace.ts";

const SHAPE = object({
  n: integer,
  flag: orNull(boolean),
  s: text,
  tags: list(text),
  sub: orNull(object({ id: text, deep: object({ n: orNull(integer) }) })),
  open: object({}, integer),
  loose: any,
});

const SOURCES = [
  "input.n > 1",
  "1 + input.n * 2 >= -3",
  "input.flag || input.n == 1",
  "!input.flag && (input.s == 'a' || input.s in ['b', input.tags[0]])",
  "input.sub != null && input.sub.deep.n != 2 && input.sub.id.startsWith('a')",
  "input.sub.deep.n == input.n",
  "input.tags.exists(t, t == input.s) ? input.n < 2 : input.tags.all(t, t.contains('a'))",
  "size(input.tags.filter(t, t.matches('^a'))) > 1",
  "input.tags.map(t, t != 'b', [t, input.s]) != [['a', 'a']]",
  "input.tags.exists_one(t, size(t) == input.n)",
  "has(input.open.a) && input.open.a / input.n == 1",
  "'a' in input.open || input.open['b'] > 0",
  "input.loose && true",
  "input.loose == 'a' || input.loose.b",
  "input.tags.all(t, input.tags.all(u, input.tags.all(v, input.tags.all(w, t + u + v + w != 'x'))))",
];

const someText = fc.constantFrom("", "a", "ab", "b");
const someInput = fc.record({
  n: fc.integer({ min: -1, max: 3 }),
  flag: fc.option(fc.boolean()),
  s: someText,
  tags: fc.oneof(
    fc.array(someText, { maxLength: 3 }),
    // Enough for the steps to run out.
    fc.constant(new Array<string>(20).fill("a")),
  ),
  sub: fc.option(
    fc.record({
      id: someText,
      deep: fc.record({ n: fc.option(fc.integer({ min: 1, max: 3 })) }),
    }),
  ),
  open: fc.dictionary(fc.constantFrom("a", "b"), fc.integer({ min: 0, max: 3 }), {
    noNullPrototype: true,
  }),
  loose: fc.constantFrom<unknown[]>(null, true, false, "a", 3, { b: true }, [1]),
});

function answerOf(rule: Rule, input: object): unknown {
  try {
    return rule.evaluate(heldObject(input));
  } catch (error) {
    if (error instanceof EvaluationFailed) return error.code;
    throw error;
  }
}

function traced(source: string, observer: Observer): Rule {
  const made = traceRule(parse(source), SHAPE, observer);
  assert.ok("rule" in made, JSON.stringify(made));
  return made.rule;
}

for (const source of SOURCES) {
  test(`a listener changes nothing: ${source}`, () => {
    const compiled = compileRule(source, SHAPE);
    assert.ok("rule" in compiled, JSON.stringify(compiled));
    const heard: unknown[] = [];
    const rule = traced(source, {
      saw: (_expr, value) => heard.push(value),
      failed: (_expr, { code }) => heard.push(code),
    });
    fc.assert(
      fc.property(someInput, (input) => {
        const expected = answerOf(compiled.rule, input);
        assert.deepEqual(answerOf(rule, input), expected);
        // Whatever the rule comes to is the last thing told.
        assert.deepEqual(heard.at(-1), expected);
      }),
      { numRuns: 300 },
    );
  });
}

function told(source: string, input: object): readonly (readonly [string, Json | string])[] {
  const lines: (readonly [string, Json | string])[] = [];
  const rule = traced(source, {
    saw: (expr, value) => lines.push([print(expr), value]),
    failed: (expr, { code }) => lines.push([print(expr), code]),
  });
  answerOf(rule, input);
  return lines.filter(([part]) => part !== "input");
}

const INPUT = { n: 1, flag: null, s: "a", tags: ["b", "a"], sub: null, open: {}, loose: null };

test("parts are told in the order of evaluation, and what is not asked is not told", () => {
  assert.deepEqual(told("input.n == 1 || input.flag", INPUT), [
    ["input.n", 1],
    ["input.n == 1", true],
    ["input.n == 1 || input.flag", true],
  ]);
  assert.deepEqual(told("input.tags.exists(t, t == input.s)", INPUT), [
    ["input.tags", ["b", "a"]],
    ["t", "b"],
    ["input.s", "a"],
    ["t == input.s", false],
    ["t", "a"],
    ["input.s", "a"],
    ["t == input.s", true],
    ["input.tags.exists(t, t == input.s)", true],
  ]);
});

test("a failure is told of the part that failed and of all that it is a part of", () => {
  assert.deepEqual(told("input.sub.deep.n == 1 && input.n == 1", INPUT), [
    ["input.sub", null],
    ["input.sub.deep", "NULL_VALUE"],
    ["input.sub.deep.n", "NULL_VALUE"],
    ["input.sub.deep.n == 1", "NULL_VALUE"],
    ["input.sub.deep.n == 1 && input.n == 1", "NULL_VALUE"],
  ]);
});

test("what does not compile is not traced", () => {
  const silent: Observer = { saw: () => {}, failed: () => {} };
  for (const source of ["input.n", "input.s == 'A'", "input.x == 1"]) {
    const plain = compileRule(source, SHAPE);
    const made = traceRule(parse(source), SHAPE, silent);
    assert.ok("faults" in made && "faults" in plain);
    assert.deepEqual(
      made.faults.map(({ code, offset }) => [code, offset]),
      plain.faults.map(({ code, offset }) => [code, offset]),
    );
  }
});
