import assert from "node:assert/strict";
import { test } from "node:test";
import type { Value } from "@bufbuild/cel-spec/cel/expr/value_pb.js";
import {
  getConformanceSuite,
  type IncrementalTest,
  type IncrementalTestSuite,
} from "@bufbuild/cel-spec/testdata/tests.js";
import { type Json, JsonObject } from "@writ/contract/json";
import { Checker } from "./check.ts";
import { EvaluationFailed, Frame } from "./evaluation.ts";
import { ParseFailed } from "./fault.ts";
import { parse } from "./parser.ts";
import type { Expr, Macro } from "./syntax.ts";
import {
  ANY,
  arrayOf,
  BOOLEAN,
  INTEGER,
  join,
  mapOf,
  NULL,
  NUMBER,
  STRING,
  type Type,
} from "./type.ts";

// --- The data's values and bindings, as ours

/** The data uses a type that the language has not. */
class Foreign extends Error {}

interface Bound {
  readonly type: Type;
  readonly value: Json;
}

function joined(items: readonly Bound[]): Type {
  let type: Type = items[0]?.type ?? ANY;
  for (const item of items) {
    const next = join(type, item.type);
    if (next === null) throw new Foreign("mixed numbers");
    type = next;
  }
  return type;
}

function bound({ kind }: Value): Bound {
  switch (kind.case) {
    case "nullValue":
      return { type: NULL, value: null };
    case "boolValue":
      return { type: BOOLEAN, value: kind.value };
    case "int64Value":
      if (!Number.isSafeInteger(Number(kind.value))) throw new Foreign("64-bit integer");
      return { type: INTEGER, value: Number(kind.value) };
    case "doubleValue":
      return { type: NUMBER, value: kind.value };
    case "stringValue":
      return { type: STRING, value: kind.value };
    case "listValue": {
      const items = kind.value.values.map(bound);
      return { type: arrayOf(joined(items)), value: items.map(({ value }) => value) };
    }
    case "mapValue": {
      const entries = kind.value.entries.map(({ key, value }) => {
        if (key?.kind.case !== "stringValue" || value === undefined) throw new Foreign("map key");
        return { name: key.kind.value, ...bound(value) };
      });
      const names = entries.map(({ name }) => name);
      const values = entries.map(({ value }) => value);
      return { type: mapOf(joined(entries)), value: new JsonObject(names, values) };
    }
    default:
      throw new Foreign(kind.case);
  }
}

/** The same expression with the data's variables read from the input. */
function fromInput(expr: Expr, names: ReadonlySet<string>): Expr {
  const inner = (part: Expr): Expr => fromInput(part, names);
  switch (expr.kind) {
    case "literal":
      return expr;
    case "name": {
      if (!names.has(expr.name)) return expr;
      const { at, height, name: member } = expr;
      const operand: Expr = { kind: "name", at, height, name: "input" };
      return { kind: "select", at, height, operand, member };
    }
    case "select":
    case "has":
    case "unary":
      return { ...expr, operand: inner(expr.operand) };
    case "index":
      return { ...expr, operand: inner(expr.operand), key: inner(expr.key) };
    case "call":
      return { ...expr, target: expr.target && inner(expr.target), args: expr.args.map(inner) };
    case "binary":
      return { ...expr, left: inner(expr.left), right: inner(expr.right) };
    case "logic":
      return { ...expr, terms: expr.terms.map(inner) };
    case "choice":
      return { ...expr, test: inner(expr.test), yes: inner(expr.yes), no: inner(expr.no) };
    case "list":
      return { ...expr, items: expr.items.map(inner) };
    case "map": {
      const entries = expr.entries.map(({ key, value }) => ({
        key: inner(key),
        value: inner(value),
      }));
      return { ...expr, entries };
    }
    case "macro":
      return macroFromInput(expr, names);
  }
}

function macroFromInput(expr: Macro, names: ReadonlySet<string>): Expr {
  const visible = new Set([...names].filter((name) => name !== expr.variable));
  const inner = (part: Expr | null): Expr | null => part && fromInput(part, visible);
  const range = fromInput(expr.range, names);
  return { ...expr, range, test: inner(expr.test), result: inner(expr.result) };
}

// --- One case

/** The value, or the code that refused it at load, or the code it failed with. */
type Outcome = { value: Json; type: Type } | { refused: string } | { failed: string };

