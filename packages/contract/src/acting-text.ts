/**
 * Characters that do something to a terminal or to the eye instead of standing there: controls
 * (escape sequences begin with one), what has no width or turns the direction of writing round, line
 * ends of Unicode, halves of a pair.
 */
const ACTING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A text of somebody else's, with `spell` of each such character in its place. */
export function spellActing(text: string, spell: (character: string) => string): string {
  return text.replaceAll(ACTING, spell);
}
