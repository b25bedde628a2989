/** RFC 8259 §7: the escapes of two characters. */
const SHORT: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/** What an escape stands for, and where it ends. */
export interface Escape {
  readonly meaning: string;
  readonly end: number;
}

/**
 * Reads the escape whose backslash is at `at`, or the two that make a surrogate pair.
 *
 * @throws SyntaxError if it is none of JSON's, or half a pair
 */
export function readEscape(text: string, at: number): Escape {
  const letter = text.charAt(at + 1);
  const short = SHORT.get(letter);
  if (short !== undefined) return { meaning: short, end: at + 2 };
  if (letter !== "u") throw new SyntaxError("use one of JSON's escapes");
  const unit = hexUnit(text, at + 2);
  if (unit < 0xd800 || unit > 0xdfff) {
    return { meaning: String.fromCharCode(unit), end: at + 6 };
  }
  // A raw character can never complete an escaped half: valid UTF-8 holds no surrogate.
  const paired = unit <= 0xdbff && text.startsWith("\\u", at + 6);
  const low = paired ? hexUnit(text, at + 8) : 0;
  if (low < 0xdc00 || low > 0xdfff) throw new SyntaxError("pair every surrogate");
  return { meaning: String.fromCharCode(unit, low), end: at + 12 };
}

function hexUnit(text: string, at: number): number {
  const hex = text.slice(at, at + 4);
  if (!/^[0-9A-Fa-f]{4}$/.test(hex)) throw new SyntaxError("write four hex digits after \\u");
  return Number.parseInt(hex, 16);
}
