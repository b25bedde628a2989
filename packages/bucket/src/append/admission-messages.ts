import type { RejectionCode } from "./ending.ts";
import { BODY_OFFSET, frameMessage, openMessage, WireFault } from "./framing.ts";
import {
  COUNTER_BYTES,
  counterAt,
  decodeFate,
  ENTRY_BYTES,
  fateByte,
  MESSAGE,
  viewOf,
} from "./messages.ts";

/** Asks for room for one event, given in its largest form. */
export interface Admit {
  /** 1, 2, … within one connection; strictly rising. */
  readonly admission: number;
  readonly largest: Uint8Array;
}

/** The Bucket's answer: null grants, and reserves the room. */
export interface AdmitAnswer {
  readonly admission: number;
  readonly code: RejectionCode | null;
}

export function encodeAdmit({ admission, largest }: Admit): Uint8Array {
  const bytes = openMessage(MESSAGE.admit, COUNTER_BYTES + largest.length);
  viewOf(bytes).setBigUint64(BODY_OFFSET, BigInt(admission));
  bytes.set(largest, BODY_OFFSET + COUNTER_BYTES);
  return bytes;
}

/** Throws WireFault. `largest` is a view of `body`. */
export function decodeAdmit(body: Uint8Array): Admit {
  const length = body.length - COUNTER_BYTES;
  if (length < 1 || length > ENTRY_BYTES) {
    throw new WireFault(`admit of ${length} bytes; send between 1 and ${ENTRY_BYTES}`);
  }
  const admission = counterAt(viewOf(body), 0, "admission");
  return { admission, largest: body.subarray(COUNTER_BYTES) };
}

export function encodeAdmitted({ admission, code }: AdmitAnswer): Uint8Array {
  const bytes = frameMessage(MESSAGE.admitted, COUNTER_BYTES + 1);
  viewOf(bytes).setBigUint64(BODY_OFFSET, BigInt(admission));
  bytes[BODY_OFFSET + COUNTER_BYTES] = fateByte(code);
  return bytes;
}

/** Throws WireFault. */
export function decodeAdmitted(body: Uint8Array): AdmitAnswer {
  if (body.length !== COUNTER_BYTES + 1) throw new WireFault("admitted has the wrong length");
  return {
    admission: counterAt(viewOf(body), 0, "admission"),
    code: decodeFate(body[COUNTER_BYTES]),
  };
}

/** Gives the room of an admission back. It has no answer. */
export function encodeRelease(admission: number): Uint8Array {
  const bytes = frameMessage(MESSAGE.release, COUNTER_BYTES);
  viewOf(bytes).setBigUint64(BODY_OFFSET, BigInt(admission));
  return bytes;
}

/** Throws WireFault. */
export function decodeRelease(body: Uint8Array): number {
  if (body.length !== COUNTER_BYTES) throw new WireFault("release has the wrong length");
  return counterAt(viewOf(body), 0, "admission");
}
