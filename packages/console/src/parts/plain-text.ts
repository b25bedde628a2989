/**
 * Characters that do something to the eye instead of standing there: controls, what has no width or
 * turns the direction of writing round, line ends of Unicode, halves of a pair.
 */
const ACTING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * A text of somebody else's with each such character named in its place: a caller who chooses its
 * own name could else have a record read as another one.
 */
export function plainText(text: string): string {
  return text.replaceAll(ACTING, (character) => {
    const point = character.codePointAt(0) ?? 0;
    return `⟨U+${point.toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
}

/** The same of several lines, which stay lines. */
export function plainLines(text: string): string {
  return text.split("\n").map(plainText).join("\n");
}
