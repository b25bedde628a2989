import assert from "node:assert/strict";
import { test } from "node:test";
import { parse as parseOther } from "@bufbuild/cel";
import {
  getConformanceSuite,
  getParsingSuite,
  type IncrementalTestSuite,
} from "@bufbuild/cel-spec/testdata/tests.js";
import fc from "fast-check";
import { runs } from "../runs.node.ts";
import { type CelFaultCode, ParseFailed } from "./fault.ts";
import { Foreign, ours, theirs } from "./notation.node.ts";
import { MAX_DEPTH, MAX_SOURCE, parse } from "./parser.ts";

function sources(suite: IncrementalTestSuite): readonly string[] {
  return [
    ...suite.tests.map(({ original }) => original.expr),
    ...suite.suites.flatMap((inner) => sources(inner)),
  ];
}

type Outcome = { tree: string } | { refused: string };

function outcomeOf(run: () => unknown): Outcome {
  try {
    return { tree: JSON.stringify(run()) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { refused: error instanceof ParseFailed ? error.fault.code : error.message };
  }
}

const MISUSED_MACRO = /"call","(?:has|all|exists|exists_one|filter|map)"/;

function isForeign(source: string): boolean {
  try {
    theirs(parseOther(source));
    return false;
  } catch (error) {
    return error instanceof Foreign;
  }
}

/** The other parser takes an unknown escape for its two characters; the specification refuses it. */
const UNKNOWN_ESCAPE = String.raw`"\a\b\f\n\r\t\v\'\"\\\? Illegal escape \>"`;

/** Pinned: a change in either parser or in the data must be looked at. */
const COUNTS = {
  same: 1309,
  refusedByBoth: 136,
  foreign: 740,
  outOfRange: 51,
  tooDeep: 2,
  macros: 32,
};

test("every expression of the public test data parses to the same tree, or is refused by both", () => {
  const counts = { same: 0, refusedByBoth: 0, foreign: 0, outOfRange: 0, tooDeep: 0, macros: 0 };
  const different: string[] = [];
  for (const source of new Set([
    ...sources(getParsingSuite()),
    ...sources(getConformanceSuite()),
  ])) {
    const our = outcomeOf(() => ours(parse(source)));
    const their = outcomeOf(() => theirs(parseOther(source)));
    if ("tree" in our && "tree" in their && our.tree === their.tree) counts.same += 1;
    else if ("refused" in our && "refused" in their && !isForeign(source))
      counts.refusedByBoth += 1;
    else if ("refused" in our && isForeign(source)) counts.foreign += 1;
    else if ("refused" in our && our.refused === "OUT_OF_RANGE") counts.outOfRange += 1;
    else if ("refused" in our && our.refused === "TOO_DEEP") counts.tooDeep += 1;
    else if ("refused" in our && "tree" in their && MISUSED_MACRO.test(their.tree))
      counts.macros += 1;
    else if (source !== UNKNOWN_ESCAPE) different.push(`${source} ${JSON.stringify([our, their])}`);
  }
  assert.deepEqual(different, []);
  assert.deepEqual(counts, COUNTS);
});

const NAMES = ["a", "b", "input", "inner", "nullable", "_x1"];
const LITERALS = ["0", "12", "0x1F", "1.5", ".5", "2e3", "true", "null", "'s'", '"d\\n"', "r'\\d'"];
const BINARY = ["+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!=", " in ", "&&", "||"];
const SPACE = fc.constantFrom("", " ", "\n", "\t ", " // note\n");

/** Sources put together from the grammar, with and without brackets, so that binding shows. */
const generated = fc.letrec<{ expr: string }>((tie) => {
  const expr = tie("expr");
  const name = fc.constantFrom(...NAMES);
  return {
    expr: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      name,
      fc.constantFrom(...LITERALS),
      fc.tuple(expr, SPACE, fc.constantFrom(...BINARY), SPACE, expr).map((parts) => parts.join("")),
      fc.tuple(expr, expr, expr).map(([a, b, c]) => `(${a}) ? ${b} : ${c}`),
      expr.map((inner) => `(${inner})`),
      fc.tuple(fc.constantFrom("!", "!!", "-", "--"), expr).map(([sign, a]) => `${sign}(${a})`),
      fc.tuple(name, name).map(([a, b]) => `-${a}.${b}`),
      fc.tuple(expr, name).map(([a, b]) => `(${a}).${b}`),
      fc.tuple(name, expr).map(([a, b]) => `${a}[${b}]`),
      fc.tuple(name, name).map(([a, b]) => `has(${a}.${b})`),
      fc.array(expr, { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
      fc.tuple(expr, expr).map(([a, b]) => `{'k': ${a}, "l": ${b},}`),
      fc
        .tuple(name, fc.constantFrom("all", "exists", "exists_one", "filter", "map"), name, expr)
        .map(([range, macro, variable, body]) => `${range}.${macro}(${variable}, ${body})`),
      fc.tuple(name, name, expr, expr).map(([a, x, b, c]) => `${a}.map(${x}, ${b}, ${c})`),
      fc.tuple(name, name, expr).map(([a, f, b]) => `${a}.${f}(${b}, ${b})`),
    ),
  };
}).expr;

test("generated sources parse to the other parser's tree", () => {
  fc.assert(
    fc.property(generated, (source) => {
      const our = outcomeOf(() => ours(parse(source)));
      const their = outcomeOf(() => theirs(parseOther(source)));
      if ("tree" in our && "tree" in their) assert.equal(our.tree, their.tree);
      else assert.ok("refused" in our && "refused" in their, `${JSON.stringify([our, their])}`);
    }),
    { numRuns: runs(700, 10_000) },
  );
});

test("what the other parser gets wrong is read as the specification has it", () => {
  const same: readonly (readonly [string, string])[] = [
    ["trueish", "(trueish)"],
    ["a // one\n // two\n && b", "a && b"],
    ["a // to the end", "a"],
    ["- -a", "--a"],
  ];
  for (const [source, plain] of same) {
    assert.deepEqual(ours(parse(source)), ours(parse(plain)), source);
  }
  assert.throws(() => parse("a inb"), ParseFailed);
});

/** Source, offset of the fault, its code. */
const FAULTS: readonly (readonly [string, number, CelFaultCode])[] = [
  ["", 0, "SYNTAX"],
  ["a +", 3, "SYNTAX"],
  ["a b", 2, "SYNTAX"],
  ["(a", 2, "SYNTAX"],
  ["f(a,)", 4, "SYNTAX"],
  ["a ? b", 5, "SYNTAX"],
  ["a ? b ? c : d : e", 6, "SYNTAX"],
  ["a == 'b", 5, "SYNTAX"],
  ["a == 'b\n'", 5, "SYNTAX"],
  ["a == '\\q'", 6, "SYNTAX"],
  ["a == '\\400'", 6, "SYNTAX"],
  ["a == '\\ud800'", 6, "SYNTAX"],
  ["a == '\\U00110000'", 6, "SYNTAX"],
  ["a = 1", 2, "SYNTAX"],
  ["a & b", 2, "SYNTAX"],
  ["a\u00a0", 1, "SYNTAX"],
  ["'😀' + 😀", 7, "SYNTAX"],
  ["'\ud800'", 0, "SYNTAX"],
  ["12abc", 2, "SYNTAX"],
  ["1.", 2, "SYNTAX"],
  ["for", 0, "SYNTAX"],
  ["a.in", 2, "SYNTAX"],
  ["in", 0, "SYNTAX"],
  ["has(a)", 0, "SYNTAX"],
  ["a.exists(b.c, true)", 2, "SYNTAX"],
  ["a.exists(b)", 2, "SYNTAX"],
  ["a.all(b, c, d)", 2, "SYNTAX"],
  ["1u", 0, "NOT_IN_LANGUAGE"],
  ["b'x'", 0, "NOT_IN_LANGUAGE"],
  ["rb'x'", 0, "NOT_IN_LANGUAGE"],
  ["a.B{c: 1}", 3, "NOT_IN_LANGUAGE"],
  ["1 + 9007199254740992", 4, "OUT_OF_RANGE"],
  ["-9007199254740992", 0, "OUT_OF_RANGE"],
  ["1e400", 0, "OUT_OF_RANGE"],
];

test("a syntax fault names the place", () => {
  for (const [source, offset, code] of FAULTS) {
    const where = JSON.stringify(source);
    assert.throws(
      () => parse(source),
      (error) => {
        assert.ok(error instanceof ParseFailed, where);
        assert.deepEqual([error.fault.offset, error.fault.code], [offset, code], where);
        assert.match(error.fault.message, /^[^A-Z]/);
        return true;
      },
    );
  }
});

const DEEP: readonly ((depth: number) => string)[] = [
  (depth) => `${"(".repeat(depth)}1${")".repeat(depth)}`,
  (depth) => `${"[".repeat(depth)}1${"]".repeat(depth)}`,
  (depth) => `${"{'a': ".repeat(depth)}1${"}".repeat(depth)}`,
  (depth) => `${"f(".repeat(depth)}1${")".repeat(depth)}`,
  (depth) => `${"a ? b : ".repeat(depth)}c`,
  (depth) => `a${".b".repeat(depth)}`,
  (depth) => `a${"[0]".repeat(depth)}`,
  (depth) => `a${" + 1".repeat(depth)}`,
  (depth) => `a${" == 1".repeat(depth)}`,
  (depth) => `${"!".repeat(depth)}a`,
  (depth) => `${"-".repeat(depth)}a`,
  (depth) => `${"a.all(x, ".repeat(depth)}x${")".repeat(depth)}`,
];

test("depth is refused by its bound, never by the stack", () => {
  for (const source of DEEP) {
    assert.doesNotThrow(() => parse(source(MAX_DEPTH - 4)), source(2));
    for (const depth of [MAX_DEPTH + 1, 500]) {
      const found = outcomeOf(() => parse(source(depth)));
      assert.deepEqual(found, { refused: "TOO_DEEP" }, source(2));
    }
  }
});

test("size is refused before it is read; long chains of && and || are not deep", () => {
  const chain = "a && ".repeat(Math.floor(MAX_SOURCE / 5) - 1);
  assert.doesNotThrow(() => parse(`${chain}a`));
  assert.deepEqual(
    outcomeOf(() => parse(" ".repeat(MAX_SOURCE + 1))),
    { refused: "TOO_LARGE" },
  );
  assert.deepEqual(
    outcomeOf(() => parse("(".repeat(5_000_000))),
    { refused: "TOO_LARGE" },
  );
});

test("any text at all gives a tree or one fault within it", () => {
  const pieces = fc.constantFrom(
    ...NAMES,
    ...LITERALS,
    ...BINARY,
    ..."()[]{}?:.,!-'\"\\ \n/",
    "😀",
    "\ud800",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
      const source = parts.join("");
      try {
        parse(source);
      } catch (error) {
        assert.ok(error instanceof ParseFailed);
        assert.ok(error.fault.offset >= 0 && error.fault.offset <= source.length);
      }
    }),
    { numRuns: runs(1500, 20_000) },
  );
});
