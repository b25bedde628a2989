/** Words that YAML or its readers take for something else than text. */
const WORDS: ReadonlySet<string> = new Set(
  "true false null yes no on off y n".split(" ").flatMap((word) => [word, word.toUpperCase()]),
);

const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Cn}\p{Co}]/gu;

/** A scalar or a list of scalars as YAML, on one line; what nobody would see is escaped. */
export function yamlText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(yamlText).join(", ")}]`;
  if (typeof value !== "string") return JSON.stringify(value);
  if (/^[a-z][a-z0-9_]*$/i.test(value) && !WORDS.has(value)) return value;
  return JSON.stringify(value).replace(UNSHOWABLE, escaped);
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

/** Columns of text in a comment. */
const WIDTH = 92;
const LINES = 3;

/**
 * Someone else's words as a comment of few lines, each on its own: nothing in them may end the
 * comment, and so become policy.
 */
export function commentLines(text: string): readonly string[] {
  const words = text
    .replace(UNSHOWABLE, " ")
    .split(/\s+/u)
    .filter((word) => word !== "");
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length <= WIDTH) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  lines.push(line);
  const kept = lines.map((each) => each.slice(0, WIDTH)).filter((each) => each !== "");
  if (kept.length <= LINES) return kept.map((each) => `# ${each}`);
  return kept.slice(0, LINES).map((each, at) => `# ${each}${at === LINES - 1 ? " …" : ""}`);
}
