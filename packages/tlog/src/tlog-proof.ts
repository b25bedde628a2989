import { decodeBase64, encodeBase64 } from "./base64.ts";
import { type CheckpointTrust, openCheckpoint, type SignedCheckpoint } from "./checkpoint.ts";
import { HASH_SIZE } from "./hash.ts";
import { MAX_NOTE_BYTES, parseNote } from "./note.ts";
import { type Proof, verifyInclusion } from "./proof.ts";

/** A proof that one entry is in a log, checkable without the log (C2SP tlog-proof). */
export interface TlogProof {
  /** Opaque, not authenticated by anything; null if there is none. Never empty. */
  readonly extra: Uint8Array | null;
  /** The entry's index in the log, from 0. */
  readonly index: number;
  readonly proof: Proof;
  /** The signed note, byte for byte as the log gave it. */
  readonly checkpoint: Uint8Array;
}

/** Bytes that are not a tlog-proof. What is wrong with its content is said by ProofRefused and others. */
export class TlogProofRefused extends Error {
  override readonly name = "TlogProofRefused";
  readonly code = "TLOG_PROOF_MALFORMED";
}

const MAGIC = "c2sp.org/tlog-proof@v1";
const EXTRA = "extra ";
const INDEX = "index ";
const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;
/** No audit path of a tree below 2^53 leaves is longer. */
const MAX_HASHES = 53;
/** Room for the lines before a checkpoint of the largest size, with as much again of extra data. */
const MAX_PROOF_BYTES = 2 * MAX_NOTE_BYTES;

/** The bytes of a `.tlog-proof` file. Throws TlogProofRefused for what none can hold. */
export function formatTlogProof({ extra, index, proof, checkpoint }: TlogProof): Uint8Array {
  requireNote(checkpoint);
  if (extra?.length === 0) throw malformed("give extra data of at least one byte, or null");
  if (!Number.isSafeInteger(index) || index < 0)
    throw malformed("give an index from 0 to 2^53 - 1");
  if (proof.length > MAX_HASHES || !proof.every((hash) => hash.length === HASH_SIZE)) {
    throw malformed(`give at most ${MAX_HASHES} hashes, 32 bytes each`);
  }
  const lines = [
    MAGIC,
    ...(extra === null ? [] : [EXTRA + encodeBase64(extra)]),
    INDEX + String(index + 0),
    ...proof.map(encodeBase64),
  ];
  const head = new TextEncoder().encode(`${lines.join("\n")}\n\n`);
  const bytes = new Uint8Array(head.length + checkpoint.length);
  bytes.set(head);
  bytes.set(checkpoint, head.length);
  requireProofSize(bytes);
  return bytes;
}

/**
 * Takes a proof apart, believing nothing: exactly the bytes that `formatTlogProof` gives. Throws
 * TlogProofRefused.
 */
export function parseTlogProof(bytes: Uint8Array): TlogProof {
  requireProofSize(bytes);
  const end = endOfHead(bytes);
  const checkpoint = new Uint8Array(bytes.subarray(end + 2));
  requireNote(checkpoint);
  const lines = decodeHead(bytes.subarray(0, end)).split("\n");
  if (lines.shift() !== MAGIC) throw malformed(`begin it with ${MAGIC}`);
  const extra = lines[0]?.startsWith(EXTRA) ? parseExtra(lines.shift()) : null;
  const index = parseIndex(lines.shift());
  if (lines.length > MAX_HASHES) throw malformed(`give at most ${MAX_HASHES} hashes`);
  return { extra, index, proof: lines.map(parseHash), checkpoint };
}

/**
 * Returns the checkpoint if the entry of hash `leaf` is proven to be in the log: the checkpoint
 * opens under `trust`, and the audit path leads from the leaf to its root. Throws TlogProofRefused,
 * NoteRefused, CheckpointRefused or ProofRefused.
 */
export function verifyTlogProof(
  bytes: Uint8Array,
  leaf: Uint8Array,
  trust: CheckpointTrust,
): SignedCheckpoint {
  const { index, proof, checkpoint } = parseTlogProof(bytes);
  const signed = openCheckpoint(checkpoint, trust);
  const { size, root } = signed.checkpoint;
  verifyInclusion({ index, leaf, size, root }, proof);
  return signed;
}

/** The first empty line ends the head: no line of it is empty. */
function endOfHead(bytes: Uint8Array): number {
  const end = bytes.findIndex((byte, i) => byte === 0x0a && bytes[i + 1] === 0x0a);
  if (end < 0) throw malformed("put an empty line before the checkpoint");
  return end;
}

function decodeHead(head: Uint8Array): string {
  if (!head.every((byte) => byte < 0x80))
    throw malformed("write it in ASCII before the checkpoint");
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(head);
}

function parseExtra(line = ""): Uint8Array {
  const extra = decodeBase64(line.slice(EXTRA.length));
  if (extra === undefined || extra.length === 0) throw malformed("write extra data as base64");
  return extra;
}

function parseIndex(line = ""): number {
  const digits = line.startsWith(INDEX) ? line.slice(INDEX.length) : "";
  const index = Number(digits);
  if (!DECIMAL.test(digits) || !Number.isSafeInteger(index)) {
    throw malformed("write its index in decimal, without leading zeroes, below 2^53");
  }
  return index;
}

function parseHash(line: string): Uint8Array {
  const hash = decodeBase64(line);
  if (hash?.length !== HASH_SIZE) throw malformed("write each hash as base64 of 32 bytes");
  return hash;
}

function requireNote(checkpoint: Uint8Array): void {
  try {
    parseNote(checkpoint);
  } catch {
    throw malformed("end it with the log's signed checkpoint");
  }
}

function requireProofSize(bytes: Uint8Array): void {
  if (bytes.length > MAX_PROOF_BYTES) throw malformed(`keep it within ${MAX_PROOF_BYTES} bytes`);
}

function malformed(advice: string): TlogProofRefused {
  return new TlogProofRefused(`tlog-proof: ${advice}`);
}
