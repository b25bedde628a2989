import type { Located } from "./located.ts";

/** How many characters of text follow the letter of a YAML escape. */
const ESCAPE_LENGTH: ReadonlyMap<string, number> = new Map([
  ["x", 2],
  ["u", 4],
  ["U", 8],
]);

/**
 * Where in its file the character at `offset` of a string stands. YAML folds and indents text but
 * never reorders it and drops nothing but white space, so the n-th visible character of the string
 * is the n-th of its source. White space written as a number (\\x20 in double quotes) is the one
 * thing that shifts the answer, by a character.
 */
export function placeInScalar(scalar: Located, offset: number): number {
  const text = typeof scalar.json === "string" ? scalar.json : "";
  const visible = countVisible(text.slice(0, offset));
  const source = scalar.source.text;
  const style = source[scalar.start] ?? "";
  let at = contentStart(source, scalar.start, style);
  for (let seen = 0; at < source.length; at += 1) {
    if (isWhite(source[at])) continue;
    if (seen === visible) return at;
    const escaped = escapeLength(source, at, style);
    if (escaped === "white") at += 1;
    else {
      seen += 1;
      at += escaped;
    }
  }
  return scalar.start;
}

function contentStart(source: string, start: number, style: string): number {
  if (style === '"' || style === "'") return start + 1;
  if (style !== "|" && style !== ">") return start;
  const lineEnd = source.slice(start).search(/[\r\n]/);
  return lineEnd < 0 ? source.length : start + lineEnd;
}

/** How many characters beyond the first belong to the character at `at`. */
function escapeLength(source: string, at: number, style: string): number | "white" {
  const next = source[at + 1] ?? "";
  if (style === "'") return source[at] === "'" && next === "'" ? 1 : 0;
  if (style !== '"' || source[at] !== "\\") return 0;
  if (isWhite(next) || next === "n" || next === "t" || next === "r") return "white";
  return 1 + (ESCAPE_LENGTH.get(next) ?? 0);
}

function countVisible(text: string): number {
  return text.replaceAll(/[ \t\r\n]/g, "").length;
}

function isWhite(character: string | undefined): boolean {
  return character === " " || character === "\t" || character === "\r" || character === "\n";
}
