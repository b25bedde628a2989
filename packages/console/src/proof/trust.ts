import { decodeBase64 } from "@writ/tlog/base64";
import { KeyRefused, parseVerifierKey, type Verifier } from "@writ/tlog/note-key";
import { sentenceOf } from "./check.ts";

/** Whom the reader believes. Keys must come from elsewhere than what they are to check. */
export interface Trust {
  /** The log's verifiers: it may have changed its key. With none, no checkpoint can be believed. */
  readonly logs: readonly Verifier[];
  /** Verifiers of cosignatures, each of another witness. */
  readonly witnesses: readonly Verifier[];
  /** How many of them must have cosigned; 0 where none is given. */
  readonly quorum: number;
}

/** As keys are pasted, pinned, or written into a page: one vkey a line. */
export interface TrustText {
  readonly logKeys: string;
  readonly witnessKeys: string;
  /** A decimal; empty for all of the witnesses. */
  readonly quorum: string;
}

/** Nobody is believed: the state before any key is given. */
export const NO_TRUST: Trust = { logs: [], witnesses: [], quorum: 0 };

const COSIGNATURE_TYPE = 0x04;

/**
 * Reads keys. All faults are given at once, as sentences for whoever pasted them.
 */
export function readTrust({
  logKeys,
  witnessKeys,
  quorum,
}: TrustText): { readonly trust: Trust } | { readonly faults: readonly string[] } {
  const faults: string[] = [];
  const logs = linesOf(logKeys);
  const witnesses = linesOf(witnessKeys);
  requireType(logs, false, "is a witness's key, not a log's", faults);
  requireType(witnesses, true, "is not a witness's key (those are of type 4)", faults);
  requireDistinct([...logs, ...witnesses], faults);
  const trust: Trust = {
    logs: verifiers(logs, faults),
    witnesses: verifiers(witnesses, faults),
    quorum: readQuorum(quorum.trim(), witnesses.length, faults),
  };
  return faults.length > 0 ? { faults } : { trust };
}

function linesOf(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function verifiers(vkeys: readonly string[], faults: string[]): readonly Verifier[] {
  return vkeys.flatMap((vkey) => {
    try {
      return [parseVerifierKey(vkey)];
    } catch (error) {
      if (!(error instanceof KeyRefused)) throw error;
      faults.push(sentenceOf(error));
      return [];
    }
  });
}

/** One public key under two names would count twice toward a quorum. */
function requireDistinct(vkeys: readonly string[], faults: string[]): void {
  const raw = vkeys.map((vkey) => String(keyBytes(vkey)?.subarray(1) ?? vkey));
  if (new Set(raw).size < raw.length) faults.push("Give each public key once.");
}

function requireType(
  vkeys: readonly string[],
  cosigns: boolean,
  what: string,
  faults: string[],
): void {
  for (const vkey of vkeys) {
    const type = keyBytes(vkey)?.[0];
    if (type !== undefined && (type === COSIGNATURE_TYPE) !== cosigns) {
      faults.push(`The key of ${vkey.split("+", 1)[0] ?? ""} ${what}.`);
    }
  }
}

/** Type byte and public key: what stands in base64 behind name and key ID. */
function keyBytes(vkey: string): Uint8Array | undefined {
  const encoded = /^[^+]*\+[0-9a-f]{8}\+(.+)$/.exec(vkey)?.[1];
  return encoded === undefined ? undefined : decodeBase64(encoded);
}

function readQuorum(text: string, witnesses: number, faults: string[]): number {
  const quorum = text === "" ? witnesses : Number(text);
  const least = witnesses === 0 ? 0 : 1;
  if (Number.isInteger(quorum) && quorum >= least && quorum <= witnesses) return quorum;
  faults.push(
    witnesses === 0
      ? "A quorum needs witnesses' keys."
      : `Give a quorum from 1 to ${witnesses}, the number of witnesses' keys.`,
  );
  return witnesses;
}
