/** A word or phrase that a text must not contain, and what it is then. */
export interface Phrase {
  readonly outcome: "REWRITE" | "BLOCK";
  readonly reason: string;
  readonly words: string;
}

export interface Judgement {
  readonly outcome: "EXECUTE" | "REWRITE" | "BLOCK";
  readonly reason: string;
}

/** Reads the word list: outcome, reason, phrase; empty lines and those that begin with # say nothing. */
export function readPhrases(list: string): readonly Phrase[] {
  return list
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, outcome, reason, words] = /^(REWRITE|BLOCK) +([A-Z_]+) +(.+)$/.exec(line) ?? [];
      if (outcome === undefined || reason === undefined || words === undefined) {
        throw new Error(`write outcome, reason and phrase: ${line}`);
      }
      return { outcome: outcome as Phrase["outcome"], reason, words: plain(words) };
    });
}

/** The verdict on a text: that of the most severe phrase in it, the first in the list of those. */
export function judge(phrases: readonly Phrase[], text: string): Judgement {
  const found = phrases.filter(({ words }) => plain(text).includes(words));
  const worst = found.find(({ outcome }) => outcome === "BLOCK") ?? found[0];
  return worst === undefined
    ? { outcome: "EXECUTE", reason: "CLEAN" }
    : { outcome: worst.outcome, reason: worst.reason };
}

/** Invisible and decorative characters must not split a word, so only letters and digits count. */
function plain(text: string): string {
  const folded = text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\p{Cf}/gu, "");
  return ` ${folded.replace(/[^\p{L}\p{N}]+/gu, " ").trim()} `;
}
