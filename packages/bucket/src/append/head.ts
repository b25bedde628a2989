import { openCheckpoint, signCheckpoint } from "@writ/tlog/checkpoint";
import { equalBytes } from "@writ/tlog/hash";
import type { Signer, Verifier } from "@writ/tlog/note-key";
import type { Frontier } from "@writ/tlog/tree";

/** A signed tree head: what one commit, the guard and the published checkpoint all hold. */
export interface Head {
  readonly size: number;
  readonly root: Uint8Array;
  /** The checkpoint as a signed note. */
  readonly note: Uint8Array;
}

/** Who signs the heads of a log. */
export interface HeadKey {
  /** The checkpoints' first line. */
  readonly origin: string;
  readonly signer: Signer;
  readonly verifier: Verifier;
}

/** Signs the head of this tree. Ed25519 signs the same head to the same bytes every time. */
export function signHead(key: HeadKey, frontier: Frontier): Head {
  const { size } = frontier;
  const root = frontier.root();
  const note = signCheckpoint({ origin: key.origin, size, root, extensions: [] }, [key.signer]);
  return { size, root, note };
}

/**
 * Opens a head that this log's key, and nobody else, signed, without extensions. Throws
 * `NoteRefused`, `CheckpointRefused` or a plain Error for one that it would not have made.
 */
export function openHead(key: HeadKey, note: Uint8Array): Head {
  const { checkpoint, note: opened } = openCheckpoint(note, {
    log: key.verifier,
    origin: key.origin,
  });
  if (opened.unverified.length > 0 || checkpoint.extensions.length > 0) {
    throw new Error("checkpoint has more in it than a head and the log's signature");
  }
  return { size: checkpoint.size, root: checkpoint.root, note };
}

export function sameHead(a: Head, b: Head): boolean {
  return a.size === b.size && equalBytes(a.root, b.root);
}
