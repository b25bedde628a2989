import { matchAt } from "./match.ts";

/** What a literal letter of a pattern is not: an escape, a class, a group's flags or name. */
const SKIPPED =
  /\\Q[\s\S]*?(?:\\E|$)|\\[pPx]\{[^}]*\}|\\[pP][\s\S]|\\x[\s\S]{2}|\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:\^?[a-z]+:\]|[^\]\\])*\]|\(\?[^):>]*[:)>]/uy;
/** Flags that make upper and lower case alike. */
const CASELESS = /\(\?[a-zA-Z]*i/;

/**
 * The first letter of a pattern that no lower-cased text can match, or null. A class is left alone
 * (`[A-Za-z]` still matches), and so is a pattern that ignores case somewhere.
 */
export function firstUpperCase(pattern: string, isLower: (text: string) => boolean): string | null {
  if (CASELESS.test(pattern)) return null;
  let at = 0;
  while (at < pattern.length) {
    const skipped = matchAt(SKIPPED, pattern, at);
    const letter = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
    if (skipped === null && !isLower(letter)) return letter;
    at += skipped === null ? letter.length : skipped[0].length;
  }
  return null;
}
