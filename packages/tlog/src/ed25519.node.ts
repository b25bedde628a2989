import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import type { SigningKey, Verify, VerifyLater } from "./ed25519.browser.ts";
import { isSignature, isStrongPoint } from "./ed25519-point.ts";

// RFC 8410: what stands before the 32 raw bytes in PKCS #8 and in SubjectPublicKeyInfo.
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** The key of a 32-byte seed. Throws a RangeError for another length. */
export function signingKey(seed: Uint8Array): SigningKey {
  if (seed.length !== 32) throw new RangeError("an Ed25519 seed has 32 bytes");
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: "der",
    type: "pkcs8",
  });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return {
    publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX.length)),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

/** The verifier of a 32-byte public key. Throws a RangeError for one that `isStrongPoint` refuses. */
export function verifyingKey(publicKey: Uint8Array): Verify {
  const key = publicKeyObject(publicKey);
  return (message, signature) => isSignature(signature) && verify(null, message, key, signature);
}

/**
 * As `verifyingKey`, but on a thread of Node's pool: its 0.1 ms would hold up everybody else.
 * Neither array may change before the answer.
 */
export function verifyingKeyLater(publicKey: Uint8Array): VerifyLater {
  const key = publicKeyObject(publicKey);
  return (message, signature) => {
    if (!isSignature(signature)) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      verify(null, message, key, signature, (error, holds) => {
        if (error === null) resolve(holds);
        else reject(error);
      });
    });
  };
}

function publicKeyObject(publicKey: Uint8Array): KeyObject {
  if (!isStrongPoint(publicKey)) {
    throw new RangeError("give a canonical Ed25519 public key of 32 bytes");
  }
  return createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, publicKey]),
    format: "der",
    type: "spki",
  });
}
