import { type Enacted, verifyConstitutionChain } from "@writ/bucket/constitution/chain";
import { decodeEvent, type Event } from "@writ/contract/event";
import { type Checkpoint, CheckpointRefused, openCheckpoint } from "@writ/tlog/checkpoint";
import { equalBytes, leafHashInto } from "@writ/tlog/hash";
import { formatNote } from "@writ/tlog/note";
import { parseVerifierKey, type Verifier } from "@writ/tlog/note-key";

/**
 * The costly leaves of verification: pure functions of bytes. Together they are nearly all of its
 * time, so this is the seam at which the work can be shared out, or remembered where the same bytes
 * are looked at again and again.
 */
export interface PureWork {
  readonly verifyConstitutionChain: (
    notes: readonly Uint8Array[],
  ) => readonly [Enacted, ...Enacted[]];
  /** The verifier of a vkey. Throws KeyRefused. */
  readonly verifier: (vkey: string) => Verifier;
  /** Opens a head that is nothing but the log's own. Throws NoteRefused or CheckpointRefused. */
  readonly openHead: (note: Uint8Array, log: Verifier, origin: string) => Checkpoint;
  /** Writes an entry's leaf hash to `out[at .. at + 32)`. */
  readonly leafHashInto: (entry: Uint8Array, out: Uint8Array, at: number) => void;
  readonly decodeEvent: (entry: Uint8Array) => Event;
}

export const DONE_HERE: PureWork = {
  verifyConstitutionChain,
  verifier: parseVerifierKey,
  openHead,
  leafHashInto,
  decodeEvent,
};

/** The log gives a head no extension and one signature, in canonical form: any other byte was added. */
function openHead(bytes: Uint8Array, log: Verifier, origin: string): Checkpoint {
  const { checkpoint, note } = openCheckpoint(bytes, { log, origin });
  const canonical = formatNote({ text: note.text, signatures: note.verified });
  if (checkpoint.extensions.length === 0 && equalBytes(canonical, bytes)) return checkpoint;
  throw new CheckpointRefused(
    "CHECKPOINT_MALFORMED",
    "checkpoint: there is more in it than a head and the log's signature",
  );
}
