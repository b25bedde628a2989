/**
 * The syntax tree of an expression. `at` is a UTF-16 offset into the source: the operator of an
 * operation, the member's name of a selection, the function's name of a call, else the first unit.
 * `height` bounds the recursion of everything that walks the tree.
 */
interface At {
  readonly at: number;
  readonly height: number;
}

export type UnaryOperator = "!" | "-";
export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";
export type OrderOperator = "<" | "<=" | ">" | ">=";
export type BinaryOperator = ArithmeticOperator | OrderOperator | "==" | "!=" | "in";
export type MacroName = "all" | "exists" | "exists_one" | "filter" | "map";

export interface Literal extends At {
  readonly kind: "literal";
  /** `5` and `5.0` are the same JavaScript number: the tag tells them apart. */
  readonly tag: "null" | "boolean" | "integer" | "number" | "string";
  readonly value: null | boolean | number | string;
}

export interface Name extends At {
  readonly kind: "name";
  readonly name: string;
}

export interface Select extends At {
  readonly kind: "select";
  readonly operand: Expr;
  readonly member: string;
}

/** `has(operand.member)`. */
export interface Has extends At {
  readonly kind: "has";
  readonly operand: Expr;
  readonly member: string;
}

export interface Index extends At {
  readonly kind: "index";
  readonly operand: Expr;
  readonly key: Expr;
}

/** `f(args)`, or `target.f(args)`. */
export interface Call extends At {
  readonly kind: "call";
  readonly name: string;
  readonly target: Expr | null;
  readonly args: readonly Expr[];
}

export interface Unary extends At {
  readonly kind: "unary";
  readonly operator: UnaryOperator;
  readonly operand: Expr;
}

export interface Binary extends At {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expr;
  readonly right: Expr;
}

/** A whole chain `a && b && c`: kept flat so that a long one is not a deep one. */
export interface Logic extends At {
  readonly kind: "logic";
  readonly operator: "&&" | "||";
  readonly terms: readonly Expr[];
}

export interface Choice extends At {
  readonly kind: "choice";
  readonly test: Expr;
  readonly yes: Expr;
  readonly no: Expr;
}

export interface ListLiteral extends At {
  readonly kind: "list";
  readonly items: readonly Expr[];
}

export interface MapLiteral extends At {
  readonly kind: "map";
  readonly entries: readonly { readonly key: Expr; readonly value: Expr }[];
}

/** `range.all(x, test)` and its kin. `test` is null for the two-argument `map`; `result` for the others. */
export interface Macro extends At {
  readonly kind: "macro";
  readonly macro: MacroName;
  readonly range: Expr;
  readonly variable: string;
  readonly variableAt: number;
  readonly test: Expr | null;
  readonly result: Expr | null;
}

export type Expr =
  | Literal
  | Name
  | Select
  | Has
  | Index
  | Call
  | Unary
  | Binary
  | Logic
  | Choice
  | ListLiteral
  | MapLiteral
  | Macro;
