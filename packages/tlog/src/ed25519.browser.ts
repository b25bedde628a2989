import { ed25519 } from "@noble/curves/ed25519.js";

/** An Ed25519 private key (RFC 8032): signs, and knows its 32-byte public key. */
export interface SigningKey {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** Whether `signature` (64 bytes, else false) is the key's signature over `message`. */
export type Verify = (message: Uint8Array, signature: Uint8Array) => boolean;

/** The key of a 32-byte seed. Throws a RangeError for another length. */
export function signingKey(seed: Uint8Array): SigningKey {
  if (seed.length !== 32) throw new RangeError("an Ed25519 seed has 32 bytes");
  const secret = seed.slice();
  return {
    publicKey: ed25519.getPublicKey(secret),
    sign: (message) => ed25519.sign(message, secret),
  };
}

/** The verifier of a 32-byte public key. Throws a RangeError for another length. */
export function verifyingKey(publicKey: Uint8Array): Verify {
  if (publicKey.length !== 32) throw new RangeError("an Ed25519 public key has 32 bytes");
  const key = publicKey.slice();
  return (message, signature) =>
    signature.length === 64 && ed25519.verify(signature, message, key, { zip215: false });
}
