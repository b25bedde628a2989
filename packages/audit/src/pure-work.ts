import { type Enacted, verifyConstitutionChain } from "@writ/bucket/constitution/chain";
import { encodeFrame, type Frame } from "@writ/bucket/read/frame";
import { decodeEvent, type Event } from "@writ/contract/event";
import { leafHash } from "@writ/tlog/hash";

/** Whether a signature (64 bytes) is this key's over this text. */
export type SignatureCheck = (text: Uint8Array, signature: Uint8Array) => boolean;

/**
 * The costly leaves of verification: pure functions of bytes. Together they are nearly all of its
 * time, so this is the seam at which the work can be shared out, or remembered where the same bytes
 * are looked at again and again.
 */
export interface PureWork {
  readonly verifyConstitutionChain: (
    notes: readonly Uint8Array[],
  ) => readonly [Enacted, ...Enacted[]];
  /** The check of one key, named by its vkey. */
  readonly signatureCheck: (vkey: string, check: SignatureCheck) => SignatureCheck;
  readonly leafHash: (entry: Uint8Array) => Uint8Array;
  readonly decodeEvent: (entry: Uint8Array) => Event;
  readonly encodeFrame: (frame: Frame) => Uint8Array;
}

export const DONE_HERE: PureWork = {
  verifyConstitutionChain,
  signatureCheck: (_vkey, check) => check,
  leafHash,
  decodeEvent,
  encodeFrame,
};
