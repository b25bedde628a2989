const STORED = "writ-auditor-key";

/**
 * The auditor's key: taken out of the address, which no browser sends and no server logs, at once;
 * kept for this tab alone. A key given by hand replaces it.
 */
export function takeAuditorKey(): string | null {
  const given = keyInAddress();
  if (given === null) return sessionStorage.getItem(STORED);
  keepAuditorKey(given);
  history.replaceState(null, "", `${location.pathname}${location.search}#/now`);
  return given;
}

/** An address with a key, put into a tab that shows this page already, loads nothing by itself. */
export function followAuditorKey(): void {
  addEventListener("hashchange", () => {
    if (keyInAddress() === null) return;
    takeAuditorKey();
    location.reload();
  });
}

function keyInAddress(): string | null {
  return new URLSearchParams(location.hash.slice(1)).get("key");
}

/** Keeps a key for this tab, or forgets it. */
export function keepAuditorKey(key: string | null): void {
  if (key === null || key === "") sessionStorage.removeItem(STORED);
  else sessionStorage.setItem(STORED, key);
}
