import type { Trust } from "../proof/trust.ts";
import { readTrust } from "../proof/trust.ts";
import type { LogSource } from "../source/source.ts";
import { pinnedTrust } from "../trust/trust.ts";

/** Whom checks believe, and on whose word. */
export interface Believed {
  readonly trust: Trust;
  /** The log's verifier key that is believed. */
  readonly vkey: string;
  /** Whether the auditor pinned it; else it is the word of whoever served this page. */
  readonly isPinned: boolean;
}

/** The keys pinned in this browser; where there are none, the log's key as the server states it. */
export async function believedKeys(source: LogSource, signal?: AbortSignal): Promise<Believed> {
  const { log, witnesses, quorum: needed } = pinnedTrust();
  const vkey = log ?? (await source.text("vkey", signal)).trim();
  const quorum = needed === null ? "" : String(needed);
  const read = readTrust({ logKeys: vkey, witnessKeys: witnesses.join("\n"), quorum });
  if ("faults" in read) throw new Error(read.faults.join(" "));
  return { trust: read.trust, vkey, isPinned: log !== null };
}
