import { decodeBase64, encodeBase64 } from "./base64.ts";
import { HASH_SIZE } from "./hash.ts";
import { isNoteText, type Note, openNote, sameKey, signNote } from "./note.ts";
import type { Signer, Verifier } from "./note-key.ts";

/** A log's tree head (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** Names the log; not empty, no newline. */
  readonly origin: string;
  /** Leaves, 0 … 2^53 − 1. */
  readonly size: number;
  /** RFC 6962 root of those leaves, 32 bytes. */
  readonly root: Uint8Array;
  /** Opaque lines after the root, none of them empty. Kept as they are; they mean nothing here. */
  readonly extensions: readonly string[];
}

/** A checkpoint whose log signature has been verified, and the note that it came in. */
export interface SignedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly note: Note;
}

/** Whom to believe about a checkpoint. */
export interface CheckpointTrust {
  /** The log's key: its signature must be there. */
  readonly log: Verifier;
  /** The origin line expected; the key's name unless stated. */
  readonly origin?: string;
  /** Further keys to verify. How many of them must have signed is the caller's policy. */
  readonly witnesses?: readonly Verifier[];
}

/** Not a checkpoint, or not one of this log; `code` says why. */
export class CheckpointRefused extends Error {
  override readonly name = "CheckpointRefused";
  readonly code: "CHECKPOINT_MALFORMED" | "ORIGIN_MISMATCH" | "LOG_SIGNATURE_MISSING";

  constructor(code: CheckpointRefused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;

/** The note text of a checkpoint. Throws CheckpointRefused for what no checkpoint can hold. */
export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  const lines = [origin, formatSize(size), formatRoot(root), ...extensions];
  if (!lines.every(isLine))
    throw malformed("keep its lines non-empty and free of control characters");
  return `${lines.join("\n")}\n`;
}

/**
 * Reads the note text of a checkpoint: exactly the texts that `formatCheckpoint` gives. Whether it
 * was signed is not its question. Throws CheckpointRefused (CHECKPOINT_MALFORMED).
 */
export function parseCheckpoint(text: string): Checkpoint {
  if (!text.endsWith("\n")) throw malformed("end it with a newline");
  const lines = text.slice(0, -1).split("\n");
  const [origin, size, root, ...extensions] = lines;
  if (origin === undefined || size === undefined || root === undefined) {
    throw malformed("give an origin, a size and a root");
  }
  if (!lines.every(isLine))
    throw malformed("keep its lines non-empty and free of control characters");
  return { origin, size: parseSize(size), root: parseRoot(root), extensions };
}

/** A checkpoint as a signed note. */
export function signCheckpoint(checkpoint: Checkpoint, signers: readonly Signer[]): Uint8Array {
  return signNote(formatCheckpoint(checkpoint), signers);
}

/**
 * Opens a checkpoint: the note verifies, the log's own key is among those that signed it, the
 * origin is the one expected. A note that only witnesses signed is refused, because a witness
 * vouches for consistency and not for the log.
 *
 * Throws NoteRefused (see `openNote`) and CheckpointRefused.
 */
export function openCheckpoint(message: Uint8Array, trust: CheckpointTrust): SignedCheckpoint {
  const note = openNote(message, [trust.log, ...(trust.witnesses ?? [])]);
  if (!note.verified.some((signature) => sameKey(signature, trust.log))) {
    throw new CheckpointRefused(
      "LOG_SIGNATURE_MISSING",
      `checkpoint: ${trust.log.name} has not signed it`,
    );
  }
  const checkpoint = parseCheckpoint(note.text);
  if (checkpoint.origin !== (trust.origin ?? trust.log.name)) {
    throw new CheckpointRefused("ORIGIN_MISMATCH", "checkpoint: its origin is another log's");
  }
  return { checkpoint, note };
}

function isLine(line: string): boolean {
  return line !== "" && !line.includes("\n") && isNoteText(line);
}

function formatSize(size: number): string {
  if (!Number.isSafeInteger(size) || size < 0) throw malformed("give a size from 0 to 2^53 - 1");
  return String(size + 0);
}

function parseSize(line: string): number {
  const size = Number(line);
  if (!DECIMAL.test(line) || !Number.isSafeInteger(size)) {
    throw malformed("write its size in decimal, without leading zeroes, below 2^53");
  }
  return size;
}

function formatRoot(root: Uint8Array): string {
  if (root.length !== HASH_SIZE) throw malformed("give a root of 32 bytes");
  return encodeBase64(root);
}

function parseRoot(line: string): Uint8Array {
  const root = decodeBase64(line);
  if (root?.length !== HASH_SIZE) throw malformed("write its root as base64 of 32 bytes");
  return root;
}

function malformed(advice: string): CheckpointRefused {
  return new CheckpointRefused("CHECKPOINT_MALFORMED", `checkpoint: ${advice}`);
}
