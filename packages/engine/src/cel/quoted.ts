import { ParseFailed } from "./fault.ts";
import { matchAt } from "./match.ts";

const SIMPLE_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["a", "\u0007"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
  ["\\", "\\"],
  ["?", "?"],
  ['"', '"'],
  ["'", "'"],
  ["`", "`"],
]);

/** Escapes that name a code point: digits follow the letter, in the given base. */
const NUMERIC_ESCAPES: readonly { readonly form: RegExp; readonly base: number }[] = [
  { form: /[xX]([0-9a-fA-F]{2})/y, base: 16 },
  { form: /u([0-9a-fA-F]{4})/y, base: 16 },
  { form: /U([0-9a-fA-F]{8})/y, base: 16 },
  { form: /([0-3][0-7]{2})/y, base: 8 },
];

interface Piece {
  readonly value: string;
  readonly end: number;
}

function isScalar(codePoint: number): boolean {
  return codePoint <= 0x10ffff && (codePoint < 0xd800 || codePoint > 0xdfff);
}

/** Reads the escape whose backslash stands at `at`. */
function escapeAt(source: string, at: number): Piece {
  const simple = SIMPLE_ESCAPES.get(source.charAt(at + 1));
  if (simple !== undefined) return { value: simple, end: at + 2 };
  for (const { form, base } of NUMERIC_ESCAPES) {
    const found = matchAt(form, source, at + 1);
    if (!found) continue;
    const codePoint = Number.parseInt(found[1] ?? "", base);
    if (!isScalar(codePoint)) break;
    return { value: String.fromCodePoint(codePoint), end: at + 1 + found[0].length };
  }
  throw new ParseFailed(
    at,
    "SYNTAX",
    "write a known escape here, or \\\\ for a backslash (r'…' takes backslashes as they are)",
  );
}

/**
 * Reads a quoted string whose first unit after the opening quote is at `from`. A string in single
 * quotes ends with its line; a tripled quote spans lines.
 */
export function unquote(source: string, from: number, quote: string, raw: boolean): Piece {
  let value = "";
  let at = from;
  while (at < source.length) {
    if (source.startsWith(quote, at)) return { value, end: at + quote.length };
    const unit = source.charAt(at);
    if (quote.length === 1 && (unit === "\n" || unit === "\r")) break;
    const piece = unit === "\\" && !raw ? escapeAt(source, at) : { value: unit, end: at + 1 };
    value += piece.value;
    at = piece.end;
  }
  throw new ParseFailed(from - quote.length, "SYNTAX", `close this string with ${quote}`);
}
