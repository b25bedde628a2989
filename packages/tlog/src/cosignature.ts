import type { Verify } from "#ed25519";

const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;

/** What a witness signs: the checkpoint's text under a header of its own (tlog-cosignature, "Ed25519 signed message"). */
export function cosignedMessage(text: Uint8Array, time: number): Uint8Array {
  const head = new TextEncoder().encode(`cosignature/v1\ntime ${time}\n`);
  const message = new Uint8Array(head.length + text.length);
  message.set(head);
  message.set(text, head.length);
  return message;
}

/** A cosignature as it stands in a signature line: the time as uint64 big-endian, then 64 bytes. */
export function formatCosignature(time: number, signature: Uint8Array): Uint8Array {
  if (!Number.isSafeInteger(time) || time < 0) {
    throw new RangeError("give the time in whole seconds since 1970, below 2^53");
  }
  const bytes = new Uint8Array(TIME_BYTES + signature.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(time));
  bytes.set(signature, TIME_BYTES);
  return bytes;
}

/**
 * When a cosignature says it was made, in seconds since 1970; undefined if `signature` is not one.
 * It is the witness's word, and only once the cosignature has been verified.
 */
export function cosignatureTime(signature: Uint8Array): number | undefined {
  if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) return undefined;
  const view = new DataView(signature.buffer, signature.byteOffset, signature.byteLength);
  const time = Number(view.getBigUint64(0));
  return Number.isSafeInteger(time) ? time : undefined;
}

/** Verifies cosignatures by a key that verifies plain signatures. */
export function cosignatureVerify(verify: Verify): Verify {
  return (text, signature) => {
    const time = cosignatureTime(signature);
    return (
      time !== undefined && verify(cosignedMessage(text, time), signature.subarray(TIME_BYTES))
    );
  };
}
