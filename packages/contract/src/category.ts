/** The category of an envelope that names none by its grammar; no bundle may define it. */
export const UNRECOGNIZED = "unrecognized";

/** A category has no digit, so it cannot run into the version that follows it (contract §1.2). */
export function isCategory(text: string): boolean {
  return text.length <= 64 && /^[a-z][a-z_]*$/.test(text);
}
