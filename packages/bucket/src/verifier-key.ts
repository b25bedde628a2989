import { decodeBase64 } from "@writ/tlog/base64";
import { KeyRefused, parseVerifierKey } from "@writ/tlog/note-key";

/** The signature type of plain Ed25519 note signatures (C2SP signed-note). */
export const NOTE_SIGNATURE = 0x01;

/** The signature type of timestamped checkpoint cosignatures (C2SP tlog-cosignature). */
export const COSIGNATURE = 0x04;

/** A vkey taken apart. */
export interface VerifierKeyParts {
  readonly name: string;
  /** Signature type byte: 1 signs notes, 4 cosigns checkpoints. */
  readonly type: number;
  /** 32 bytes: both types are Ed25519. */
  readonly publicKey: Uint8Array;
}

/** Takes a vkey apart that `parseVerifierKey` accepts. Throws KeyRefused. */
export function dissectVerifierKey(vkey: string): VerifierKeyParts {
  parseVerifierKey(vkey);
  return decodeVerifierKey(vkey);
}

/** The same of a vkey that was accepted before: takes it apart and checks nothing but its form. */
export function decodeVerifierKey(vkey: string): VerifierKeyParts {
  // <name>+<8 hex digits>+<base64>: the base64 may hold a plus, what stands before it may not.
  const end = vkey.indexOf("+");
  const bytes = decodeBase64(vkey.slice(end + 10));
  const type = bytes?.[0];
  if (bytes === undefined || type === undefined) {
    throw new KeyRefused("KEY_MALFORMED", "verifier key: write it as name+8 hex digits+base64");
  }
  return { name: vkey.slice(0, end), type, publicKey: bytes.slice(1) };
}

/** The raw 32 bytes of a vkey's public key. Throws KeyRefused. */
export function rawPublicKey(vkey: string): Uint8Array {
  return dissectVerifierKey(vkey).publicKey;
}
