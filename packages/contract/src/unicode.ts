import { LOWERCASE_RUNS, WHITE_SPACE_RANGES } from "./unicode.generated.ts";

/*
 * Step 2 of the normal form: White_Space and Simple_Lowercase_Mapping of Unicode 16.0.0. The
 * engine's own `trim` and `toLowerCase` follow whatever Unicode it was built with (and the full
 * mapping), so they may touch ASCII only.
 */

const PAGE_BITS = 7;
const PAGE_MASK: number = (1 << PAGE_BITS) - 1;

/** What to add to a code point, by page; most pages map nothing and are absent. */
const LOWER_PAGES: readonly (Int32Array | undefined)[] = lowerPages();

function lowerPages(): (Int32Array | undefined)[] {
  const pages: (Int32Array | undefined)[] = new Array(0x110000 >> PAGE_BITS).fill(undefined);
  for (const [first, last, step, shift] of LOWERCASE_RUNS) {
    for (let codePoint = first; codePoint <= last; codePoint += step) {
      const page = pages[codePoint >> PAGE_BITS] ?? new Int32Array(1 << PAGE_BITS);
      page[codePoint & PAGE_MASK] = shift;
      pages[codePoint >> PAGE_BITS] = page;
    }
  }
  return pages;
}

/** Simple_Lowercase_Mapping of Unicode 16.0.0; a code point without one maps to itself. */
export function lowerCodePoint(codePoint: number): number {
  const page = LOWER_PAGES[codePoint >> PAGE_BITS];
  return page === undefined ? codePoint : codePoint + (page[codePoint & PAGE_MASK] ?? 0);
}

/** Up to the last unit that is White_Space. All of it is in the basic plane: a unit is a code point. */
const SPACES: Uint8Array = spaces();

function spaces(): Uint8Array {
  const [, last] = WHITE_SPACE_RANGES.at(-1) ?? [0, 0];
  const found = new Uint8Array(last + 1);
  for (const [first, end] of WHITE_SPACE_RANGES) found.fill(1, first, end + 1);
  return found;
}

/** White_Space of Unicode 16.0.0. */
export function isWhiteSpace(unit: number): boolean {
  return unit < SPACES.length && SPACES[unit] === 1;
}

/** The string without White_Space at either end. */
export function trimText(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhiteSpace(text.charCodeAt(start))) start++;
  while (end > start && isWhiteSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Every code point of a well-formed string through `lowerCodePoint`. */
export function lowerText(text: string): string {
  let lowered = "";
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const start = at;
    let codePoint = text.charCodeAt(at);
    if ((codePoint & 0xfc00) === 0xd800) codePoint = text.codePointAt(at++) ?? codePoint;
    const lower = lowerCodePoint(codePoint);
    if (lower === codePoint) continue;
    lowered += text.slice(from, start) + String.fromCodePoint(lower);
    from = at + 1;
  }
  return from === 0 ? text : lowered + text.slice(from);
}

/** What a string holds besides plain ASCII, as bits. */
export const ESCAPED = 1;
export const WIDE = 2;

/** U+0000 to U+001F, the quote and the backslash need an escape in JSON. */
const ASCII_TRAITS: Uint8Array = new Uint8Array(128);
ASCII_TRAITS.fill(ESCAPED, 0, 0x20);
ASCII_TRAITS[0x22] = ESCAPED;
ASCII_TRAITS[0x5c] = ESCAPED;

/** ESCAPED if JSON needs an escape for any of the ASCII in it; WIDE if there is more than ASCII. */
export function traits(text: string): number {
  let found = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    found |= unit < 0x80 ? (ASCII_TRAITS[unit] ?? 0) : WIDE;
  }
  return found;
}

/** Step 2 on a string value: trimmed, then lowercased. Idempotent. */
export function normalText(text: string): string {
  return lowerText(trimText(text));
}

/** `normalText` of ASCII, which every engine lowercases alike in every locale, and natively fast. */
export function normalPlainText(text: string): string {
  const last = text.length - 1;
  const padded = last >= 0 && (text.charCodeAt(0) <= 0x20 || text.charCodeAt(last) <= 0x20);
  return padded ? trimText(text).toLowerCase() : text.toLowerCase();
}
