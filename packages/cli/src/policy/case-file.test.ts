import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalJson } from "@writ/contract/jcs";
import type { Case } from "./case.ts";
import { readCases } from "./case-file.ts";
import { CASES, edit } from "./sample-policy.test-support.ts";

function casesOf(...texts: readonly string[]): readonly Case[] {
  const read = readCases(texts.map((text, index) => ({ path: `${index}.yaml`, text })));
  assert.ok("cases" in read, JSON.stringify(read));
  return read.cases;
}

function told({ name, category, received, expected }: Case): readonly unknown[] {
  const { outcome, reason, rewriteClass } = expected;
  const input = "input" in received ? canonicalJson(received.input) : "refused";
  return [name, category, input, outcome, reason, rewriteClass];
}

test("cases and rows are read in order, with what they have in common", () => {
  const read = casesOf(CASES);
  assert.equal(read.length, 16);
  assert.deepEqual(read.slice(0, 2).map(told), [
    [
      ...["a small refund", "refund", '{"account":"alice","amount":5,"kind":"transfer"}'],
      ...["EXECUTE", "ALLOWED", null],
    ],
    [
      ...["a refund has the same limit", "refund"],
      ...['{"account":"alice","amount":1001,"kind":"transfer"}', "BLOCK", "LIMIT_EXCEEDED", null],
    ],
  ]);
  const kinds = read.filter(({ name }) => name.startsWith("kinds"));
  assert.deepEqual(kinds.map(told), [
    [
      ...["kinds / row 1", "pay", '{"account":"alice","amount":101,"kind":"transfer"}'],
      ...["REWRITE", "LARGE", "SPLIT"],
    ],
    [
      ...["kinds / row 2", "pay", '{"account":"alice","amount":101,"kind":"fee"}'],
      ...["EXECUTE", "ALLOWED", null],
    ],
    [
      ...["kinds / row 3", "pay", '{"account":"alice","amount":101,"kind":"refund"}'],
      ...["EXECUTE", "ALLOWED", null],
    ],
  ]);
  const line = CASES.split("\n").findIndex((each) => each.includes("[fee, EXECUTE]")) + 1;
  assert.equal(kinds[1]?.place.line, line);
});

test("rows that are mappings win over their table, and edit after it", () => {
  const [first, second] = casesOf(`writ_tests: 1
inputs: { a: { x: 1, y: [1, 2], z: { w: 1 } } }
tables:
  - name: t
    category: c
    input: a
    outcome: BLOCK
    reason: R
    host: { caller: all }
    remove: [/y/0]
    set: { /x: 2 }
    rows:
      - { name: one, set: { /x: 3, /y/-: 4 }, remove: [/z/w], host: { caller: one } }
      - { category: d, outcome: EXECUTE, input: { x: 0, y: [7] } }
`);
  assert.ok(first && second);
  assert.deepEqual(told(first), ["t / one", "c", '{"x":3,"y":[2,4],"z":{}}', "BLOCK", "R", null]);
  assert.deepEqual(told(second), ["t / row 2", "d", '{"x":2,"y":[]}', "EXECUTE", "ALLOWED", null]);
  assert.equal(canonicalJson(first.host ?? null), '{"caller":"one"}');
  assert.equal(canonicalJson(second.host ?? null), '{"caller":"all"}');
});

test("inputs are shared by all files", () => {
  const one = "writ_tests: 1\ncases: [{ name: n, category: c, input: far, outcome: EXECUTE }]\n";
  const other = "writ_tests: 1\ninputs: { far: { x: 1 } }\n";
  assert.equal(casesOf(one, other).length, 1);
});

test("received text is taken as bytes", () => {
  const [only] = casesOf(
    `writ_tests: 1\ncases: [{ name: n, category: c, received: '{"a":1,"a":2}', outcome: BLOCK, reason: MALFORMED_INPUT }]`,
  );
  assert.ok(only && "refusedDigest" in only.received);
});