function evaluated(source: string, bindings: ReadonlyMap<string, Bound>): Outcome {
  const entries = [...bindings].sort(([a], [b]) => (a < b ? -1 : 1));
  const properties = entries.map(([name, { type }]) => ({ name, type, mandatory: true }));
  const input: Type = { kind: "object", nullable: false, properties, additional: null };
  const checker = new Checker(input);
  try {
    const typed = checker.check(fromInput(parse(source), new Set(bindings.keys())));
    const [fault] = checker.faults;
    if (fault !== undefined) return { refused: fault.code };
    const values = new JsonObject(
      entries.map(([name]) => name),
      entries.map(([, { value }]) => value),
    );
    return { value: typed.run(new Frame(values, [], 100_000)), type: typed.type };
  } catch (error) {
    if (error instanceof ParseFailed) return { refused: error.fault.code };
    if (error instanceof EvaluationFailed) return { failed: error.code };
    throw error;
  }
}

function plain(value: Json): unknown {
  if (value instanceof JsonObject) {
    return new Map(value.names.map((name, at) => [name, plain(value.values[at] ?? null)]));
  }
  if (Array.isArray(value)) return value.map(plain);
  // The sign of zero is no part of a value here.
  return value === 0 ? 0 : value;
}

function isSame(outcome: Extract<Outcome, { value: Json }>, expected: Bound): boolean {
  const kinds = [outcome.type.kind, expected.type.kind];
  if (kinds.includes("integer") && kinds.includes("number")) return false;
  try {
    assert.deepStrictEqual(plain(outcome.value), plain(expected.value));
    return true;
  } catch {
    return false;
  }
}

function bindingsOf({ original }: IncrementalTest): ReadonlyMap<string, Bound> {
  const bindings = new Map<string, Bound>();
  for (const [name, { kind }] of Object.entries(original.bindings)) {
    if (kind.case !== "value") throw new Foreign("unknown");
    bindings.set(name, bound(kind.value));
  }
  return bindings;
}

/** What became of one case: `passed`, `at load` (an error was due, and came before anything ran), … */
function judge(each: IncrementalTest): string {
  const { expr, resultMatcher: expected } = each.original;
  try {
    const outcome = evaluated(expr, bindingsOf(each));
    if (expected.case === "evalError") {
      if ("failed" in outcome) return "passed";
      return "refused" in outcome ? `at load: ${outcome.refused}` : "wrong";
    }
    if ("refused" in outcome) return `excluded: ${outcome.refused}`;
    if ("failed" in outcome) return `stricter: ${outcome.failed}`;
    return isSame(outcome, expectedOf(expected)) ? "passed" : "wrong";
  } catch (error) {
    if (error instanceof Foreign) return "excluded: FOREIGN_VALUE";
    throw error;
  }
}

function expectedOf(expected: IncrementalTest["original"]["resultMatcher"]): Bound {
  if (expected.case === "value") return bound(expected.value);
  if (expected.case !== "typedResult") return { type: BOOLEAN, value: true };
  // Some name a type alone: our types are the shape's, so that is not ours to meet.
  if (expected.value.result === undefined) throw new Foreign("type");
  return bound(expected.value.result);
}

function cases(suite: IncrementalTestSuite): readonly IncrementalTest[] {
  return [...suite.tests, ...suite.suites.flatMap((inner) => cases(inner))];
}

/** Files of the data that test what the language has not, and nothing else that it has. */
const NOT_OURS: ReadonlyMap<string, string> = new Map([
  ["bindings_ext", "an extension"],
  ["block_ext", "an extension"],
  ["dynamic", "protobuf messages"],
  ["encoders_ext", "an extension"],
  ["enums", "protobuf messages"],
  ["macros2", "two-variable macros"],
  ["math_ext", "an extension"],
  ["namespace", "containers: input is the only name"],
  ["optionals", "an extension"],
  ["proto2", "protobuf messages"],
  ["proto2_ext", "protobuf messages"],
  ["proto3", "protobuf messages"],
  ["string_ext", "an extension"],
  ["timestamps", "time"],
  ["unknowns", "partial evaluation; no cases"],
  ["wrappers", "protobuf messages"],
]);

/**
 * The counts by file. `excluded` cases use what does not load: NOT_IN_LANGUAGE (unsigned integers,
 * bytes, messages, time, dyn, type values), OUT_OF_RANGE (64-bit integers beyond ±(2^53 − 1)),
 * UNKNOWN_NAME (type names, messages), MIXED_NUMBERS, WRONG_TYPE (values of different types
 * compared, ordered booleans, map keys that are no strings), SYNTAX (quoted member names),
 * FOREIGN_VALUE (the expected value or a binding is of such a type).
 */
const COUNTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  basic: {
    passed: 29,
    "excluded: NOT_IN_LANGUAGE": 9,
    "excluded: OUT_OF_RANGE": 1,
    "at load: UNKNOWN_NAME": 1,
    "excluded: UNKNOWN_NAME": 1,
    "at load: UNKNOWN_FUNCTION": 1,
    "excluded: UNKNOWN_FUNCTION": 1,
  },
  comparisons: {
    passed: 114,
    "excluded: NOT_IN_LANGUAGE": 231,
    "excluded: WRONG_TYPE": 17,
    "excluded: MIXED_NUMBERS": 2,
    "at load: WRONG_TYPE": 17,
    "excluded: OUT_OF_RANGE": 22,
    "stricter: WRONG_TYPE": 1,
    "excluded: FOREIGN_VALUE": 2,
  },
  conversions: {
    "excluded: NOT_IN_LANGUAGE": 53,
    passed: 30,
    "excluded: OUT_OF_RANGE": 6,
    "at load: NOT_IN_LANGUAGE": 6,
    "excluded: UNKNOWN_NAME": 12,
    "at load: UNKNOWN_NAME": 1,
    "excluded: WRONG_TYPE": 1,
  },
  fields: {
    "excluded: WRONG_TYPE": 10,
    "excluded: NOT_IN_LANGUAGE": 15,
    "at load: NOT_IN_LANGUAGE": 7,
    passed: 10,
    "at load: WRONG_TYPE": 7,
    "excluded: SYNTAX": 6,
    "excluded: UNKNOWN_NAME": 4,
    "at load: UNKNOWN_NAME": 1,
  },
  fp_math: { passed: 29, "at load: WRONG_TYPE": 1 },
  integer_math: {
    passed: 34,
    "at load: NOT_IN_LANGUAGE": 7,
    "at load: WRONG_TYPE": 1,
    "at load: OUT_OF_RANGE": 7,
    "excluded: NOT_IN_LANGUAGE": 15,
  },
  lists: {
    passed: 18,
    "excluded: NOT_IN_LANGUAGE": 14,
    "at load: NOT_IN_LANGUAGE": 6,
    "excluded: WRONG_TYPE": 1,
  },
  logic: {
    passed: 19,
    "at load: WRONG_TYPE": 4,
    "excluded: WRONG_TYPE": 5,
    "stricter: DIVISION_BY_ZERO": 2,
  },
  macros: {
    passed: 37,
    "stricter: WRONG_TYPE": 3,
    "excluded: WRONG_TYPE": 3,
    "stricter: DIVISION_BY_ZERO": 1,
  },
  parse: {
    passed: 109,
    "excluded: NOT_IN_LANGUAGE": 85,
    "excluded: WRONG_TYPE": 2,
    "excluded: SYNTAX": 6,
    "excluded: UNKNOWN_NAME": 17,
  },
  plumbing: { passed: 5 },
  string: { passed: 45, "excluded: NOT_IN_LANGUAGE": 6 },
  type_deductions: {
    passed: 10,
    "excluded: NOT_IN_LANGUAGE": 14,
    "excluded: UNKNOWN_FUNCTION": 1,
    "excluded: FOREIGN_VALUE": 5,
    "excluded: UNKNOWN_NAME": 16,
    "stricter: INDEX_OUT_OF_RANGE": 1,
  },
};

/** Where CEL has an answer and we, on purpose, a failure. */
const STRICTER: readonly string[] = [
  // Its left side is of another type than an element before the one that equals it.
  "'elem' in [1, 'elem', 2]",
  // CEL absorbs the error.
  "(2 / 0 > 3 ? false : true) && false",
  "(2 / 0 > 3 ? false : true) || true",
  // Comparing unlike values has no answer where a type shows only at run time.
  "[1, 'foo', 3].exists(e, e != '1')",
  "[1, 'foo', 3].exists(e, e == '10')",
  "[1, 'foo', 3].all(e, e == 1)",
  // CEL absorbs the error.
  "[1, 2, 3].all(e, 6 / (2 - e) == 6)",
  // A case about types alone; its evaluation is an error in CEL too.
  "([].map(x,x))[0].foo",
];

test("the public conformance data gives the answers it names", (t) => {
  const stricter: string[] = [];
  const counts: Record<string, Record<string, number>> = {};
  for (const suite of getConformanceSuite().suites) {
    if (NOT_OURS.has(suite.name)) continue;
    const tally: Record<string, number> = {};
    for (const each of cases(suite)) {
      const verdict = judge(each);
      const { expr } = each.original;
      assert.notEqual(verdict, "wrong", `${suite.name}: ${expr}`);
      if (verdict.startsWith("stricter")) stricter.push(expr);
      tally[verdict] = (tally[verdict] ?? 0) + 1;
    }
    t.diagnostic(`${suite.name} (${cases(suite).length}): ${JSON.stringify(tally)}`);
    counts[suite.name] = tally;
  }
  assert.deepEqual(stricter, STRICTER);
  assert.deepEqual(counts, COUNTS);
});

test("no case of the files left out gives a wrong answer", () => {
  for (const suite of getConformanceSuite().suites) {
    // A container would give its cases another meaning of the same names.
    if (!NOT_OURS.has(suite.name) || suite.name === "namespace") continue;
    for (const each of cases(suite)) assert.notEqual(judge(each), "wrong", each.original.expr);
  }
});
