import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@writ/contract/json";
import fc from "fast-check";
import { compileRule } from "./cel/compile.ts";
import { unreachable } from "./reach.ts";
import { edit, faultsOf, objectOf, PAYMENTS } from "./sample-bundle.node.ts";

/** Each with a word of the message, or null where the condition may be meant. */
const CONDITIONS: readonly (readonly [string, string | null])[] = [
  ["true", "every input"],
  ["false", "every input"],
  ["1 == 2", "every input"],
  ["[1, 2].exists(x, x > 1)", "every input"],
  ["input.n > 1 && false", "no input"],
  ["false && input.n > 1", "no input"],
  ["!(input.n > 1 || true)", "no input"],
  ["input.s == 'a' && input.s == 'b'", "no input"],
  ["input.s == 'a' && (input.n > 1 && 'b' == input.s)", "no input"],
  ["input.s in ['a', 'b'] && input.s == 'c'", "no input"],
  ["input.s == 'a' && !(input.s in ['a', 'b'])", "no input"],
  ["input.s == 'a' && input.s != 'a'", "no input"],
  ["input.n > 3 && input.n < 3", "no input"],
  ["input.n >= 3 && input.n < 3", "no input"],
  ["3 < input.n && 3 > input.n", "no input"],
  ["input.o == null && input.o > 3", "no input"],
  ["input.b && !input.b", "no input"],
  ["input.n == 1 && input.n > 2 || false", "no input"],
  ["input.s in []", "no input"],
  ["input.n > 1 || true", "no input passes"],
  ["input.s == 'a' || input.s != 'a'", "no input passes"],
  ["input.s != 'a' || input.s != 'b'", "no input passes"],
  ["input.n >= 3 && input.n <= 3", null],
  ["input.n > 3 && input.n < 4", null],
  ["input.n > 3 || input.n < 3", null],
  ["input.s == 'a' || input.s == 'b'", null],
  ["input.s == 'a' && input.t == 'b'", null],
  ["input.list.exists(x, true)", null],
  ["input.list.exists(x, x == 1) && input.list.exists(x, x == 2)", null],
  ["input.b ? true : input.n > 1", null],
  ["input['n'] > 3", null],
];

const TYPE = {
  kind: "object",
  nullable: false,
  additional: null,
  properties: [
    { name: "b", mandatory: true, type: { kind: "boolean", nullable: false } },
    {
      name: "list",
      mandatory: true,
      type: { kind: "array", nullable: false, items: { kind: "integer", nullable: false } },
    },
    { name: "n", mandatory: true, type: { kind: "integer", nullable: false } },
    { name: "o", mandatory: false, type: { kind: "integer", nullable: true } },
    { name: "s", mandatory: true, type: { kind: "string", nullable: false } },
    { name: "t", mandatory: true, type: { kind: "string", nullable: false } },
  ],
} as const;

for (const [source, word] of CONDITIONS) {
  test(`${word === null ? "may be meant" : word}: ${source}`, () => {
    assert.ok("rule" in compileRule(source, TYPE), source);
    const why = unreachable(source);
    assert.equal(why === null, word === null, String(why));
    if (word !== null) assert.match(why ?? "", new RegExp(word));
  });
}

const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      ...[
        "input.n > 0",
        "input.n >= 1",
        "input.n < 1",
        "1 <= input.n",
        "input.n == 0",
        "input.n != 1",
      ],
      ...["input.s == 'a'", "input.s in ['a', 'b']", "input.s != 'b'", "input.s in []", "input.b"],
      ...["input.o == null", "input.o > 0", "input.o != 1", "true", "false", "'a' == input.s"],
    ),
    fc
      .tuple(tie("condition"), fc.constantFrom("&&", "||"), tie("condition"))
      .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    tie("condition").map((a) => `!(${a})`),
  ),
}));

const INPUTS = [0, 1, 2].flatMap((n) =>
  ["a", "b", "c"].flatMap((s) =>
    [null, 0, 1, 2].flatMap((o) =>
      [true, false].map((b) => objectOf({ b, list: [], n, o, s, t: "" })),
    ),
  ),
);

function answerOf(rule: { evaluate(input: JsonObject): boolean }, input: JsonObject): unknown {
  try {
    return rule.evaluate(input);
  } catch {
    return "fails";
  }
}

test("no condition is refused that holds of one input and not of another", () => {
  let refused = 0;
  fc.assert(
    fc.property(condition, (source) => {
      const compiled = compileRule(source, TYPE);
      assert.ok("rule" in compiled, source);
      if (unreachable(source) === null) return;
      refused += 1;
      const answers = new Set(INPUTS.map((input) => answerOf(compiled.rule, input)));
      assert.ok(!(answers.has(true) && answers.has(false)), source);
    }),
    { numRuns: 1000 },
  );
  assert.ok(refused > 50, String(refused));
});

test("load fault: a condition that nothing meets, at its place", () => {
  const found = faultsOf(
    edit(PAYMENTS, "input.amount > 1000", "input.amount > 3 && input.amount < 2"),
  );
  assert.deepEqual(
    found.map(({ code, line, column }) => `${code} ${line}:${column}`),
    ["UNREACHABLE 34:15"],
  );
});
