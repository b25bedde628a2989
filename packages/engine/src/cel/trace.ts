import type { Json } from "@writ/contract/json";
import type { ShapeType } from "@writ/contract/shape-type";
import { Checker, type Wrap } from "./check.ts";
import { type Rule, STEPS } from "./compile.ts";
import { EvaluationFailed, Frame } from "./evaluation.ts";
import type { CelFault } from "./fault.ts";
import type { Expr } from "./syntax.ts";
import { asBoolean } from "./values.ts";

/** Hears what an expression and its parts come to, each as soon as it is known. */
export interface Observer {
  /** Once for each time that a part is asked; literals and some constant parts are not asked. */
  saw(expr: Expr, value: Json): void;
  /** A part came to no answer, and so does everything that it is a part of. */
  failed(expr: Expr, failure: EvaluationFailed): void;
}

export interface TracedRule {
  /** Answers, fails and counts steps as the rule that `compileRule` makes of the same source. */
  readonly rule: Rule;
  /** What each part is to the checker. */
  readonly types: ReadonlyMap<Expr, ShapeType>;
}

/**
 * Compiles a parsed condition so that `observer` hears of its evaluation. For tools: the rule that
 * decides is another one, in which nothing listens.
 */
export function traceRule(
  expr: Expr,
  input: ShapeType,
  observer: Observer,
): TracedRule | { readonly faults: readonly CelFault[] } {
  const types = new Map<Expr, ShapeType>();
  const checker = new Checker(input, heard(observer, types));
  const { run, type } = checker.check(expr);
  const { faults, slots, nodes } = checker;
  if (faults.length === 0 && type.kind !== "boolean" && type.kind !== "any") {
    faults.push({ offset: expr.at, code: "NOT_BOOLEAN", message: "write a condition" });
  }
  if (faults.length > 0) return { faults: faults.sort((a, b) => a.offset - b.offset) };
  const rule: Rule = {
    evaluate(value) {
      const frame = new Frame(value, new Array<Json>(slots), STEPS);
      frame.spend(nodes, expr.at);
      return asBoolean(run(frame), expr.at);
    },
  };
  return { rule, types };
}

/**
 * Reports what a node computes. Its path and guard are left out: they are for reading around the
 * node, and what is read around it is not heard.
 */
function heard(observer: Observer, types: Map<Expr, ShapeType>): Wrap {
  return ({ expr, type, form, constant, run }) => {
    types.set(expr, type);
    return {
      expr,
      type,
      form,
      ...(constant !== undefined && { constant }),
      run: (frame) => {
        try {
          const value = run(frame);
          observer.saw(expr, value);
          return value;
        } catch (error) {
          if (error instanceof EvaluationFailed) observer.failed(expr, error);
          throw error;
        }
      },
    };
  };
}
