import { randomBytes } from "node:crypto";
import { gatewayName } from "@writ/contract/decision-id";
import { formatSignerKey, KeyRefused, parseSignerKey } from "@writ/tlog/note-key";
import { rawPublicKey } from "./verifier-key.ts";

/** A writer's secret key, opened. */
export interface OpenWriterKey {
  /** What decision ids begin with: first 16 hex digits of SHA-256 of the raw public key. */
  readonly name: string;
  /** The public half, as it stands in a constitution. */
  readonly verifierKey: string;
  /** Signs with Ed25519; 64 bytes. */
  readonly sign: (text: Uint8Array) => Uint8Array;
}

/**
 * A fresh signer key from the system's randomness: one line, as key files hold it. Secret.
 * `keyName` names the holder, for people. Throws KeyRefused for a bad name.
 */
export function generateSignerKey(keyName: string): string {
  return `${formatSignerKey(keyName, randomBytes(32))}\n`;
}

/** Reads the one line of a signer key file as a writer's key. Throws KeyRefused. */
export function openWriterKey(text: string): OpenWriterKey {
  const { verifierKey, sign } = parseSignerKey(signerKeyLine(text));
  return { name: writerName(verifierKey), verifierKey, sign };
}

/** What a writer with this vkey is called. Throws KeyRefused. */
export function writerName(verifierKey: string): string {
  return gatewayName(rawPublicKey(verifierKey));
}

/** The signer key in a key file: exactly one line. Throws KeyRefused, which never quotes the key. */
export function signerKeyLine(text: string): string {
  const [line = "", ...rest] = text.split("\n");
  if (rest.length !== 1 || rest[0] !== "") {
    throw new KeyRefused(
      "KEY_MALFORMED",
      "signer key file: keep exactly one line in it, ended by LF",
    );
  }
  return line;
}
