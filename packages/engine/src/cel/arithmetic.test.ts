import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { INTEGER_OPERATIONS, readInteger, readNumber, truncate } from "./arithmetic.ts";
import { EvaluationFailed } from "./evaluation.ts";

const MAX = 2 ** 53 - 1;
const edges = fc.constantFrom(0, 1, -1, 2, MAX, -MAX, MAX - 1, 94906265, 94906266, 2 ** 26, 3);
const safe = fc.oneof(edges, fc.maxSafeInteger(), fc.integer({ min: -50, max: 50 }));

const EXACT: Readonly<Record<keyof typeof INTEGER_OPERATIONS, (a: bigint, b: bigint) => bigint>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
};

function outcome(run: () => number): number | string {
  try {
    return run();
  } catch (error) {
    if (error instanceof EvaluationFailed) return error.code;
    throw error;
  }
}

test("integer operations are exact within ±(2^53 − 1) and fail outside", () => {
  const operators = fc.constantFrom(...(["+", "-", "*", "/", "%"] as const));
  fc.assert(
    fc.property(operators, safe, safe, (operator, a, b) => {
      const found = outcome(() => INTEGER_OPERATIONS[operator](a, b, 0));
      if (b === 0 && (operator === "/" || operator === "%")) {
        assert.equal(found, "DIVISION_BY_ZERO");
        return;
      }
      const exact = EXACT[operator](BigInt(a), BigInt(b));
      const fits = exact <= BigInt(MAX) && exact >= -BigInt(MAX);
      assert.deepStrictEqual(found, fits ? Number(exact) : "OUT_OF_RANGE");
    }),
    { numRuns: 20_000 },
  );
});

test("conversions read what they write and refuse the rest", () => {
  fc.assert(fc.property(safe, (value) => assert.equal(readInteger(String(value), 0), value + 0)));
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      // -0 is written as 0.
      assert.equal(readNumber(String(value), 0), value + 0);
      const whole = Math.trunc(value);
      const expected = Number.isSafeInteger(whole) ? whole + 0 : "OUT_OF_RANGE";
      assert.deepStrictEqual(
        outcome(() => truncate(value, 0)),
        expected,
      );
    }),
  );
  for (const text of ["", " 1", "1 ", "+1", "1.0", "0x1", "1e3", "--1", "NaN", "１"]) {
    assert.equal(
      outcome(() => readInteger(text, 0)),
      "NOT_A_NUMBER",
      text,
    );
  }
  for (const text of ["", ".", "1 ", "0x1", "NaN", "Infinity", "1e", "1_0"]) {
    assert.equal(
      outcome(() => readNumber(text, 0)),
      "NOT_A_NUMBER",
      text,
    );
  }
  assert.equal(
    outcome(() => readNumber("1e999", 0)),
    "OUT_OF_RANGE",
  );
  assert.equal(
    outcome(() => readInteger("9007199254740993", 0)),
    "OUT_OF_RANGE",
  );
});
