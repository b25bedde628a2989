import type { Expr } from "@writ/engine/cel/syntax";

/** One child of an expression. */
export interface Part {
  readonly expr: Expr;
  /** It stands where a condition does: whatever is written there is asked whether it holds. */
  readonly condition: boolean;
  /** The parent with another child in this place. */
  readonly replace: (by: Expr) => Expr;
}

/** The children of an expression that stands in a condition's place or not, in their order. */
export function partsOf(expr: Expr, condition: boolean): readonly Part[] {
  switch (expr.kind) {
    case "literal":
    case "name":
      return [];
    case "select":
    case "has":
      return [part(expr.operand, false, (operand) => ({ ...expr, operand }))];
    case "index":
      return [
        part(expr.operand, false, (operand) => ({ ...expr, operand })),
        part(expr.key, false, (key) => ({ ...expr, key })),
      ];
    case "call": {
      const { target } = expr;
      const args = listed(expr.args, false, (each) => ({ ...expr, args: each }));
      if (target === null) return args;
      return [part(target, false, (by) => ({ ...expr, target: by })), ...args];
    }
    case "unary":
      return [part(expr.operand, expr.operator === "!", (operand) => ({ ...expr, operand }))];
    case "binary":
      return [
        part(expr.left, false, (left) => ({ ...expr, left })),
        part(expr.right, false, (right) => ({ ...expr, right })),
      ];
    case "logic":
      return listed(expr.terms, true, (terms) => ({ ...expr, terms }));
    case "choice":
      return [
        part(expr.test, true, (test) => ({ ...expr, test })),
        part(expr.yes, condition, (yes) => ({ ...expr, yes })),
        part(expr.no, condition, (no) => ({ ...expr, no })),
      ];
    case "list":
      return listed(expr.items, false, (items) => ({ ...expr, items }));
    case "map":
      return expr.entries.flatMap(({ key, value }, at) => {
        const entry = (by: Partial<(typeof expr.entries)[number]>): Expr => {
          return { ...expr, entries: expr.entries.with(at, { key, value, ...by }) };
        };
        return [
          part(key, false, (by) => entry({ key: by })),
          part(value, false, (by) => entry({ value: by })),
        ];
      });
    case "macro": {
      const { range, test, result } = expr;
      return [
        part(range, false, (by) => ({ ...expr, range: by })),
        ...(test === null ? [] : [part(test, true, (by) => ({ ...expr, test: by }))]),
        ...(result === null ? [] : [part(result, false, (by) => ({ ...expr, result: by }))]),
      ];
    }
  }
}

function part(expr: Expr, condition: boolean, replace: (by: Expr) => Expr): Part {
  return { expr, condition, replace };
}

function listed(
  exprs: readonly Expr[],
  condition: boolean,
  replace: (by: readonly Expr[]) => Expr,
): readonly Part[] {
  return exprs.map((expr, at) => part(expr, condition, (by) => replace(exprs.with(at, by))));
}
