import type { Json } from "@writ/contract/json";
import type { Frame, Run } from "./evaluation.ts";
import type { Form } from "./form.ts";
import { requireBoolean } from "./operators.ts";
import type { Macro, MacroName } from "./syntax.ts";
import { ANY, arrayOf, BOOLEAN, nameOf, STRING, type Type } from "./type.ts";
import { broken, isBroken, type Report, reject, type Typed } from "./typed.ts";
import { asBoolean, elements } from "./values.ts";

/** What an iteration variable holds. */
export interface Walked {
  readonly type: Type;
  readonly form: Form;
}

/** The type of what `range` yields: elements of a list, names of an open object. */
export function walked(report: Report, expr: Macro, range: Typed): Walked | null {
  const { type, form } = range;
  if (isBroken(range)) return null;
  if (type.kind === "array") return { type: type.items, form };
  if (type.kind === "any") return { type: ANY, form: "free" };
  if (type.kind === "object" && type.additional !== null) {
    // Keys are not lower-cased by the normal form.
    return { type: STRING, form: "free" };
  }
  const closed = type.kind === "object";
  const message = closed
    ? "name the members: this object has only declared ones"
    : `${expr.macro} walks a list: this is ${nameOf(type)}`;
  reject(report, range.expr, { code: "WRONG_TYPE", message });
  return null;
}

/** One macro after checking. `cost` is what an iteration charges: one, and the nodes of its body. */
export interface Loop {
  readonly expr: Macro;
  readonly range: Typed;
  readonly test: Typed | null;
  readonly result: Typed | null;
  readonly slot: number;
  readonly cost: number;
}

/** Puts each element in its slot, in order, charges for it and asks `visit`; stops where that says so. */
function walk(frame: Frame, loop: Loop, visit: (item: Json) => boolean): void {
  const { at } = loop.range.expr;
  for (const item of elements(loop.range.run(frame), at)) {
    frame.spend(loop.cost, loop.expr.at);
    frame.locals[loop.slot] = item;
    if (visit(item)) return;
  }
}

function tester(test: Typed | null): (frame: Frame) => boolean {
  if (test === null) return () => true;
  const { run, expr } = test;
  return (frame) => asBoolean(run(frame), expr.at);
}

/** `all` and `exists`: ends at the first element that decides, before which none may fail. */
function deciding(loop: Loop, decides: boolean): Run {
  const holds = tester(loop.test);
  return (frame) => {
    let found = false;
    walk(frame, loop, () => {
      found = holds(frame) === decides;
      return found;
    });
    return found === decides;
  };
}

function exactlyOne(loop: Loop): Run {
  const holds = tester(loop.test);
  return (frame) => {
    let count = 0;
    walk(frame, loop, () => {
      if (holds(frame)) count += 1;
      return false;
    });
    return count === 1;
  };
}

function collecting(loop: Loop): Run {
  const holds = tester(loop.test);
  const { result } = loop;
  return (frame) => {
    const kept: Json[] = [];
    walk(frame, loop, (item) => {
      if (holds(frame)) kept.push(result === null ? item : result.run(frame));
      return false;
    });
    return kept;
  };
}

const RUNS: Readonly<Record<MacroName, (loop: Loop) => Run>> = {
  all: (loop) => deciding(loop, false),
  exists: (loop) => deciding(loop, true),
  exists_one: exactlyOne,
  filter: collecting,
  map: collecting,
};

const COLLECTS: ReadonlySet<MacroName> = new Set(["filter", "map"]);

/** The macro over its checked parts; `item` is what its variable holds. */
export function checkMacro(report: Report, loop: Loop, item: Walked): Typed {
  const { expr, test, result } = loop;
  if (test !== null) requireBoolean(report, test);
  if (result !== null && isBroken(result)) return broken(expr);
  const run = RUNS[expr.macro](loop);
  if (!COLLECTS.has(expr.macro)) return { expr, type: BOOLEAN, form: "normal", run };
  const { type, form } = result ?? item;
  return { expr, type: arrayOf(type), form, run };
}
