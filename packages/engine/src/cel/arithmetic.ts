import { EvaluationFailed } from "./evaluation.ts";
import type { ArithmeticOperator } from "./syntax.ts";

/** The value of an integer operation, which leaves no room for rounding; -0 is no integer. */
function integer(value: number, at: number): number {
  if (Number.isSafeInteger(value)) return value + 0;
  throw new EvaluationFailed("OUT_OF_RANGE", at);
}

function divisor(value: number, at: number): number {
  if (value !== 0) return value;
  throw new EvaluationFailed("DIVISION_BY_ZERO", at);
}

type Operation = (a: number, b: number, at: number) => number;

/**
 * Integers within ±(2^53 − 1), computed in binary64. Exact: a true result in that range is a
 * binary64 value, and one outside it never rounds back in. Division and remainder truncate.
 */
export const INTEGER_OPERATIONS: Readonly<Record<ArithmeticOperator, Operation>> = {
  "+": (a, b, at) => integer(a + b, at),
  "-": (a, b, at) => integer(a - b, at),
  "*": (a, b, at) => integer(a * b, at),
  // The remainder is exact, so what is left divides evenly.
  "/": (a, b, at) => integer((a - (a % divisor(b, at))) / b, at),
  "%": (a, b, at) => integer(a % divisor(b, at), at),
};

/** IEEE 754 binary64; CEL has no remainder of doubles. */
export const NUMBER_OPERATIONS: Readonly<Record<Exclude<ArithmeticOperator, "%">, Operation>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
};

/** `int(number)`: toward zero. */
export function truncate(value: number, at: number): number {
  return integer(Math.trunc(value), at);
}

const DECIMAL_INTEGER = /^-?[0-9]+$/;
const DECIMAL = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;

/** `int(string)`. */
export function readInteger(text: string, at: number): number {
  if (!DECIMAL_INTEGER.test(text)) throw new EvaluationFailed("NOT_A_NUMBER", at);
  return integer(Number(text), at);
}

/** `double(string)`: decimal notation; not `NaN` or `Infinity`, which no policy means. */
export function readNumber(text: string, at: number): number {
  if (!DECIMAL.test(text)) throw new EvaluationFailed("NOT_A_NUMBER", at);
  const value = Number(text);
  if (!Number.isFinite(value)) throw new EvaluationFailed("OUT_OF_RANGE", at);
  return value;
}
