/**
 * Characters that do something to a terminal or to the eye instead of standing there: controls
 * (escape sequences begin with one), what has no width or turns the direction of writing round, line
 * ends of Unicode, halves of a pair.
 */
const ACTING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A text of somebody else's as a terminal may be given it; a backslash is doubled, so that it is plain what stood there. */
export function harmless(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll(ACTING, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** JSON text that is the same value, without a character that acts: in JSON they stand in strings alone. */
export function harmlessJson(json: string): string {
  return json.replaceAll(ACTING, (character) =>
    Array.from({ length: character.length }, (_, at) => {
      return `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
    }).join(""),
  );
}
