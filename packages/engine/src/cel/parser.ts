import { ParseFailed } from "./fault.ts";
import { type Token, tokenize } from "./lexer.ts";
import type {
  BinaryOperator,
  Call,
  Expr,
  Literal,
  MacroName,
  MapLiteral,
  UnaryOperator,
} from "./syntax.ts";

/** UTF-16 units of one expression. */
export const MAX_SOURCE = 8192;
/** Nesting of brackets and height of the tree: everything that recurses over it is bounded by this. */
export const MAX_DEPTH = 64;

/** Left-associative operators, loosest first. */
const LEVELS: readonly ReadonlySet<string>[] = [
  new Set(["<", "<=", ">", ">=", "==", "!=", "in"]),
  new Set(["+", "-"]),
  new Set(["*", "/", "%"]),
];

/** Macros and how many arguments each takes. */
const MACROS: ReadonlyMap<string, readonly number[]> = new Map([
  ["all", [2]],
  ["exists", [2]],
  ["exists_one", [2]],
  ["filter", [2]],
  ["map", [2, 3]],
]);

/** CEL's reserved words: none may name a variable or function; a member may be called so. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    "as break const continue else for function if import let loop package namespace return var " +
    "void while"
  ).split(" "),
);
const KEYWORDS: ReadonlySet<string> = new Set(["true", "false", "null", "in"]);

/** `height` of a node over these children. */
function above(at: number, children: readonly Expr[]): number {
  let height = 0;
  for (const child of children) height = Math.max(height, child.height);
  if (height >= MAX_DEPTH) throw tooDeep(at);
  return height + 1;
}

function tooDeep(at: number): ParseFailed {
  return new ParseFailed(at, "TOO_DEEP", `nest at most ${MAX_DEPTH} deep: split this rule`);
}

function literal(at: number, tag: Literal["tag"], value: Literal["value"]): Literal {
  return { kind: "literal", at, height: 1, tag, value };
}

function numberLiteral(token: Token, at: number, sign: 1 | -1): Literal {
  const magnitude = Number(token.text);
  // `0 - 0` for the integer zero: -0 is no integer.
  const value = sign === 1 ? magnitude : token.kind === "integer" ? 0 - magnitude : -magnitude;
  if (token.kind === "integer" ? Number.isSafeInteger(value) : Number.isFinite(value)) {
    return literal(at, token.kind === "integer" ? "integer" : "number", value);
  }
  const range = token.kind === "integer" ? "within ±9007199254740991" : "that binary64 can hold";
  throw new ParseFailed(at, "OUT_OF_RANGE", `write a number ${range}`);
}

function call(at: number, name: string, target: Expr | null, args: readonly Expr[]): Expr {
  if (target === null && name === "has") return has(at, args);
  const macro = MACROS.get(name);
  if (target !== null && macro !== undefined) return macroCall(at, name as MacroName, target, args);
  const height = above(at, target === null ? args : [target, ...args]);
  return { kind: "call", at, height, name, target, args } satisfies Call;
}

function has(at: number, args: readonly Expr[]): Expr {
  const [tested] = args;
  if (args.length !== 1 || tested?.kind !== "select") {
    throw new ParseFailed(at, "SYNTAX", "write has(object.member)");
  }
  const { operand, member } = tested;
  return { kind: "has", at, height: tested.height, operand, member };
}

function macroCall(at: number, macro: MacroName, range: Expr, args: readonly Expr[]): Expr {
  const [variable, first, second] = args;
  const counts = MACROS.get(macro) ?? [];
  if (variable?.kind !== "name" || first === undefined || !counts.includes(args.length)) {
    throw new ParseFailed(at, "SYNTAX", `write list.${macro}(x, …): a name, then an expression`);
  }
  const height = above(at, [range, ...args]);
  const { name, at: variableAt } = variable;
  const mapped = macro === "map";
  const test = mapped && second === undefined ? null : first;
  const result = mapped ? (second ?? first) : null;
  return { kind: "macro", at, height, macro, range, variable: name, variableAt, test, result };
}