/** Text to replace, by what, and the faults: code, and the text at which each stands. */
const FAULTS: readonly (readonly [string, string, readonly (readonly [string, string])[]])[] = [
  ["writ_tests: 1", "writ_tests: 2", [["VERSION", "2\n"]]],
  ["writ_tests: 1\n", "", [["MISSING_KEY", "inputs:"]]],
  [
    "cases:\n",
    "cases:\n  - {}\n",
    [
      ["MISSING_KEY", "{}"],
      ["MISSING_KEY", "{}"],
      ["MISSING_KEY", "{}"],
      ["CASE", "{}"],
    ],
  ],
  [
    "category: refund\n    input: payment\n    outcome",
    "categroy: refund\n    input: payment\n    outcome",
    [
      ["MISSING_KEY", "name: a small"],
      ["UNKNOWN_KEY", "categroy"],
    ],
  ],
  [
    "input: payment\n    outcome: EXECUTE",
    "input: paymnet\n    outcome: EXECUTE",
    [["CASE", "paymnet"]],
  ],
  ["outcome: EXECUTE\n", "outcome: ALLOW\n", [["OUTCOME", "ALLOW\n"]]],
  ["outcome: EXECUTE\n", "outcome: EXECUTE\n    reason: FINE\n", [["REASON", "FINE"]]],
  ["outcome: EXECUTE\n", "outcome: BLOCK\n", [["CASE", "name: a small"]]],
  ["outcome: EXECUTE\n", "outcome: REWRITE\n    reason: R\n", [["REWRITE_CLASS", "name: a small"]]],
  ["outcome: EXECUTE\n", "outcome: EXECUTE\n    rewrite_class: C\n", [["REWRITE_CLASS", "C\n"]]],
  ["outcome: EXECUTE\n", "outcome: EXECUTE\n    set: { /b/c: 1 }\n", [["POINTER", "/b/c"]]],
  ["outcome: EXECUTE\n", "outcome: EXECUTE\n    set: [/b]\n", [["WRONG_TYPE", "[/b]"]]],
  ["outcome: EXECUTE\n", "outcome: EXECUTE\n    remove: [/nothing]\n", [["POINTER", "/nothing"]]],
  ["outcome: EXECUTE\n", "outcome: EXECUTE\n    received: x\n", [["CASE", "name: a small"]]],
  ["outcome: EXECUTE\n", "outcome: EXECUTE\n    host: x\n", [["WRONG_TYPE", "x\n"]]],
  [
    "name: a small refund",
    "name: the limit comes before the account",
    [["DUPLICATE_NAME", "the limit comes before the account\n    category: pay"]],
  ],
  [
    "name: kinds",
    "name: amounts",
    [["DUPLICATE_NAME", "amounts\n    category: pay\n    input: payment\n    set"]],
  ],
  ["columns: [/kind, outcome]", "columns: [kind, outcome]", [["CASE", "kind, outcome"]]],
  ["columns: [/kind, outcome]", "columns: [/kind/of, outcome]", [["POINTER", "/kind/of"]]],
  ["[fee, EXECUTE]", "[fee]", [["CASE", "[fee]"]]],
  [
    "rows: [[transfer, REWRITE], [fee, EXECUTE], [refund, EXECUTE]]",
    "rows: []",
    [["CASE", "name: kinds"]],
  ],
  ["reason: SUSPICIOUS", "reason: ALLOWED", [["REASON", "ALLOWED"]]],
  ["inputs:\n", "inputs:\n  other: 5\n", [["WRONG_TYPE", "5\n"]]],
];

for (const [from, to, faults] of FAULTS) {
  test(`a fault in a test file: ${JSON.stringify(to)}`, () => {
    const text = edit(CASES, from, to);
    const read = readCases([{ path: "0.yaml", text }]);
    assert.ok("faults" in read);
    const expected = faults.map(([code, at]) => `${code} ${placeOf(text, at)}`);
    const actual = read.faults.map(({ code, line, column }) => `${code} ${line}:${column}`);
    assert.deepEqual(actual, expected, JSON.stringify(read.faults, null, 1));
    for (const { message } of read.faults) assert.match(message, /^[^A-Z]/);
  });
}

function placeOf(text: string, piece: string): string {
  const offset = text.indexOf(piece);
  assert.ok(offset >= 0, `${piece} is not in the text`);
  const before = text.slice(0, offset).split("\n");
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

test("faults of all files come at once", () => {
  const read = readCases([
    { path: "a.yaml", text: "writ_tests: 1\ncases: 5\n" },
    { path: "b.yaml", text: "writ_tests: 1\ntables: [{ name: x }]\nmore: 1\n" },
    { path: "c.yaml", text: "writ_tests: [" },
  ]);
  assert.ok("faults" in read);
  assert.deepEqual(
    read.faults.map(({ path, code }) => [path, code]),
    [
      ["a.yaml", "WRONG_TYPE"],
      ["b.yaml", "MISSING_KEY"],
      ["b.yaml", "UNKNOWN_KEY"],
      ["c.yaml", "NOT_YAML"],
    ],
  );
});
