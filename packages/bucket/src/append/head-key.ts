import { parseVerifierKey, type Signer } from "@writ/tlog/note-key";
import type { Enacted } from "../constitution-chain.ts";
import type { FormerKey, HeadKey, HeadVerifier } from "./head.ts";

/** The signer given is not the key that the constitution in force names. */
export class LogKeyRefused extends Error {
  override readonly name = "LogKeyRefused";
  readonly code = "LOG_KEY_REFUSED";

  constructor(given: string, named: string) {
    super(
      `the log key given is ${given}, but the constitution in force names ${named}; give that one, or install a constitution that names this one`,
    );
  }
}

/**
 * Who signs a log's heads under this chain, and whose heads its past has. Throws LogKeyRefused if
 * `signer` is not the key in force.
 */
export function headKey(chain: readonly [Enacted, ...Enacted[]], signer: Signer): HeadKey {
  const { log_key } = (chain.at(-1) ?? chain[0]).constitution;
  if (signer.verifierKey !== log_key) throw new LogKeyRefused(signer.verifierKey, log_key);
  return { ...headVerifier(chain), signer };
}

/** Whose heads a log has under this chain. */
export function headVerifier(chain: readonly [Enacted, ...Enacted[]]): HeadVerifier {
  const { origin, log_key } = (chain.at(-1) ?? chain[0]).constitution;
  return { origin, verifier: parseVerifierKey(log_key), former: formerLogKeys(chain) };
}

/** The log keys of a chain's past, each up to the size from which a later link names another. */
export function formerLogKeys(chain: readonly Enacted[]): FormerKey[] {
  const former: FormerKey[] = [];
  for (const [i, { constitution }] of chain.entries()) {
    const next = chain[i + 1]?.constitution;
    if (next === undefined || next.log_key === constitution.log_key) continue;
    former.push({ verifier: parseVerifierKey(constitution.log_key), until: next.from.size });
  }
  return former;
}
