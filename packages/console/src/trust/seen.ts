import { decodeBase64, encodeBase64 } from "@writ/tlog/base64";
import type { Check } from "../proof/check.ts";
import type { ReadCheckpoint } from "../proof/checkpoint-checks.ts";

const STORED = "writ-head:";

/** The largest head of this log that was believed in this browser: its signed note. */
export function headSeen(origin: string): Uint8Array | null {
  return decodeBase64(localStorage.getItem(STORED + origin) ?? "-") ?? null;
}

/** Keeps a head, if a pinned key verified it and it continues the one kept before. */
export function keepHead({ checkpoint, bytes }: ReadCheckpoint, checks: readonly Check[]): void {
  const asked = checks.filter(({ check }) => ABOUT_HEADS.has(check));
  const isBelieved = asked.every(({ answer }) => answer === "holds" || answer === "unneeded");
  if (!isBelieved || !asked.some(({ check }) => check === "signature")) return;
  localStorage.setItem(STORED + checkpoint.origin, encodeBase64(bytes));
}

/** Forgets every head: what is served next is believed to be the first. */
export function forgetHeads(): void {
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith(STORED)) localStorage.removeItem(name);
  }
}

const ABOUT_HEADS: ReadonlySet<string> = new Set([
  "key",
  "checkpoint",
  "origin",
  "signature",
  "cosignature",
  "quorum",
  "stale",
  "consistent",
]);
