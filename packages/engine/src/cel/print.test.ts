import assert from "node:assert/strict";
import { test } from "node:test";
import {
  getConformanceSuite,
  getParsingSuite,
  type IncrementalTestSuite,
} from "@bufbuild/cel-spec/testdata/tests.js";
import fc from "fast-check";
import { ParseFailed } from "./fault.ts";
import { parse } from "./parser.ts";
import { print, printLines } from "./print.ts";
import type { Expr } from "./syntax.ts";

/** A tree without its places. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (Object.is(value, -0)) return "-0";
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      ["at", "height", "variableAt"].includes(key) ? [] : [[key, plain(inner)]],
    ),
  );
}

function assertReadsBack(expr: Expr): void {
  const text = print(expr);
  assert.deepEqual(plain(parse(text)), plain(expr), text);
  assert.equal(print(parse(text)), text);
  assert.deepEqual(plain(parse(printLines(expr).join("\n"))), plain(expr), text);
}

function parsed(source: string): Expr | null {
  try {
    return parse(source);
  } catch (error) {
    if (error instanceof ParseFailed) return null;
    throw error;
  }
}

function sources(suite: IncrementalTestSuite): readonly string[] {
  return [
    ...suite.tests.map(({ original }) => original.expr),
    ...suite.suites.flatMap((inner) => sources(inner)),
  ];
}

test("the printed source of every expression of the public test data reads back as it", () => {
  const all = new Set([...sources(getParsingSuite()), ...sources(getConformanceSuite())]);
  const read = [...all].map(parsed).filter((expr) => expr !== null);
  assert.ok(read.length > 1300);
  for (const expr of read) assertReadsBack(expr);
});

const NAMES = ["a", "input", "_x1"];
const LITERALS = [
  ...["0", "-7", "12", "1.5", "-0.0", "2e300", "1e-9", "3.0", "true", "null", "''"],
  ...["'s'", "'\"q\"'", "r'\\d+\"'", "r'\\d'", "'\\n\\u0001\\\\'", "'😀'", "'\\\\'"],
];
const BINARY = ["+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!=", "in", "&&", "||"];

/** Every part in brackets, so that each tree can arise. */
const generated = fc.letrec<{ expr: string }>((tie) => {
  const expr = tie("expr").map((inner) => `(${inner})`);
  const name = fc.constantFrom(...NAMES);
  return {
    expr: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      name,
      fc.constantFrom(...LITERALS),
      fc.tuple(expr, fc.constantFrom(...BINARY), expr).map((parts) => parts.join(" ")),
      fc.tuple(expr, expr, expr).map(([a, b, c]) => `${a} && ${b} && ${c}`),
      fc.tuple(expr, expr, expr).map(([a, b, c]) => `${a} ? ${b} : ${c}`),
      fc.tuple(fc.constantFrom("!", "-", "--"), expr).map((parts) => parts.join("")),
      fc.tuple(expr, name).map(([a, b]) => `${a}.${b}`),
      fc.tuple(expr, name).map(([a, b]) => `has(${a}.${b})`),
      fc.tuple(expr, expr).map(([a, b]) => `${a}[${b}]`),
      fc.array(expr, { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
      fc.tuple(expr, expr).map(([a, b]) => `{'k': ${a}, "l": ${b}}`),
      fc
        .tuple(expr, fc.constantFrom("all", "exists", "exists_one", "filter", "map"), name, expr)
        .map(([range, macro, variable, body]) => `${range}.${macro}(${variable}, ${body})`),
      fc.tuple(expr, name, expr, expr).map(([a, x, b, c]) => `${a}.map(${x}, ${b}, ${c})`),
      fc.tuple(expr, name, expr).map(([a, f, b]) => `${a}.${f}(${b}, ${b})`),
      fc.tuple(name, expr).map(([f, b]) => `${f}(${b})`),
    ),
  };
}).expr;

test("the printed source of generated trees reads back as the tree", () => {
  fc.assert(
    fc.property(generated, (source) => {
      const expr = parsed(source);
      if (expr !== null) assertReadsBack(expr);
    }),
    { numRuns: 3000 },
  );
});

test("no bracket is printed that is not needed", () => {
  const same = [
    'input.a == null || input.a.b != "c" && !input.d',
    "(a || b) && c",
    "a - (b - c)",
    "a - b - c",
    "!(a == b)",
    "-(5)",
    "a ? b : c ? d : e",
    "(a ? b : c) ? d : e",
    'size(a.filter(x, x.startsWith("p"))) > 1',
    'a.matches(r"^\\d+$")',
    "(1).x + 2.0",
  ];
  for (const source of same) assert.equal(print(parse(source)), source);
});

test("the terms of an outermost chain stand on lines of their own", () => {
  const lines = printLines(parse("a && (b || c) && d"));
  assert.deepEqual(lines, ["a", "  && (b || c)", "  && d"]);
});
