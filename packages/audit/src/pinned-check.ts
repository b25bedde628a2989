import { peekConstitution } from "@writ/bucket/constitution/chain";
import { equalBytes } from "@writ/tlog/hash";
import { NoteRefused, openNote } from "@writ/tlog/note";
import type { Chain } from "./constitution-check.ts";
import type { PureWork } from "./pure-work.ts";
import type { Findings } from "./verify-report.ts";

/** What an auditor holds of a log's governance, from somewhere other than the Bucket. */
export type Pinned =
  | { readonly kind: "constitution"; readonly note: Uint8Array }
  /** Governance keys, and how many of them must have signed. */
  | { readonly kind: "keys"; readonly keys: readonly string[]; readonly threshold: number };

/** Throws ConstitutionRefused or KeyRefused for a pin that is none: the caller's mistake. */
export function requirePinned(pinned: Pinned, work: PureWork): void {
  if (pinned.kind === "constitution") peekConstitution(pinned.note);
  else pinned.keys.forEach(work.verifier);
}

/**
 * Whether the chain is the auditor's, and the line of evidence. One link is enough, whichever: those
 * before it are named by digest, one by the next, and those after it are signed by the governance
 * before them, which the chain's own check has seen to.
 */
export function checkPinned(
  pinned: Pinned | undefined,
  { notes, chain }: { readonly notes: readonly Uint8Array[]; readonly chain: Chain },
  work: PureWork,
  findings: Findings,
): string {
  if (pinned === undefined) {
    return "the first constitution is taken at its word; later ones are signed by the governance before them";
  }
  findings.made("pinned");
  const found =
    pinned.kind === "constitution" ? pinnedText(pinned.note, chain) : signedBy(pinned, notes, work);
  if (found >= 0) {
    return pinned.kind === "constitution"
      ? `constitution ${found} is the one given, and vouches for all of them`
      : `constitution ${found} is signed by ${pinned.threshold} of the governance keys given, and vouches for all of them`;
  }
  const missing =
    pinned.kind === "constitution"
      ? "the constitution given is none of this log's"
      : `no constitution is signed by ${pinned.threshold} of the governance keys given`;
  findings.add("pinned", null, missing);
  return missing;
}

function pinnedText(note: Uint8Array, chain: Chain): number {
  const { digest } = peekConstitution(note);
  return chain.findIndex((enacted) => equalBytes(enacted.digest, digest));
}

/** The newest constitution that enough of these keys signed, or −1. */
function signedBy(
  { keys, threshold }: Extract<Pinned, { kind: "keys" }>,
  notes: readonly Uint8Array[],
  work: PureWork,
): number {
  const verifiers = keys.map(work.verifier);
  return notes.findLastIndex((note) => {
    try {
      return openNote(note, verifiers).verified.length >= threshold;
    } catch (error) {
      if (error instanceof NoteRefused) return false;
      throw error;
    }
  });
}
