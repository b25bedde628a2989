const STORED = "writ-auditor-key";

/**
 * The auditor's key: taken out of the address, which no browser sends and no server logs, at once;
 * kept for this tab alone. A key given by hand replaces it.
 */
export function takeAuditorKey(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given === null) return sessionStorage.getItem(STORED);
  keepAuditorKey(given);
  history.replaceState(null, "", `${location.pathname}${location.search}#/now`);
  return given;
}

/** Keeps a key for this tab, or forgets it. */
export function keepAuditorKey(key: string | null): void {
  if (key === null || key === "") sessionStorage.removeItem(STORED);
  else sessionStorage.setItem(STORED, key);
}
