import type { Json } from "@writ/contract/json";
import { EvaluationFailed, type Run } from "./evaluation.ts";
import type { CelFault } from "./fault.ts";
import type { Form } from "./form.ts";
import type { Guard } from "./guard.ts";
import type { Expr } from "./syntax.ts";
import { BROKEN, type Conflict, type Type } from "./type.ts";

/** A checked expression: what it can be, and the code that computes it. */
export interface Typed {
  readonly expr: Expr;
  readonly type: Type;
  readonly form: Form;
  readonly run: Run;
  /** Its value, if that is the same for every input. */
  readonly constant?: Json;
  /** Its slots from the input's root, if it is nothing but declared members. */
  readonly path?: readonly number[];
  readonly guard?: Guard;
}

/** Where a check reports; it goes on, so that all faults of an expression come at once. */
export interface Report {
  readonly faults: CelFault[];
}

function unreached(expr: Expr): Run {
  return () => {
    throw new EvaluationFailed("WRONG_TYPE", expr.at);
  };
}

/** Stands for an expression whose fault is already reported. */
export function broken(expr: Expr): Typed {
  return { expr, type: BROKEN, form: "free", run: unreached(expr) };
}

export function isBroken(typed: Typed): boolean {
  return typed.type === BROKEN;
}

export function reject(report: Report, expr: Expr, conflict: Conflict): Typed {
  report.faults.push({ offset: expr.at, ...conflict });
  return broken(expr);
}

export function constantOf(expr: Expr, type: Type, form: Form, constant: Json): Typed {
  return { expr, type, form, constant, run: () => constant };
}
