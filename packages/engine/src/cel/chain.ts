import type { Run } from "./evaluation.ts";
import type { Typed } from "./typed.ts";
import { asBoolean } from "./values.ts";

/**
 * Terms of `&&` (decided by false) or `||` (decided by true), left to right; the first that
 * decides ends it. A term that fails ends the rule. The lengths that policies are made of have
 * closures of their own: a loop over a list costs as much as its terms.
 */
export function chain(terms: readonly Typed[], deciding: boolean): Run {
  const [a, b, c, d] = terms;
  if (a === undefined || b === undefined || terms.length > 4) return many(terms, deciding);
  if (c === undefined) return two(a, b, deciding);
  return d === undefined ? three(a, b, c, deciding) : four(a, b, c, d, deciding);
}

function two(a: Typed, b: Typed, deciding: boolean): Run {
  const [first, second] = [a.run, b.run];
  const [firstAt, secondAt] = [a.expr.at, b.expr.at];
  return (frame) => {
    if (asBoolean(first(frame), firstAt) === deciding) return deciding;
    return asBoolean(second(frame), secondAt);
  };
}

function three(a: Typed, b: Typed, c: Typed, deciding: boolean): Run {
  const [first, second, third] = [a.run, b.run, c.run];
  const [firstAt, secondAt, thirdAt] = [a.expr.at, b.expr.at, c.expr.at];
  return (frame) => {
    if (asBoolean(first(frame), firstAt) === deciding) return deciding;
    if (asBoolean(second(frame), secondAt) === deciding) return deciding;
    return asBoolean(third(frame), thirdAt);
  };
}

function four(a: Typed, b: Typed, c: Typed, d: Typed, deciding: boolean): Run {
  const [first, second, third, fourth] = [a.run, b.run, c.run, d.run];
  const [firstAt, secondAt, thirdAt, fourthAt] = [a.expr.at, b.expr.at, c.expr.at, d.expr.at];
  return (frame) => {
    if (asBoolean(first(frame), firstAt) === deciding) return deciding;
    if (asBoolean(second(frame), secondAt) === deciding) return deciding;
    if (asBoolean(third(frame), thirdAt) === deciding) return deciding;
    return asBoolean(fourth(frame), fourthAt);
  };
}

function many(terms: readonly Typed[], deciding: boolean): Run {
  const runs = terms.map(({ run, expr }) => ({ run, at: expr.at }));
  return (frame) => {
    for (const { run, at } of runs) {
      if (asBoolean(run(frame), at) === deciding) return deciding;
    }
    return !deciding;
  };
}
