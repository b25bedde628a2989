import { decodeBase64, encodeBase64 } from "@writ/tlog/base64";
import { HASH_SIZE } from "@writ/tlog/hash";
import { type Proof, ProofRefused } from "@writ/tlog/proof";

/** The body of an `add-checkpoint` request (C2SP tlog-witness). */
export interface AddCheckpoint {
  /** Size of the tree that the witness is thought to have cosigned last. */
  readonly oldSize: number;
  /** RFC 6962 consistency proof from `oldSize` to the checkpoint's size. */
  readonly proof: Proof;
  /** The checkpoint: a signed note, nothing of it read here. */
  readonly note: Uint8Array;
}

/** A body that is no `add-checkpoint` request. */
export class RequestMalformed extends Error {
  override readonly name = "RequestMalformed";
  readonly code = "REQUEST_MALFORMED";
}

/** tlog-witness: no more than 63 proof lines; no tree below 2^64 leaves needs more. */
export const MAX_PROOF_LINES = 63;
/** Longest request taken: 63 proof lines, and a checkpoint with room for many signatures. */
export const MAX_REQUEST_BYTES: number = 64 * 1024;

const OLD_SIZE = /^old (0|[1-9][0-9]{0,15})$/;
const BLANK_LINE = "\n\n";

/** The bytes of a request. Throws ProofRefused for a proof with too many hashes. */
export function formatAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): Uint8Array {
  if (proof.length > MAX_PROOF_LINES) {
    throw new ProofRefused("PROOF_LENGTH", `proof: give at most ${MAX_PROOF_LINES} hashes`);
  }
  const lines = [`old ${oldSize}`, ...proof.map(encodeBase64), ""];
  return Buffer.concat([Buffer.from(`${lines.join("\n")}\n`), note]);
}

/** Reads exactly the bytes that `formatAddCheckpoint` gives. Throws RequestMalformed. */
export function parseAddCheckpoint(body: Uint8Array): AddCheckpoint {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const end = bytes.indexOf(BLANK_LINE);
  if (end === -1) throw new RequestMalformed("put an empty line before the checkpoint");
  // latin1: one character a byte, so that what is not ASCII fails the grammars below.
  const [first = "", ...hashes] = bytes.subarray(0, end).toString("latin1").split("\n");
  const oldSize = Number(OLD_SIZE.exec(first)?.[1]);
  if (!Number.isSafeInteger(oldSize)) {
    throw new RequestMalformed("begin with the line: old SIZE, in decimal and below 2^53");
  }
  if (hashes.length > MAX_PROOF_LINES) {
    throw new RequestMalformed(`give at most ${MAX_PROOF_LINES} lines of proof`);
  }
  const note = bytes.subarray(end + BLANK_LINE.length);
  return { oldSize, proof: hashes.map(hashOf), note };
}

function hashOf(line: string): Uint8Array {
  const hash = decodeBase64(line);
  if (hash?.length !== HASH_SIZE) {
    throw new RequestMalformed("write each hash of the proof as base64 of 32 bytes");
  }
  return hash;
}