/** Recursive descent over CEL's grammar; stops at the first fault. */
class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #open = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expr {
    const expr = this.#expr();
    if (this.#peek().kind !== "end") throw this.#unexpected("an operator or the end");
    return expr;
  }

  #peek(): Token {
    const token = this.#tokens[this.#next];
    if (token === undefined) throw new ParseFailed(0, "SYNTAX", "finish the expression");
    return token;
  }

  #take(): Token {
    const token = this.#peek();
    if (token.kind !== "end") this.#next += 1;
    return token;
  }

  #isSymbol(text: string): boolean {
    const token = this.#peek();
    return token.kind === "symbol" && token.text === text;
  }

  #takeIf(text: string): boolean {
    const found = this.#isSymbol(text);
    if (found) this.#next += 1;
    return found;
  }

  #expect(text: string): Token {
    if (!this.#isSymbol(text)) throw this.#unexpected(`'${text}'`);
    return this.#take();
  }

  #unexpected(wanted: string): ParseFailed {
    const token = this.#peek();
    const found =
      token.kind === "end" ? "the expression ends" : `found ${JSON.stringify(token.text)}`;
    return new ParseFailed(token.at, "SYNTAX", `write ${wanted} here: ${found}`);
  }

  #expr(): Expr {
    this.#open += 1;
    if (this.#open > MAX_DEPTH) throw tooDeep(this.#peek().at);
    const test = this.#logic("||");
    const question = this.#peek();
    const expr = this.#takeIf("?") ? this.#choice(question.at, test) : test;
    this.#open -= 1;
    return expr;
  }

  #choice(at: number, test: Expr): Expr {
    const yes = this.#logic("||");
    this.#expect(":");
    const no = this.#expr();
    return { kind: "choice", at, height: above(at, [test, yes, no]), test, yes, no };
  }

  #logic(operator: "||" | "&&"): Expr {
    const term = (): Expr => (operator === "||" ? this.#logic("&&") : this.#binary(0));
    const first = term();
    const at = this.#peek().at;
    const terms = [first];
    while (this.#takeIf(operator)) terms.push(term());
    if (terms.length === 1) return first;
    return { kind: "logic", at, height: above(at, terms), operator, terms };
  }

  #binary(level: number): Expr {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    while (operators.has(this.#peek().text) && this.#peek().kind !== "string") {
      const token = this.#take();
      const right = this.#binary(level + 1);
      const height = above(token.at, [left, right]);
      const operator = token.text as BinaryOperator;
      left = { kind: "binary", at: token.at, height, operator, left, right };
    }
    return left;
  }

  #unary(): Expr {
    const first = this.#peek();
    const operator = first.text;
    if (first.kind !== "symbol" || (operator !== "!" && operator !== "-")) return this.#member();
    const signs: number[] = [];
    while (this.#isSymbol(operator)) signs.push(this.#take().at);
    return this.#signed(operator, signs);
  }

  /** Applies a run of equal signs, innermost last; a minus right before a number is part of it. */
  #signed(operator: UnaryOperator, signs: number[]): Expr {
    const token = this.#peek();
    const negative = operator === "-" && (token.kind === "integer" || token.kind === "number");
    let operand = negative
      ? this.#suffixes(numberLiteral(this.#take(), signs.pop() ?? token.at, -1))
      : this.#member();
    for (const at of signs.reverse()) {
      operand = { kind: "unary", at, height: above(at, [operand]), operator, operand };
    }
    return operand;
  }

  #member(): Expr {
    return this.#suffixes(this.#primary());
  }

  #suffixes(primary: Expr): Expr {
    let expr = primary;
    for (;;) {
      const token = this.#peek();
      if (this.#takeIf(".")) expr = this.#selection(expr);
      else if (this.#takeIf("[")) expr = this.#index(token.at, expr);
      else if (this.#isSymbol("{")) throw this.#message(token.at);
      else return expr;
    }
  }

  #message(at: number): ParseFailed {
    return new ParseFailed(at, "NOT_IN_LANGUAGE", "there are no message types: compare members");
  }

  #selection(operand: Expr): Expr {
    const token = this.#peek();
    if (token.kind !== "name" || KEYWORDS.has(token.text))
      throw this.#unexpected("a member's name");
    this.#next += 1;
    if (this.#takeIf("(")) return call(token.at, token.text, operand, this.#list(")", false));
    const height = above(token.at, [operand]);
    return { kind: "select", at: token.at, height, operand, member: token.text };
  }

  #index(at: number, operand: Expr): Expr {
    const key = this.#expr();
    this.#expect("]");
    return { kind: "index", at, height: above(at, [operand, key]), operand, key };
  }

  #primary(): Expr {
    const token = this.#peek();
    switch (token.kind) {
      case "integer":
      case "number":
        return numberLiteral(this.#take(), token.at, 1);
      case "string":
        return literal(this.#take().at, "string", token.text);
      case "name":
        return this.#named(this.#take());
      case "symbol":
        return this.#bracketed(token);
      case "end":
        throw this.#unexpected("an expression");
    }
  }

  #named(token: Token): Expr {
    const { text, at } = token;
    if (text === "true" || text === "false") return literal(at, "boolean", text === "true");
    if (text === "null") return literal(at, "null", null);
    if (text === "in" || RESERVED.has(text)) {
      throw new ParseFailed(at, "SYNTAX", `use another name: ${text} is reserved`);
    }
    if (this.#takeIf("(")) return call(at, text, null, this.#list(")", false));
    return { kind: "name", at, height: 1, name: text };
  }

  #bracketed(token: Token): Expr {
    if (this.#takeIf("(")) {
      const inner = this.#expr();
      this.#expect(")");
      return inner;
    }
    if (this.#takeIf("[")) {
      const items = this.#list("]", true);
      return { kind: "list", at: token.at, height: above(token.at, items), items };
    }
    if (this.#takeIf("{")) return this.#map(token.at);
    throw this.#unexpected("an expression");
  }

  /** Expressions up to `close`; a literal may end with a comma, a call may not. */
  #list(close: string, trailing: boolean): readonly Expr[] {
    const items: Expr[] = [];
    if (this.#takeIf(close)) return items;
    do {
      if (trailing && items.length > 0 && this.#isSymbol(close)) break;
      items.push(this.#expr());
    } while (this.#takeIf(","));
    this.#expect(close);
    return items;
  }

  #map(at: number): Expr {
    const entries: { key: Expr; value: Expr }[] = [];
    while (!this.#isSymbol("}")) {
      const key = this.#expr();
      this.#expect(":");
      entries.push({ key, value: this.#expr() });
      if (!this.#takeIf(",")) break;
    }
    this.#expect("}");
    const height = above(
      at,
      entries.flatMap(({ key, value }) => [key, value]),
    );
    return { kind: "map", at, height, entries } satisfies MapLiteral;
  }
}

/**
 * Parses one expression. Throws `ParseFailed` with the first fault. Never overflows the stack: the
 * source is bounded before it is read and nesting while it is.
 */
export function parse(source: string): Expr {
  if (source.length > MAX_SOURCE) {
    throw new ParseFailed(MAX_SOURCE, "TOO_LARGE", `write at most ${MAX_SOURCE} characters`);
  }
  if (!source.isWellFormed()) {
    throw new ParseFailed(0, "SYNTAX", "write well-formed Unicode: a surrogate stands alone");
  }
  return new Parser(tokenize(source)).whole();
}
