import type { Located } from "./located.ts";

/**
 * Where in its file the character at `offset` of a string stands. YAML folds and indents text but
 * never reorders it and drops nothing but white space, so the n-th visible unit of the string is
 * the n-th of its source. White space written as a number (`\x20` in double quotes) is the one
 * thing that shifts the answer, by a character.
 */
export function placeInScalar(scalar: Located, offset: number): number {
  const text = typeof scalar.json === "string" ? scalar.json : "";
  const wanted = countVisible(text.slice(0, offset));
  const source = scalar.source.text;
  const style = source[scalar.start] ?? "";
  let at = contentStart(source, scalar.start, style);
  for (let seen = 0; at < source.length; ) {
    const { visible, length } = writtenAt(source, at, style);
    if (visible > 0 && seen >= wanted) return at;
    seen += visible;
    at += length;
  }
  return scalar.start;
}

function contentStart(source: string, start: number, style: string): number {
  if (style === '"' || style === "'") return start + 1;
  if (style !== "|" && style !== ">") return start;
  const lineEnd = source.slice(start).search(/[\r\n]/);
  return lineEnd < 0 ? source.length : start + lineEnd;
}

/** What stands at a place of the source: units it takes there, visible units it stands for. */
interface Written {
  readonly length: number;
  readonly visible: number;
}

/** Digits that follow the letter of a numeric escape. */
const DIGITS: ReadonlyMap<string, number> = new Map([
  ["x", 2],
  ["u", 4],
  ["U", 8],
]);

function writtenAt(source: string, at: number, style: string): Written {
  const character = source[at] ?? "";
  const next = source[at + 1] ?? "";
  if (isWhite(character)) return { length: 1, visible: 0 };
  if (style === "'" && character === "'" && next === "'") return { length: 2, visible: 1 };
  if (style !== '"' || character !== "\\") return { length: 1, visible: 1 };
  const digits = DIGITS.get(next) ?? 0;
  if (digits === 0) return { length: 2, visible: isWhite(next) || /[ntr]/.test(next) ? 0 : 1 };
  const code = Number.parseInt(source.slice(at + 2, at + 2 + digits), 16);
  return { length: 2 + digits, visible: code > 0xffff ? 2 : 1 };
}

function countVisible(text: string): number {
  return text.replaceAll(/[ \t\r\n]/g, "").length;
}

function isWhite(character: string): boolean {
  return character === " " || character === "\t" || character === "\r" || character === "\n";
}
