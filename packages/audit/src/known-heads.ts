import {
  type Checkpoint,
  CheckpointRefused,
  openCheckpoint,
  parseCheckpoint,
} from "@writ/tlog/checkpoint";
import { NoteRefused, parseNote, sameKey } from "@writ/tlog/note";
import type { Verifier } from "@writ/tlog/note-key";
import type { Chain } from "./constitution-check.ts";
import type { PureWork } from "./pure-work.ts";

/** A tree head that somebody holds besides the log itself. */
export interface KeptHead {
  /** What to call it in messages: the file that it came from. */
  readonly name: string;
  /** The signed note. */
  readonly note: Uint8Array;
}

/** A file that was given as a checkpoint and is none: the caller's mistake, not the Bucket's. */
export class NotACheckpoint extends Error {
  readonly code = "NOT_A_CHECKPOINT";

  constructor(name: string, why: string) {
    super(`${name} is no checkpoint of any log: ${why}`);
    this.name = "NotACheckpoint";
  }
}

/** Throws NotACheckpoint unless `note` is a checkpoint, whoever's and however signed. */
export function requireCheckpoint({ name, note }: KeptHead): void {
  try {
    parseCheckpoint(parseNote(note).text);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw new NotACheckpoint(name, error.message);
  }
}

/**
 * The log keys that may have signed a head of this size: that of the constitution that governs the
 * last event under it and those of all that begin at it, since each may have signed the tree anew.
 */
export function logKeysAt(chain: Chain, size: number): string[] {
  const last = chain.findLastIndex(({ constitution }) => constitution.from.size < size);
  const able = chain.filter(
    ({ constitution }, i) => i === Math.max(0, last) || constitution.from.size === size,
  );
  return [...new Set(able.map(({ constitution }) => constitution.log_key))];
}

/**
 * Opens a checkpoint of this log by a key that was in force at its size. Other people's signatures
 * on it are left to others. Throws NoteRefused or CheckpointRefused.
 */
export function openHeadOf(chain: Chain, note: Uint8Array, work: PureWork): Checkpoint {
  const { size } = parseCheckpoint(parseNote(note).text);
  const { origin } = chain[0].constitution;
  const { checkpoint } = openCheckpoint(note, { log: signerAt(chain, note, size, work), origin });
  if (checkpoint.extensions.length === 0) return checkpoint;
  throw new CheckpointRefused(
    "CHECKPOINT_MALFORMED",
    "checkpoint: no head of a log like this has extension lines",
  );
}

/** As `openHeadOf`, of a note that is nothing but a head and the log's signature. */
export function openBareHeadOf(chain: Chain, note: Uint8Array, work: PureWork): Checkpoint {
  const { size } = parseCheckpoint(parseNote(note).text);
  return work.openHead(note, signerAt(chain, note, size, work), chain[0].constitution.origin);
}

export function isRefusal(error: unknown): error is NoteRefused | CheckpointRefused {
  return error instanceof NoteRefused || error instanceof CheckpointRefused;
}

/** Of the keys in force, one that is said to have signed; the newest if none is. */
function signerAt(chain: Chain, note: Uint8Array, size: number, work: PureWork): Verifier {
  const { signatures } = parseNote(note);
  const able = logKeysAt(chain, size).map(work.verifier);
  const log = able.findLast((key) => signatures.some((one) => sameKey(one, key))) ?? able.at(-1);
  if (log === undefined) throw new RangeError("a chain of constitutions names at least one key");
  return log;
}
