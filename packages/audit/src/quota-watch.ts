import type { Constitution } from "@writ/bucket/constitution";
import { verifyConstitutionChain } from "@writ/bucket/constitution/chain";
import { type QuotaUse, quotaUse } from "@writ/bucket/constitution/usage";
import type { Folder } from "@writ/bucket/read/folder";
import type { Tally } from "@writ/bucket/read/frame";
import { readConstitutions } from "@writ/bucket/read/log-key";

/** What is used of every quota of the constitution in force. Throws ConstitutionRefused. */
export function quotasOf(bucket: Folder, tallies: ReadonlyMap<string, Tally>): readonly QuotaUse[] {
  const chain = verifyConstitutionChain(readConstitutions(bucket));
  const constitution: Constitution = (chain.at(-1) ?? chain[0]).constitution;
  return quotaUse(constitution, tallies);
}

/** Says once when a quota comes near its end, reaches it, or has room again. */
export class QuotaWatch {
  readonly #onNote: (line: string) => void;
  readonly #levels = new Map<string, QuotaUse["level"]>();

  constructor(onNote: (line: string) => void) {
    this.#onNote = onNote;
  }

  look(quotas: readonly QuotaUse[]): void {
    for (const { writer, of, used, limit, level } of quotas) {
      const whose = `${writer === null ? "the whole log" : `writer ${writer}`}, ${of}`;
      const before = this.#levels.get(whose) ?? "free";
      this.#levels.set(whose, level);
      if (level === before) continue;
      this.#onNote(`quota of ${whose}: ${used} of ${limit} used (${level})`);
    }
  }
}
