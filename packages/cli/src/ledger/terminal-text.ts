import { spellActing } from "@writ/contract/acting-text";

/** A text of somebody else's as a terminal may be given it; a backslash is doubled, so that it is plain what stood there. */
export function harmless(text: string): string {
  return spellActing(text.replaceAll("\\", "\\\\"), (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** JSON text that is the same value, without a character that acts: in JSON they stand in strings alone. */
export function harmlessJson(json: string): string {
  return spellActing(json, (character) =>
    Array.from({ length: character.length }, (_, at) => {
      return `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
    }).join(""),
  );
}
