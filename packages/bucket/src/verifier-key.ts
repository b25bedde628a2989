import { decodeBase64 } from "@writ/tlog/base64";
import { isKeyName, KeyRefused, keyId } from "@writ/tlog/note-key";

/** The signature type of timestamped checkpoint cosignatures (C2SP tlog-cosignature). */
export const COSIGNATURE = 0x04;

const FORM = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/;

/** A vkey taken apart. */
export interface VerifierKeyParts {
  readonly name: string;
  readonly keyId: number;
  /** Signature type byte: 1 signs notes, 4 cosigns checkpoints. */
  readonly type: number;
  /** 32 bytes: both types are Ed25519. */
  readonly publicKey: Uint8Array;
}

/**
 * Takes a vkey of any Ed25519 signature type apart and checks that its ID belongs to it. Throws
 * KeyRefused.
 */
export function dissectVerifierKey(vkey: string): VerifierKeyParts {
  const [, name = "", id = "", encoded = ""] = FORM.exec(vkey) ?? [];
  const bytes = decodeBase64(encoded);
  if (!isKeyName(name) || bytes?.length !== 33) {
    throw new KeyRefused("KEY_MALFORMED", "verifier key: write it as name+8 hex digits+base64");
  }
  const type = bytes[0] ?? 0;
  const publicKey = bytes.slice(1);
  const computed = keyId(name, type, publicKey);
  if (computed !== Number.parseInt(id, 16)) {
    throw new KeyRefused("KEY_ID_MISMATCH", "verifier key: its ID is not that of its name and key");
  }
  return { name, keyId: computed, type, publicKey };
}

/** The raw 32 bytes of a vkey's public key. Throws KeyRefused. */
export function rawPublicKey(vkey: string): Uint8Array {
  return dissectVerifierKey(vkey).publicKey;
}
