import { ParseFailed } from "./fault.ts";
import { matchAt } from "./match.ts";
import { unquote } from "./quoted.ts";

export type TokenKind = "name" | "integer" | "number" | "string" | "symbol" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** The token as written; for a string, its value. */
  readonly text: string;
  readonly at: number;
  readonly end: number;
}

const SPACE = /[\t\n\f\r ]+|\/\/[^\r\n]*/y;
const NAME = /[_a-zA-Z][_a-zA-Z0-9]*/y;
const NUMBER = /0x[0-9a-fA-F]+|[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+(?:[eE][+-]?[0-9]+)?/y;
const QUOTE = /([rRbB]{0,2})("""|'''|"|')/y;
const SYMBOL = /&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()[\]{}]/y;

function skipSpace(source: string, from: number): number {
  let at = from;
  for (let found = matchAt(SPACE, source, at); found; found = matchAt(SPACE, source, at)) {
    at += found[0].length;
  }
  return at;
}

function numberToken(source: string, text: string, at: number): Token {
  const end = at + text.length;
  if (/[uU]/.test(source.charAt(end))) {
    throw new ParseFailed(at, "NOT_IN_LANGUAGE", `there are no unsigned integers: write ${text}`);
  }
  if (/[_a-zA-Z0-9]/.test(source.charAt(end))) {
    throw new ParseFailed(end, "SYNTAX", `put a space or an operator after the number ${text}`);
  }
  const integral = /^(?:0x|[0-9]+$)/.test(text);
  return { kind: integral ? "integer" : "number", text, at, end };
}

function stringToken(source: string, at: number, prefix: string, quote: string): Token {
  if (/[bB]/.test(prefix)) {
    throw new ParseFailed(at, "NOT_IN_LANGUAGE", "there are no bytes: write a string without b");
  }
  if (prefix.length > 1) {
    throw new ParseFailed(at, "SYNTAX", "write r once before a raw string");
  }
  const { value, end } = unquote(source, at + prefix.length + quote.length, quote, prefix !== "");
  return { kind: "string", text: value, at, end };
}

function nextToken(source: string, at: number): Token {
  const quote = matchAt(QUOTE, source, at);
  if (quote) return stringToken(source, at, quote[1] ?? "", quote[2] ?? "");
  const name = matchAt(NAME, source, at);
  if (name) return { kind: "name", text: name[0], at, end: at + name[0].length };
  const number = matchAt(NUMBER, source, at);
  if (number) return numberToken(source, number[0], at);
  const symbol = matchAt(SYMBOL, source, at);
  if (symbol) return { kind: "symbol", text: symbol[0], at, end: at + symbol[0].length };
  const found = String.fromCodePoint(source.codePointAt(at) ?? 0);
  throw new ParseFailed(at, "SYNTAX", `remove ${JSON.stringify(found)}: it has no meaning here`);
}

/** Cuts a source into tokens, the last of which is `end`. Throws `ParseFailed`. */
export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = skipSpace(source, 0);
  while (at < source.length) {
    const token = nextToken(source, at);
    tokens.push(token);
    at = skipSpace(source, token.end);
  }
  tokens.push({ kind: "end", text: "", at: source.length, end: source.length });
  return tokens;
}
