/** Whom the auditor believes about a log: keys pasted or pinned in this browser. */
export interface Trust {
  /** The log's verifier key; null while none is pinned. */
  readonly log: string | null;
  /** Witnesses' verifier keys. */
  readonly witnesses: readonly string[];
  /** How many of the witnesses must have cosigned; null for all of them. */
  readonly quorum: number | null;
  /** Where the log's key came from: pasted by hand, or the server's own word on first use. */
  readonly by: "hand" | "first use";
}

const STORED = "writ-trust";
const NOBODY: Trust = { log: null, witnesses: [], quorum: null, by: "hand" };

/** The keys pinned in this browser. */
export function pinnedTrust(): Trust {
  try {
    return { ...NOBODY, ...(JSON.parse(localStorage.getItem(STORED) ?? "{}") as Partial<Trust>) };
  } catch {
    return NOBODY;
  }
}

export function pinTrust(trust: Trust): void {
  localStorage.setItem(STORED, JSON.stringify(trust));
}

/** Nobody is believed any more. */
export function unpinTrust(): void {
  localStorage.removeItem(STORED);
}
