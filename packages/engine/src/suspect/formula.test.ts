import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parse } from "../cel/parser.ts";
import { ask, integer, number, object, orNull, text } from "../cel/sample.node.ts";
import { formulaOf, implies } from "./formula.ts";

const SHAPE = object({ n: integer, m: orNull(integer), d: number, s: text });

const INPUTS = [0, 1, 2, 3].flatMap((n) =>
  [null, 0, 2].flatMap((m) =>
    [0.5, 2].flatMap((d) => ["a", "b", "c"].map((s) => ({ n, m, d, s }))),
  ),
);

const NUMBERS = [-1, 0, 1, 2, 3, 4];
const LETTERS = ["a", "b", "c", "d"];

const atom: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(fc.constantFrom("n", "m"), fc.constantFrom("<", "<=", ">", ">=", "==", "!="))
    .chain(([name, operator]) =>
      fc
        .tuple(fc.constantFrom(...NUMBERS), fc.boolean())
        .map(([bound, left]) =>
          left ? `${bound} ${operator} input.${name}` : `input.${name} ${operator} ${bound}`,
        ),
    ),
  fc.constantFrom(...NUMBERS).map((bound) => `input.d < ${bound}.5`),
  fc
    .tuple(fc.constantFrom("==", "!="), fc.constantFrom(...LETTERS))
    .map(([operator, letter]) => `input.s ${operator} '${letter}'`),
  fc
    .subarray(LETTERS, { minLength: 1 })
    .map((some) => `input.s in [${some.map((each) => `'${each}'`).join()}]`),
  fc.constantFrom("input.m == null", "input.m != null", "input.s.startsWith('a')", "true", "false"),
);

const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    atom,
    tie("condition").map((inner) => `!(${inner})`),
    fc
      .tuple(
        fc.constantFrom(" && ", " || "),
        fc.array(tie("condition"), { minLength: 2, maxLength: 3 }),
      )
      .map(([operator, terms]) => terms.map((term) => `(${term})`).join(operator)),
  ),
}));

function follows(a: string, b: string): boolean {
  return implies(formulaOf(parse(a)), formulaOf(parse(b)));
}

test("what is said to follow does follow, on every input of a grid", () => {
  const seen = { follows: 0, not: 0 };
  fc.assert(
    fc.property(condition, condition, (a, b) => {
      const said = follows(a, b);
      seen[said ? "follows" : "not"] += 1;
      if (!said) return;
      for (const input of INPUTS) {
        if (ask(a, SHAPE, input) === true)
          assert.notEqual(ask(b, SHAPE, input), false, JSON.stringify(input));
      }
    }),
    { numRuns: 3_000 },
  );
  assert.ok(seen.follows > 100 && seen.not > 100, JSON.stringify(seen));
});

test("a condition follows from itself, from what is narrower, and from nothing less", () => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ["input.n > 1", "input.n > 1", true],
    ["input.n > 1", "1 < input.n", true],
    ["input.n > 2", "input.n > 1", true],
    ["input.n > 1", "input.n > 2", false],
    ["input.n >= 2", "input.n > 1", true],
    ["input.n >= 1", "input.n > 1", false],
    ["input.n > 1", "input.n >= 1", true],
    ["input.n > 1", "input.n < 9", false],
    ["input.n == 3", "input.n > 2", true],
    ["input.n > 5", "input.n != 3", true],
    ["input.s == 'a'", "input.s in ['a', 'b']", true],
    ["input.s in ['a', 'c']", "input.s in ['a', 'b']", false],
    ["input.s == 'a'", "input.s != 'b'", true],
    ["!(input.s != 'a')", "input.s == 'a'", true],
    ["input.n > 1 && input.s == 'a'", "input.s == 'a'", true],
    ["input.s == 'a'", "input.n > 1 && input.s == 'a'", false],
    ["input.s == 'a'", "input.n > 1 || input.s == 'a'", true],
    ["input.s == 'a' || input.n > 3", "input.n > 1 || input.s == 'a'", true],
    ["input.n > 1", "true", true],
    ["false", "input.n > 1", true],
    ["true", "input.n > 1", false],
    ["!(input.n > 1 || input.s == 'a')", "input.s != 'a'", true],
    ["input.s.startsWith('a')", "input.s.startsWith( 'a' ) // same", true],
  ];
  for (const [a, b, expected] of rows) assert.equal(follows(a, b), expected, `${a} → ${b}`);
});
