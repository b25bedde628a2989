import type { CelFault } from "./fault.ts";
import type { Form } from "./form.ts";
import { checkCall } from "./functions.ts";
import { checkChoice, checkList, checkLiteral, checkMap } from "./literals.ts";
import { checkMacro, walked } from "./macros.ts";
import { checkHas, checkIn, checkIndex, checkSelect } from "./members.ts";
import { checkArithmetic, checkEquality, checkLogic, checkOrder, checkUnary } from "./operators.ts";
import type { Binary, BinaryOperator, Call, Expr, Macro, Name } from "./syntax.ts";
import type { Type } from "./type.ts";
import { broken, type Report, reject, type Typed } from "./typed.ts";

/** An iteration variable in scope; inner ones hide outer ones of the same name. */
interface Variable {
  readonly name: string;
  readonly type: Type;
  readonly form: Form;
  readonly slot: number;
}

type CheckBinary = (report: Report, expr: Binary, left: Typed, right: Typed) => Typed;

const BINARY: Readonly<Record<BinaryOperator, CheckBinary>> = {
  "+": checkArithmetic,
  "-": checkArithmetic,
  "*": checkArithmetic,
  "/": checkArithmetic,
  "%": checkArithmetic,
  "<": checkOrder,
  "<=": checkOrder,
  ">": checkOrder,
  ">=": checkOrder,
  "==": checkEquality,
  "!=": checkEquality,
  in: checkIn,
};

/** Stands between a compiled node and whoever computes with it. */
export type Wrap = (typed: Typed) => Typed;

/** Checks one expression against the input's type and compiles it on the way. */
export class Checker implements Report {
  readonly faults: CelFault[] = [];
  /** Slots that the rule's iteration variables need. */
  slots = 0;
  /** Nodes checked so far, outside the bodies of macros already left. */
  nodes = 0;
  readonly #input: Type;
  readonly #wrap: Wrap | null;
  #scope: readonly Variable[] = [];

  constructor(input: Type, wrap: Wrap | null = null) {
    this.#input = input;
    this.#wrap = wrap;
  }

  check(expr: Expr): Typed {
    this.nodes += 1;
    const typed = this.#checked(expr);
    return this.#wrap === null ? typed : this.#wrap(typed);
  }

  #checked(expr: Expr): Typed {
    switch (expr.kind) {
      case "literal":
        return checkLiteral(expr);
      case "name":
        return this.#name(expr);
      case "select":
        return checkSelect(this, expr, this.check(expr.operand));
      case "has":
        return checkHas(this, expr, this.check(expr.operand));
      case "index":
        return checkIndex(this, expr, this.check(expr.operand), this.check(expr.key));
      case "call":
        return this.#call(expr);
      case "unary":
        return checkUnary(this, expr, this.check(expr.operand));
      case "binary":
        return BINARY[expr.operator](this, expr, this.check(expr.left), this.check(expr.right));
      case "logic":
        return checkLogic(this, expr, this.#each(expr.terms));
      case "choice": {
        const test = this.check(expr.test);
        return checkChoice(this, expr, test, this.check(expr.yes), this.check(expr.no));
      }
      case "list":
        return checkList(this, expr, this.#each(expr.items));
      case "map":
        return checkMap(this, expr, this.#each(expr.entries.map(({ value }) => value)));
      case "macro":
        return this.#macro(expr);
    }
  }

  #each(exprs: readonly Expr[]): readonly Typed[] {
    return exprs.map((expr) => this.check(expr));
  }

  #name(expr: Name): Typed {
    const variable = this.#scope.findLast(({ name }) => name === expr.name);
    if (variable !== undefined) {
      const { type, form, slot } = variable;
      return { expr, type, form, run: (frame) => frame.locals[slot] ?? null };
    }
    if (expr.name === "input") {
      return { expr, type: this.#input, form: "normal", run: (frame) => frame.input, path: [] };
    }
    const message = `${expr.name} is unknown: the only variable is input`;
    return reject(this, expr, { code: "UNKNOWN_NAME", message });
  }

  #call(expr: Call): Typed {
    const target = expr.target === null ? null : this.check(expr.target);
    return checkCall(this, expr, target, this.#each(expr.args));
  }

  #macro(expr: Macro): Typed {
    const range = this.check(expr.range);
    if (expr.variable === "input") {
      this.faults.push({
        offset: expr.variableAt,
        code: "UNKNOWN_NAME",
        message: "use another name: input is the input",
      });
      return broken(expr);
    }
    const item = walked(this, expr, range);
    if (item === null) return broken(expr);
    const outer = { scope: this.#scope, nodes: this.nodes };
    const slot = outer.scope.length;
    this.#scope = [...outer.scope, { name: expr.variable, ...item, slot }];
    this.slots = Math.max(this.slots, slot + 1);
    this.nodes = 0;
    const test = expr.test === null ? null : this.check(expr.test);
    const result = expr.result === null ? null : this.check(expr.result);
    const cost = 1 + this.nodes;
    this.#scope = outer.scope;
    this.nodes = outer.nodes;
    return checkMacro(this, { expr, range, test, result, slot, cost }, item);
  }
}
