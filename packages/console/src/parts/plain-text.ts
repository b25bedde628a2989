import { spellActing } from "@writ/contract/acting-text";

/**
 * A text of somebody else's with each character named that acts on the eye: a caller who chooses its
 * own name could else have a record read as another one.
 */
export function plainText(text: string): string {
  return spellActing(text, (character) => {
    const point = character.codePointAt(0) ?? 0;
    return `⟨U+${point.toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
}

/** The same of several lines, which stay lines. */
export function plainLines(text: string): string {
  return text.split("\n").map(plainText).join("\n");
}
