import { type Checkpoint, CheckpointRefused, parseCheckpoint } from "@writ/tlog/checkpoint";
import { cosignatureTime } from "@writ/tlog/cosignature";
import { NoteRefused, openNote, type ParsedNote, parseNote, sameKey } from "@writ/tlog/note";
import type { Verifier } from "@writ/tlog/note-key";
import { Fails, needed, type Report, refusedAs, Unasked, Unneeded } from "./check.ts";
import type { Trust } from "./trust.ts";

/** A checkpoint that was read; whether to believe it stands in the report. */
export interface ReadCheckpoint {
  readonly bytes: Uint8Array;
  readonly note: ParsedNote;
  readonly checkpoint: Checkpoint;
}

const REFUSALS = [NoteRefused, CheckpointRefused] as const;

/**
 * Asks everything about a checkpoint by itself: its form, whose it is, who signed and cosigned it.
 * Returns what it says, once its form holds; undefined if not.
 */
export function checkCheckpoint(
  report: Report,
  bytes: Uint8Array,
  trust: Trust,
): ReadCheckpoint | undefined {
  const read = report.ask("checkpoint", () => {
    const found = refusedAs(REFUSALS, "CHECKPOINT_REFUSED", () => readCheckpoint(bytes));
    const { size } = found.checkpoint;
    return [`It is a signed note over a tree head: ${size} events.`, found];
  });
  const log = report.ask("origin", () => checkOrigin(read, trust));
  report.ask("signature", () => [checkSignature(read, log), undefined]);
  const cosigned = trust.witnesses.filter(
    (witness) => report.ask("cosignature", () => checkCosignature(read, witness)) === true,
  );
  report.ask("quorum", () => [checkQuorum(read, cosigned.length, trust), undefined]);
  return read;
}

/** Takes a checkpoint apart, believing nothing. Throws NoteRefused or CheckpointRefused. */
export function readCheckpoint(bytes: Uint8Array): ReadCheckpoint {
  const note = parseNote(bytes);
  return { bytes, note, checkpoint: parseCheckpoint(note.text) };
}

/** The verifier to judge it by: of the keys given for its origin, one whose line it carries. */
function checkOrigin(
  read: ReadCheckpoint | undefined,
  { logs }: Trust,
): readonly [string, Verifier] {
  const { checkpoint, note } = needed(read, UNREADABLE);
  const { origin } = checkpoint;
  if (logs.length === 0) throw new Unasked(`Not asked: give the key of the log ${origin}.`);
  const named = logs.filter(({ name }) => name === origin);
  const first = named[0];
  if (first === undefined) {
    const wanted = logs.map(({ name }) => name).join(", ");
    throw new Fails("ORIGIN_OTHER", `It is of the log ${origin}; the key given is of ${wanted}.`);
  }
  const signer = named.find((log) => note.signatures.some((line) => sameKey(line, log)));
  return [`It names the log ${origin}, whose key was given.`, signer ?? first];
}

function checkSignature(read: ReadCheckpoint | undefined, log: Verifier | undefined): string {
  const { bytes, note } = needed(read, UNREADABLE);
  const verifier = needed(log, "there is no key of this log to ask by");
  if (!note.signatures.some((line) => sameKey(line, verifier))) {
    const others = note.signatures.filter(({ name }) => name === verifier.name);
    throw new Fails("KEY_WRONG", wrongKey(verifier, others));
  }
  requireSignature(bytes, verifier, `The signature of ${verifier.name} does not verify`);
  return `The key ${keyText(verifier)} that was given verifies its signature.`;
}

function wrongKey(verifier: Verifier, others: readonly { readonly keyId: number }[]): string {
  if (others.length === 0) return `Nobody signed it under the name ${verifier.name}.`;
  const ids = others.map(({ keyId }) => hex8(keyId)).join(", ");
  return `It is signed by another key (${ids}) than the one given (${hex8(verifier.keyId)}): the wrong key, or a forged log.`;
}

function checkCosignature(
  read: ReadCheckpoint | undefined,
  witness: Verifier,
): readonly [string, true] {
  const { bytes, note } = needed(read, UNREADABLE);
  const line = note.signatures.find((signature) => sameKey(signature, witness));
  if (line === undefined) throw new Unneeded(`${witness.name} has not cosigned it.`);
  requireSignature(bytes, witness, `The cosignature of ${witness.name} does not verify`);
  const time = cosignatureTime(line.signature);
  return [`${witness.name} cosigned it, by its own clock ${timeText(time)}.`, true];
}

function checkQuorum(
  read: ReadCheckpoint | undefined,
  cosigned: number,
  { witnesses, quorum }: Trust,
): string {
  needed(read, UNREADABLE);
  if (witnesses.length === 0 || quorum === 0) {
    throw new Unneeded(
      "No witness's key was given: that the log shows everybody one history rests on its own word.",
    );
  }
  const found = `${cosigned} of ${witnesses.length} witnesses cosigned it; ${quorum} must have.`;
  if (cosigned < quorum) throw new Fails("QUORUM_MISSED", found);
  return found;
}

/**
 * Asks whether each signature line is by one of `keys`, verifies, and stands there once: then no
 * byte of the checkpoint can be changed without this check, or one before it, failing. The keys
 * need not be believed.
 */
export function checkAccounted(
  report: Report,
  read: ReadCheckpoint | undefined,
  keys: readonly Verifier[],
): void {
  report.ask("accounted", () => {
    const { note, bytes } = needed(read, UNREADABLE);
    note.signatures.forEach((line, at) => {
      const key = keys.find((known) => sameKey(known, line));
      if (key === undefined) {
        const who = `${line.name} (${hex8(line.keyId)})`;
        throw new Fails("SIGNATURE_FOREIGN", `Nobody can check the signature of ${who} here.`);
      }
      requireSignature(bytes, key, `The signature of ${line.name} does not verify`);
      if (note.signatures.slice(0, at).some((earlier) => sameKey(earlier, line))) {
        throw new Fails("SIGNATURE_FOREIGN", `The signature of ${line.name} stands there twice.`);
      }
    });
    return ["Each of its signatures verifies and stands there once.", undefined];
  });
}

function requireSignature(bytes: Uint8Array, verifier: Verifier, what: string): void {
  try {
    openNote(bytes, [verifier]);
  } catch (error) {
    if (!(error instanceof NoteRefused)) throw error;
    throw new Fails("SIGNATURE_INVALID", `${what}: its text or the signature was changed.`);
  }
}

const UNREADABLE = "the checkpoint could not be read";

function keyText({ name, keyId }: Verifier): string {
  return `${name}+${hex8(keyId)}`;
}

function hex8(id: number): string {
  return id.toString(16).padStart(8, "0");
}

/** Witnesses state whole seconds; a time beyond what dates can say is told as a number. */
function timeText(seconds: number | undefined): string {
  if (seconds === undefined) return "at no time";
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s after 1970` : date.toISOString();
}
