import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { isSignature, isStrongPoint } from "./ed25519-point.ts";

/** An Ed25519 private key (RFC 8032): signs, and knows its 32-byte public key. */
export interface SigningKey {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** Whether `signature` is the key's signature over `message`. */
export type Verify = (message: Uint8Array, signature: Uint8Array) => boolean;

/** As `Verify`; the answer may come later. */
export type VerifyLater = (message: Uint8Array, signature: Uint8Array) => Promise<boolean>;

const { Point } = ed25519;

/** The key of a 32-byte seed. Throws a RangeError for another length. */
export function signingKey(seed: Uint8Array): SigningKey {
  if (seed.length !== 32) throw new RangeError("an Ed25519 seed has 32 bytes");
  const secret = new Uint8Array(seed);
  return {
    publicKey: ed25519.getPublicKey(secret),
    sign: (message) => ed25519.sign(message, secret),
  };
}

/** The verifier of a 32-byte public key. Throws a RangeError for one that `isStrongPoint` refuses. */
export function verifyingKey(publicKey: Uint8Array): Verify {
  if (!isStrongPoint(publicKey))
    throw new RangeError("give a canonical Ed25519 public key of 32 bytes");
  const key = new Uint8Array(publicKey);
  return (message, signature) =>
    isSignature(signature) &&
    ed25519.verify(signature, message, key, { zip215: false }) &&
    holdsExactly(message, signature, key);
}

/** As `verifyingKey`; a browser has no thread to spare, so the work is done at once. */
export function verifyingKeyLater(publicKey: Uint8Array): VerifyLater {
  const verify = verifyingKey(publicKey);
  return async (message, signature) => verify(message, signature);
}

/**
 * R = S·B − k·A without the cofactor, as OpenSSL and Go check it. The library alone takes more: a
 * log that crafts its key could then sign a head that an auditor's browser believes and every
 * other tool refuses.
 */
function holdsExactly(message: Uint8Array, signature: Uint8Array, key: Uint8Array): boolean {
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  const k = Point.Fn.create(
    littleEndian(sha512.create().update(r).update(key).update(message).digest()),
  );
  const sB = Point.BASE.multiplyUnsafe(s);
  const kA = Point.fromBytes(key).multiplyUnsafe(k);
  return sB.subtract(kA).equals(Point.fromBytes(r));
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
