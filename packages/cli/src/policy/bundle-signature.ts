import { decodeBase64 } from "@writ/tlog/base64";
import { NoteRefused, openNote, parseNote, type Signature, signNote } from "@writ/tlog/note";
import { parseVerifierKey, type Signer, type Verifier } from "@writ/tlog/note-key";

/** Lies beside the bundle's files and is none of them. */
export const SIGNATURE_FILE = "bundle.sig";

/** What is signed of a policy: SPEC, chapter on signed bundles. */
export interface SignedContent {
  readonly name: string;
  /** Of the bundle's content, 64 lowercase hex digits. */
  readonly digest: string;
}

export function signedText({ name, digest }: SignedContent): string {
  return `writ-bundle/v1\n${name}\n${digest}\n`;
}

export interface Signed {
  readonly note: Uint8Array;
  /** Signatures of an earlier content, which no longer say anything. */
  readonly dropped: number;
}

/**
 * The note with one more signature. What `existing` holds over the same content is kept, one of the
 * signer's own gives way. Throws NoteRefused if `existing` is no note.
 */
export function addSignature(
  content: SignedContent,
  signer: Signer,
  existing: Uint8Array | null,
): Signed {
  const text = signedText(content);
  const old = existing === null ? null : parseNote(existing);
  const kept: readonly Signature[] = old?.text === text ? old.signatures : [];
  const note = signNote(text, [signer], kept);
  return { note, dropped: (old?.signatures.length ?? 0) - kept.length };
}

/** A verifier key that may not count as a signer of bundles. */
export class SignerRefused extends Error {
  readonly code: "SIGNER_REFUSED" = "SIGNER_REFUSED";
}

const ED25519 = 0x01;

/**
 * The keys whose signatures count, one holder each. Throws KeyRefused, and SignerRefused for a
 * witness's key and for one that is there twice: under two names too, or one holder makes a quorum.
 */
export function bundleSigners(vkeys: readonly string[]): readonly Verifier[] {
  const holders = new Set<string>();
  return vkeys.map((vkey) => {
    const verifier = parseVerifierKey(vkey);
    const [type, ...raw] = decodeBase64(vkey.slice(verifier.name.length + 10)) ?? [];
    if (type !== ED25519)
      throw new SignerRefused(`${verifier.name} signs checkpoints, not bundles`);
    if (holders.has(raw.join())) throw new SignerRefused(`give the key of ${verifier.name} once`);
    holders.add(raw.join());
    return verifier;
  });
}

/** Why a policy is not the one that was signed. */
export type SignatureVerdict =
  | { readonly ok: true; readonly signers: readonly string[] }
  | { readonly ok: false; readonly why: string };

/** Whether at least `threshold` of the signers have signed exactly this content. */
export function verifyBundle(
  content: SignedContent,
  note: Uint8Array,
  signers: readonly Verifier[],
  threshold: number,
): SignatureVerdict {
  try {
    const { text, verified } = openNote(note, signers);
    if (text !== signedText(content)) {
      return { ok: false, why: "what was signed is another policy, or an earlier one" };
    }
    if (verified.length < threshold) {
      return { ok: false, why: `${verified.length} of the ${threshold} signatures that it needs` };
    }
    return { ok: true, signers: verified.map(({ name }) => name) };
  } catch (error) {
    if (!(error instanceof NoteRefused)) throw error;
    return { ok: false, why: error.message };
  }
}
