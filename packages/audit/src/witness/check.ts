import { type Checkpoint, CheckpointRefused, openCheckpoint } from "@writ/tlog/checkpoint";
import { cosignatureTime } from "@writ/tlog/cosignature";
import { NoteRefused, sameKey } from "@writ/tlog/note";
import type { Verifier } from "@writ/tlog/note-key";

/** A tree head of a log that enough witnesses have found consistent with all that they saw before. */
export interface Witnessed {
  readonly checkpoint: Checkpoint;
  /** Who cosigned it and, by their own clocks, when: seconds since 1970. */
  readonly cosigners: readonly { readonly name: string; readonly time: number }[];
}

/** Which witnesses are believed, and how many of them must agree. */
export interface WitnessDemand {
  /** The keys that the log has signed with; one of them must have signed the checkpoint. */
  readonly logs: readonly Verifier[];
  readonly origin: string;
  /** Verifiers of cosignatures (vkeys of type 4), each of another witness. */
  readonly witnesses: readonly Verifier[];
  /** Least number of them, from 1. */
  readonly quorum: number;
}

/**
 * What `note` is if the log signed it and enough of the witnesses did; `undefined` if fewer did.
 * A witness's cosignature says of the log's first three lines alone that they extend all that it
 * cosigned before (C2SP tlog-cosignature).
 *
 * Throws NoteRefused or CheckpointRefused if it is no checkpoint of this log, or if a known key's
 * signature fails.
 */
export function witnessed(note: Uint8Array, demand: WitnessDemand): Witnessed | undefined {
  const { checkpoint, verified } = openAsAnyOf(note, demand);
  const cosigners = verified.flatMap((signature) => {
    if (!demand.witnesses.some((witness) => sameKey(witness, signature))) return [];
    const time = cosignatureTime(signature.signature);
    // Type 4 alone carries a time: a plain signature of a witness's is no cosignature.
    return time === undefined ? [] : [{ name: signature.name, time }];
  });
  return cosigners.length >= demand.quorum ? { checkpoint, cosigners } : undefined;
}

/**
 * The first of `notes`, which come from the newest to the oldest, that has a quorum. It stands for
 * all before it: its witnesses have found it to extend them. What is refused is passed over, so
 * that one damaged file hides nothing.
 */
export function newestWitnessed(
  notes: Iterable<Uint8Array>,
  demand: WitnessDemand,
): Witnessed | undefined {
  for (const note of notes) {
    try {
      const found = witnessed(note, demand);
      if (found !== undefined) return found;
    } catch (error) {
      if (!(error instanceof NoteRefused || error instanceof CheckpointRefused)) throw error;
    }
  }
  return undefined;
}

/** Opens a checkpoint by whichever of the log's keys signed it. */
function openAsAnyOf(note: Uint8Array, { logs, origin, witnesses }: WitnessDemand) {
  let refusal: unknown = new RangeError("give at least one key of the log");
  for (const log of logs) {
    try {
      const { checkpoint, note: opened } = openCheckpoint(note, { log, origin, witnesses });
      return { checkpoint, verified: opened.verified };
    } catch (error) {
      if (!isOtherKey(error)) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

function isOtherKey(error: unknown): boolean {
  return (
    (error instanceof NoteRefused && error.code === "NO_KNOWN_SIGNATURE") ||
    (error instanceof CheckpointRefused && error.code === "LOG_SIGNATURE_MISSING")
  );
}
