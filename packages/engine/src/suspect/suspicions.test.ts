import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { judge } from "../evaluator.ts";
import { bundleOf, edit, objectOf, PAYMENTS } from "../sample-bundle.node.ts";
import { suspicionsOf } from "./suspicions.ts";

function codesOf(text: string): readonly string[] {
  const found = suspicionsOf([{ path: "bundle.yaml", text }]);
  return found.map(({ code, line, column }) => `${code} ${line}:${column}`);
}

function place(text: string, piece: string): string {
  const before = text.slice(0, text.indexOf(piece)).split("\n");
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

test("the sample: a text searched, and a category without a rewrite", () => {
  assert.deepEqual(codesOf(PAYMENTS), [
    `NO_REWRITE ${place(PAYMENTS, "say:")}`,
    `ZERO_WIDTH ${place(PAYMENTS, "{ type: string } }")}`,
  ]);
});

/** What a rule over the sample's text says, beside NO_REWRITE. */
function aboutText(when: string, schema = "{ type: string }"): readonly string[] {
  const shaped = edit(PAYMENTS, "{ text: { type: string } }", `{ text: ${schema} }`);
  const text = edit(shaped, 'input.text.contains("secret")', `|\n          ${when}`);
  const places = new Map([
    [place(text, `${schema} }`), "shape"],
    [place(text, "=="), "rule"],
    [place(text, "!="), "rule"],
    [place(text, " in [").replace(/\d+$/, (column) => `${Number(column) + 1}`), "rule"],
  ]);
  return codesOf(text)
    .filter((line) => !line.startsWith("NO_REWRITE"))
    .map((line) => line.replace(/\S+$/, (at) => places.get(at) ?? at));
}

test("a denied text that another spelling slips past is told, an allowed one is not", () => {
  const both = ["ZERO_WIDTH shape", "FREE_TEXT rule"];
  const rows: readonly (readonly [when: string, expected: readonly string[], schema?: string])[] = [
    ["input.text == 'secret'", both],
    ["input.text in ['secret', 'hidden']", both],
    ["!(input.text != 'secret')", both],
    ["input.text != 'secret'", []],
    ["!(input.text == 'secret')", []],
    ["!(input.text in ['secret'])", []],
    ["(input.text == 'secret') == false", both],
    ["(input.text == 'secret' ? 1 : 2) == 1", both],
    ["input.text == 'secret'", ["ZERO_WIDTH shape"], "{ type: string, exact: true }"],
    ["input.text == 'secret'", [], "{ type: string, enum: [secret, open] }"],
    ["input.text == 'secret'", [], "{ type: string, pattern: '^[a-z]+$' }"],
    ["input.text == 'secret'", ["ZERO_WIDTH shape"], "{ type: string, pattern: '^.+$' }"],
    ["input.text.matches('secret')", ["ZERO_WIDTH shape"]],
    ["input.text.startsWith('secret')", ["ZERO_WIDTH shape"]],
    ["!input.text.startsWith('open')", []],
    ["size(input.text) > 10", ["ZERO_WIDTH shape"]],
    ["input.text.size() > 10", ["ZERO_WIDTH shape"]],
    ["input.text < 'b'", ["ZERO_WIDTH shape"]],
    ["input.text == 'secret'", both, "true"],
    ["input.text.exists(t, t == 'secret')", both, "{ type: array, items: { type: string } }"],
    ["'secret' in input.text", both, "{ type: array, items: { type: string } }"],
  ];
  for (const [when, expected, schema] of rows) {
    const found = aboutText(when, schema);
    const codes = (lines: readonly string[]): readonly string[] =>
      lines.map((line) => line.split(" ")[0] ?? "").sort();
    assert.deepEqual(codes(found), codes(expected), `${when} ${schema ?? ""}`);
    if (schema === undefined) assert.deepEqual(found, expected, when);
  }
});

test("a definition that many rules judge is told once, where it stands", () => {
  const shared = PAYMENTS.replaceAll(
    "{ text: { type: string } }",
    '{ text: { $ref: "#/$defs/words" } }',
  );
  const text = edit(shared, "$defs:", "$defs:\n  words: { type: string }");
  assert.deepEqual(codesOf(text)[0], `ZERO_WIDTH ${place(text, "{ type: string }")}`);
});

const HEAD = `writ: 1
name: shadows
categories:
  act:
    action_type: act
    input:
      type: object
      additionalProperties: false
      required: [n, s]
      properties:
        n: { type: integer }
        s: { type: string, enum: [a, b, c] }
        o: { type: integer }
canaries:
  act: { block: [{ n: 0, s: a }], execute: [{ n: 0, s: b }] }
constraints:
`;

interface Rule {
  readonly constraint: number;
  readonly when: string;
  readonly answer: string;
}

const ANSWERS = [
  "then: BLOCK",
  "then: REWRITE\n        rewrite_class: ONE",
  "then: REWRITE\n        rewrite_class: TWO",
];

function written(rules: readonly (Rule & { readonly name: string })[]): string {
  const groups = Map.groupBy(rules, ({ constraint }) => constraint);
  const constraints = [...groups].map(([constraint, members]) => {
    const evaluators = members.map(
      ({ name, when, answer }) =>
        `      - name: ${name}\n        categories: [act]\n        when: ${JSON.stringify(when)}\n        ${answer}\n        reason: NO\n`,
    );
    return `  - name: c${constraint}\n    evaluators:\n${evaluators.join("")}`;
  });
  return HEAD + constraints.join("");
}

const rule: fc.Arbitrary<Rule> = fc.record({
  constraint: fc.nat({ max: 1 }),
  when: fc.constantFrom(
    "input.n > 0",
    "input.n > 1",
    "input.n == 2",
    "input.s == 'a'",
    "input.s in ['a', 'b']",
    "input.n > 0 && input.s == 'a'",
    "input.n > 1 || input.s == 'b'",
    "input.o > 1",
    "input.o > 0 || input.n > 0",
  ),
  answer: fc.constantFrom(...ANSWERS),
});

const INPUTS = [0, 1, 2, 3].flatMap((n) =>
  ["a", "b", "c"].flatMap((s) => [null, 0, 1, 2].map((o) => ({ n, s, o }))),
);

function outcomes(text: string): readonly (readonly [string, string | null, readonly string[]])[] {
  const category = bundleOf(text).categories.get("act");
  assert.ok(category !== undefined);
  return INPUTS.map((input) => {
    const normal = category.shape.normalize(objectOf(input));
    assert.ok(normal.ok);
    const { outcome, rewriteClass, answers } = judge(category.panel, normal.value);
    const broken = answers.flatMap(([name, , reason]) =>
      reason === "EVALUATOR_FAILED" ? [name] : [],
    );
    return [outcome, rewriteClass, broken];
  });
}

test("taking a shadowed evaluator out changes no outcome, unless its rule itself fails", () => {
  let removed = 0;
  fc.assert(
    fc.property(fc.array(rule, { minLength: 2, maxLength: 5 }), (drawn) => {
      const sorted = drawn.toSorted((a, b) => a.constraint - b.constraint);
      const rules = sorted.map((each, index) => ({ ...each, name: `e${index}` }));
      const text = written(rules);
      const before = outcomes(text);
      for (const { code, message } of suspicionsOf([{ path: "b.yaml", text }])) {
        const name = message.split(" ")[0] ?? "";
        if (code !== "SHADOWED") continue;
        removed += 1;
        const after = outcomes(written(rules.filter((each) => each.name !== name)));
        before.forEach(([outcome, rewriteClass, broken], index) => {
          if (broken.includes(name)) return;
          assert.deepEqual(after[index]?.slice(0, 2), [outcome, rewriteClass], message + text);
        });
      }
    }),
    { numRuns: 150 },
  );
  assert.ok(removed > 50, String(removed));
});

test("evaluators that want two rewrites of one constraint only ever disagree", () => {
  const [, one = "", two = ""] = ANSWERS;
  const rules = [
    { name: "first", constraint: 0, when: "input.n > 0", answer: one },
    { name: "second", constraint: 0, when: "input.n > 1", answer: two },
  ];
  const text = written(rules);
  assert.deepEqual(codesOf(text), [`ALWAYS_DISAGREE ${place(text, "name: second")}`]);
  const apart = written(rules.map((each, constraint) => ({ ...each, constraint })));
  assert.deepEqual(codesOf(apart), [`SHADOWED ${place(apart, "name: second")}`]);
});
