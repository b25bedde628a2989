import assert from "node:assert/strict";
import { test } from "node:test";
import type { ShapeType } from "@writ/contract/shape-type";
import { parse } from "@writ/engine/cel/parser";
import { print } from "@writ/engine/cel/print";
import { traceRule } from "@writ/engine/cel/trace";
import fc from "fast-check";
import { conditionsOf } from "./conditions.ts";
import { mutationsOf, negated } from "./rule-mutations.ts";

const text: ShapeType = { kind: "string", nullable: false };
const integer: ShapeType = { kind: "integer", nullable: false };
const SHAPE: ShapeType = {
  kind: "object",
  nullable: false,
  additional: null,
  properties: [
    { name: "flag", mandatory: true, type: { kind: "boolean", nullable: false } },
    { name: "kind", mandatory: true, type: { ...text, enum: ["a", "b", "c"] } as ShapeType },
    { name: "n", mandatory: true, type: integer },
    { name: "s", mandatory: true, type: text },
    { name: "tags", mandatory: true, type: { kind: "array", nullable: false, items: text } },
    { name: "x", mandatory: true, type: { kind: "number", nullable: false } },
  ],
};

function changes(source: string): readonly string[] {
  const rule = parse(source);
  const traced = traceRule(rule, SHAPE, { saw: () => {}, failed: () => {} });
  assert.ok("types" in traced, JSON.stringify(traced));
  return mutationsOf(rule, traced.types).map(({ change }) => change);
}

/** A rule and every change that is made to it. */
const RULES: readonly (readonly [string, readonly string[]])[] = [
  [
    "input.n < 5",
    ["input.n < 5 => input.n >= 5", "input.n < 5 => input.n <= 5", "5 => 4", "5 => 6"],
  ],
  [
    "input.n == 5",
    [
      ...["input.n == 5 => input.n != 5", "input.n == 5 => input.n <= 5"],
      ...["input.n == 5 => input.n >= 5", "5 => 4", "5 => 6"],
    ],
  ],
  [
    "input.x >= 0.75",
    [
      "input.x >= 0.75 => input.x < 0.75",
      "input.x >= 0.75 => input.x > 0.75",
      "0.75 => 0.74",
      "0.75 => 0.76",
    ],
  ],
  ["input.kind == 'c'", ['input.kind == "c" => input.kind != "c"', '"c" => "a"']],
  [
    "input.kind in ['a', 'b']",
    ['input.kind in ["a", "b"] => !(input.kind in ["a", "b"])', '"a" => "b"', '"b" => "c"'],
  ],
  ["input.s != 'q'", ['input.s != "q" => input.s == "q"', '"q" => "qx"']],
  [
    "!input.flag || input.n > 1",
    [
      "!input.flag || input.n > 1 => !(!input.flag || input.n > 1)",
      "!input.flag || input.n > 1 => !input.flag && input.n > 1",
      ...["left out: !input.flag", "left out: input.n > 1"],
      ...["!input.flag => input.flag"],
      ...["input.n > 1 => input.n <= 1", "input.n > 1 => input.n >= 1", "1 => 0", "1 => 2"],
    ],
  ],
  [
    "input.tags.exists(t, t.startsWith('p'))",
    [
      'input.tags.exists(t, t.startsWith("p")) => !input.tags.exists(t, t.startsWith("p"))',
      'input.tags.exists(t, t.startsWith("p")) => input.tags.all(t, t.startsWith("p"))',
      't.startsWith("p") => !t.startsWith("p")',
      't.startsWith("p") => t.contains("p")',
      '"p" => "px"',
    ],
  ],
  [
    "size(input.tags.filter(t, t == 'p')) + 1 > input.n",
    [
      'size(input.tags.filter(t, t == "p")) + 1 > input.n => size(input.tags.filter(t, t == "p")) + 1 <= input.n',
      'size(input.tags.filter(t, t == "p")) + 1 > input.n => size(input.tags.filter(t, t == "p")) + 1 >= input.n',
      'size(input.tags.filter(t, t == "p")) + 1 => size(input.tags.filter(t, t == "p")) - 1',
      'input.tags.filter(t, t == "p") => input.tags',
      't == "p" => t != "p"',
      '"p" => "px"',
      ...["1 => 0", "1 => 2"],
    ],
  ],
  [
    "input.s.matches('^a$')",
    [
      'input.s.matches("^a$") => !input.s.matches("^a$")',
      'input.s.matches("^a$") => input.s.matches("a$")',
      'input.s.matches("^a$") => input.s.matches("^a")',
      'input.s.matches("^a$") => input.s.matches("^ax$")',
      '"^a$" => "^a$x"',
    ],
  ],
  [
    "(input.flag ? input.s : 'k') == 'k'",
    [
      '(input.flag ? input.s : "k") == "k" => (input.flag ? input.s : "k") != "k"',
      "input.flag => !input.flag",
      '"k" => "kx"',
      '"k" => "kx"',
    ],
  ],
  ["input.flag == true", ["input.flag == true => input.flag != true", "true => false"]],
];

for (const [source, expected] of RULES) {
  test(`the changes to ${source}`, () => {
    // `x != true` and `x == false` are two rules, though one answer.
    assert.deepEqual(changes(source), expected);
  });
}

test("conditions are found wherever they stand, each with two sides", () => {
  const told = (source: string): readonly string[] => conditionsOf(parse(source)).map(print);
  assert.deepEqual(told("a && !b || c == null"), [
    ...["a && !b || c == null", "a && !b", "a", "!b", "b", "c == null"],
  ]);
  assert.deepEqual(told("(a ? b : true) && [c == 1] == d.map(x, x > 1, x)"), [
    "(a ? b : true) && [c == 1] == d.map(x, x > 1, x)",
    ...["a ? b : true", "a", "b"],
    ...["[c == 1] == d.map(x, x > 1, x)", "c == 1", "x > 1"],
  ]);
  assert.deepEqual(told("a == true"), ["a == true"]);
  assert.deepEqual(told("has(a.b) && a.b.matches('x')"), [
    ...['has(a.b) && a.b.matches("x")', "has(a.b)", 'a.b.matches("x")'],
  ]);
});

const condition = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom("input.flag", "input.n < 3", "input.s == 'q'", "input.kind in ['a', 'b']"),
    fc.constantFrom("input.tags.all(t, t != 'x' && size(t) > 1)", "input.x * 2.0 - 1.5 <= 0.0"),
    tie("any").map((inner) => `!(${inner})`),
    fc.array(tie("any"), { minLength: 2, maxLength: 3 }).map((all) => `(${all.join(" && ")})`),
    fc.array(tie("any"), { minLength: 2, maxLength: 3 }).map((all) => `(${all.join(" || ")})`),
    fc.tuple(tie("any"), tie("any"), tie("any")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
  ),
})).any;

test("every mutation is another rule, no two are the same, and each can be read back", () => {
  fc.assert(
    fc.property(condition, (source) => {
      const rule = parse(source);
      const texts = mutationsOf(rule, new Map()).map((each) => print(each.rule));
      assert.equal(new Set([print(rule), ...texts]).size, texts.length + 1);
      for (const each of texts) assert.equal(print(parse(each)), each);
      assert.equal(texts.includes(print(negated(rule))), true);
    }),
    { numRuns: 300 },
  );
});
