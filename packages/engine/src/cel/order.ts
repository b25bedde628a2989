import type { Run } from "./evaluation.ts";
import type { Binary, OrderOperator } from "./syntax.ts";
import type { Typed } from "./typed.ts";
import { asNumber, asString, atPath, bulk, compareText } from "./values.ts";

/** Builds the test whether `left` stands to `right` as the operator says. */
type Build = (left: Run, right: Run, leftAt: number, rightAt: number) => Run;

// One closure an operator: a shared one would have to ask at every run which operator it is.
const NUMBERS: Readonly<Record<OrderOperator, Build>> = {
  "<": (left, right, a, b) => (frame) => asNumber(left(frame), a) < asNumber(right(frame), b),
  "<=": (left, right, a, b) => (frame) => asNumber(left(frame), a) <= asNumber(right(frame), b),
  ">": (left, right, a, b) => (frame) => asNumber(left(frame), a) > asNumber(right(frame), b),
  ">=": (left, right, a, b) => (frame) => asNumber(left(frame), a) >= asNumber(right(frame), b),
};

type BuildLimit = (path: readonly number[], limit: number, at: number) => Run;

/** The commonest form, a member and a limit that the policy sets, in a single closure. */
const LIMITS: Readonly<Record<OrderOperator, BuildLimit>> = {
  "<": (path, limit, at) => (frame) => asNumber(atPath(frame.input, path, at), at) < limit,
  "<=": (path, limit, at) => (frame) => asNumber(atPath(frame.input, path, at), at) <= limit,
  ">": (path, limit, at) => (frame) => asNumber(atPath(frame.input, path, at), at) > limit,
  ">=": (path, limit, at) => (frame) => asNumber(atPath(frame.input, path, at), at) >= limit,
};

const TEXTS: Readonly<Record<OrderOperator, (order: number) => boolean>> = {
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

export function numberOrder(operator: OrderOperator, left: Typed, right: Typed): Run {
  const { path, expr, run } = left;
  if (path !== undefined && typeof right.constant === "number") {
    return LIMITS[operator](path, right.constant, expr.at);
  }
  return NUMBERS[operator](run, right.run, expr.at, right.expr.at);
}

export function textOrder(expr: Binary, operator: OrderOperator, left: Typed, right: Typed): Run {
  const { run: first } = left;
  const { run: second } = right;
  const [at, leftAt, rightAt] = [expr.at, left.expr.at, right.expr.at];
  const holds = TEXTS[operator];
  return (frame) => {
    const one = asString(first(frame), leftAt);
    const other = asString(second(frame), rightAt);
    frame.spend(bulk(Math.min(one.length, other.length)), at);
    return holds(compareText(one, other));
  };
}
