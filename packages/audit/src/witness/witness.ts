import { type Checkpoint, CheckpointRefused, parseCheckpoint } from "@writ/tlog/checkpoint";
import { emptyRoot } from "@writ/tlog/hash";
import {
  formatNote,
  NoteRefused,
  openNote,
  parseNote,
  type Signature,
  sameKey,
  signNote,
} from "@writ/tlog/note";
import type { Cosigner, Verifier } from "@writ/tlog/note-key";
import { ProofRefused, verifyConsistency } from "@writ/tlog/proof";
import { type AddCheckpoint, parseAddCheckpoint, RequestMalformed } from "./add-checkpoint.ts";
import type { WitnessState } from "./state.ts";

/** A log that a witness watches. */
export interface WatchedLog {
  readonly origin: string;
  /** Keys that its checkpoints may be signed with; more than one where a key follows another. */
  readonly keys: readonly Verifier[];
}

/** What a request gets (tlog-witness), and what there is to say of it. */
export interface Verdict {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Why, for the witness's own log. */
  readonly cause: string;
  readonly origin: string | null;
  readonly size: number | null;
  readonly oldSize: number | null;
  /**
   * The checkpoint, if the log signed it and it does not extend what this witness cosigned: with
   * the kept one, and a proof that cannot be had, it tells of a log that showed two histories.
   */
  readonly suspect: string | null;
}

export interface WitnessParts {
  readonly state: WitnessState;
  readonly cosigner: Cosigner;
  readonly logs: readonly WatchedLog[];
  /** Seconds since 1970. */
  readonly now: () => number;
}

const TEXT = "text/plain; charset=utf-8";
const SIZE = "text/x.tlog.size";

/** A request ends here, with a status other than 200. */
class Refusal extends Error {
  readonly status: Exclude<Verdict["status"], 200>;

  constructor(status: Refusal["status"], cause: string) {
    super(cause);
    this.status = status;
  }
}

/** A checkpoint that one of its log's keys has signed. */
interface Opened {
  readonly checkpoint: Checkpoint;
  readonly text: string;
  readonly signatures: readonly Signature[];
}

/** As much of a request as was read before it was refused. */
interface Seen {
  oldSize?: number;
  checkpoint?: Checkpoint;
  opened?: Opened;
}

/**
 * Cosigns checkpoints of the logs it watches, if each extends the one before. Judging, keeping and
 * answering are one synchronous step, so that no two requests can pass each other (tlog-witness,
 * the race at the end of add-checkpoint).
 */
export class Witness {
  readonly #parts: WitnessParts;
  readonly #logs: ReadonlyMap<string, WatchedLog>;

  constructor(parts: WitnessParts) {
    this.#parts = parts;
    this.#logs = new Map(parts.logs.map((log) => [log.origin, log]));
  }

  /** Answers one `add-checkpoint`. Throws StatePoisoned if the disk failed: then nothing was cosigned. */
  addCheckpoint(body: Uint8Array): Verdict {
    const seen: Seen = {};
    try {
      const lines = this.#judge(body, seen);
      return { ...answer(200, TEXT, lines, "cosigned"), ...summary(seen), suspect: null };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, message } = error;
      const suspect = status === 422 && seen.opened !== undefined ? textOf(seen.opened) : null;
      return { ...this.#refuse(status, message, seen.checkpoint), ...summary(seen), suspect };
    }
  }

  /** The note that was cosigned last of a log, or `undefined` if there is none. */
  latest(origin: string): Uint8Array | undefined {
    return this.#parts.state.latest(origin)?.note;
  }

  /** The checks of tlog-witness in their order, then the cosignature. Throws Refusal. */
  #judge(body: Uint8Array, seen: Seen): string {
    const request = refusing(400, () => parseAddCheckpoint(body));
    seen.oldSize = request.oldSize;
    const checkpoint = refusing(400, () => parseCheckpoint(parseNote(request.note).text));
    seen.checkpoint = checkpoint;
    const opened = this.#open(request.note, checkpoint);
    seen.opened = opened;
    this.#requireExtension(request, checkpoint);
    return this.#cosign(opened);
  }

  #open(note: Uint8Array, checkpoint: Checkpoint): Opened {
    const log = this.#logs.get(checkpoint.origin);
    if (log === undefined) throw new Refusal(404, "this witness does not watch that log");
    // At least one key that is known has signed, and none of those in vain.
    return refusing(403, () => {
      const { text, verified } = openNote(note, log.keys);
      return { checkpoint, text, signatures: verified };
    });
  }

  #requireExtension({ oldSize, proof }: AddCheckpoint, checkpoint: Checkpoint): void {
    const { origin, size: newSize, root: newRoot } = checkpoint;
    if (oldSize > newSize) throw new Refusal(400, "the old size is larger than the checkpoint's");
    const known = this.#parts.state.latest(origin)?.checkpoint;
    const oldRoot = known?.root ?? emptyRoot();
    const knownSize = known?.size ?? 0;
    if (oldSize !== knownSize) throw new Refusal(409, `the latest size cosigned is ${knownSize}`);
    refusing(422, () => verifyConsistency({ oldSize, oldRoot, newSize, newRoot }, proof));
  }

  /** Keeps the head durably, then gives the witness's signature line. */
  #cosign({ checkpoint, text, signatures }: Opened): string {
    const { cosigner, state, now } = this.#parts;
    const signer = cosigner.at(now());
    const note = signNote(text, [signer], signatures);
    state.keep({ checkpoint, note });
    const own = parseNote(note).signatures.filter((signature) => sameKey(signature, cosigner));
    return signatureLines(text, own);
  }

  #refuse(status: Refusal["status"], cause: string, checkpoint: Checkpoint | undefined) {
    if (status !== 409) return answer(status, TEXT, `${cause}\n`, cause);
    const known = this.#parts.state.latest(checkpoint?.origin ?? "")?.checkpoint.size ?? 0;
    return answer(status, SIZE, `${known}\n`, cause);
  }
}

function answer(status: Verdict["status"], contentType: string, body: string, cause: string) {
  return { status, contentType, body: Buffer.from(body), cause };
}

function summary({ oldSize, checkpoint }: Seen) {
  return {
    oldSize: oldSize ?? null,
    origin: checkpoint?.origin ?? null,
    size: checkpoint?.size ?? null,
  };
}

function textOf({ text, signatures }: Opened): string {
  return Buffer.from(formatNote({ text, signatures })).toString("utf8");
}

/** Signature lines as they stand in a note over `text`, without it. */
export function signatureLines(text: string, signatures: readonly Signature[]): string {
  const note = Buffer.from(formatNote({ text, signatures })).toString("utf8");
  return note.slice(text.length + 1);
}

const REFUSALS = [RequestMalformed, NoteRefused, CheckpointRefused, ProofRefused] as const;

function refusing<T>(status: Refusal["status"], act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Error && REFUSALS.some((kind) => error instanceof kind))) throw error;
    throw new Refusal(status, error.message);
  }
}
