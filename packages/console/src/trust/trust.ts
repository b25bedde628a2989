/** Whom the auditor believes about a log: keys pasted or pinned in this browser. */
export interface Trust {
  /** The log's verifier key; null while none is pinned. */
  readonly log: string | null;
  /** Witnesses' verifier keys. */
  readonly witnesses: readonly string[];
}

const STORED = "writ-trust";
const NOBODY: Trust = { log: null, witnesses: [] };

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
