import { openCheckpoint, parseCheckpoint, signCheckpoint } from "@writ/tlog/checkpoint";
import { equalBytes } from "@writ/tlog/hash";
import { formatNote, parseNote, sameKey } from "@writ/tlog/note";
import type { Signer, Verifier } from "@writ/tlog/note-key";
import type { Frontier } from "@writ/tlog/tree";

/** A signed tree head: what one commit, the guard and the published checkpoint all hold. */
export interface Head {
  readonly size: number;
  readonly root: Uint8Array;
  /** The checkpoint as a signed note. */
  readonly note: Uint8Array;
}

/** Whose heads a log has. */
export interface HeadVerifier {
  /** The checkpoints' first line. */
  readonly origin: string;
  readonly verifier: Verifier;
  /** Log keys of earlier constitutions, oldest first; none if the log never changed its key. */
  readonly former?: readonly FormerKey[];
}

/** Who signs the heads of a log. */
export interface HeadKey extends HeadVerifier {
  readonly signer: Signer;
}

/** A key that signed this log's heads until a constitution named another one. */
export interface FormerKey {
  readonly verifier: Verifier;
  /** The size from which the other key signs: this one signed no head of a larger tree. */
  readonly until: number;
}

/** Signs the head of this tree. Ed25519 signs the same head to the same bytes every time. */
export function signHead(key: HeadKey, frontier: Frontier): Head {
  const { size } = frontier;
  const root = frontier.root();
  const note = signCheckpoint({ origin: key.origin, size, root, extensions: [] }, [key.signer]);
  return { size, root, note };
}

/**
 * Opens a head that this log's key, and nobody else, signed, without extensions; the key is the one
 * in force at the head's size. Throws `NoteRefused`, `CheckpointRefused` or a plain Error for one
 * that it would not have made.
 */
export function openHead(key: HeadVerifier, note: Uint8Array): Head {
  const head = openCosignedHead(key, note);
  if (equalBytes(head.note, note)) return head;
  throw new Error("checkpoint has more in it than a head and the log's signature");
}

/**
 * As `openHead`, for one that went through other hands: further signatures, a witness's say, are
 * left out of the head that it gives.
 */
export function openCosignedHead(key: HeadVerifier, note: Uint8Array): Head {
  const { text, signatures } = parseNote(note);
  const { size, root, extensions } = parseCheckpoint(text);
  if (extensions.length > 0) throw new Error("checkpoint has extension lines, which no head has");
  const log = signerOfSize(key, size, (one) => signatures.some((two) => sameKey(one, two)));
  const { note: opened } = openCheckpoint(note, { log, origin: key.origin });
  return { size, root, note: formatNote({ text, signatures: opened.verified }) };
}

/**
 * The key whose head a tree of this size has. At the very size where the key changed it may be
 * either: the old one's last head, or the same tree's by the new one.
 */
function signerOfSize(
  { verifier, former = [] }: HeadVerifier,
  size: number,
  hasSigned: (verifier: Verifier) => boolean,
): Verifier {
  const keys = [...former, { verifier, until: Number.POSITIVE_INFINITY }];
  const inForce = keys
    .filter(({ until }, i) => (keys[i - 1]?.until ?? 0) <= size && size <= until)
    .map((one) => one.verifier);
  return inForce.find(hasSigned) ?? inForce.at(-1) ?? verifier;
}

export function sameHead(a: Head, b: Head): boolean {
  return a.size === b.size && equalBytes(a.root, b.root);
}
