import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Checkpoint, CheckpointRefused, parseCheckpoint } from "@writ/tlog/checkpoint";
import { type Note, NoteRefused, openNote, sameKey } from "@writ/tlog/note";
import type { Verifier } from "@writ/tlog/note-key";
import { replaceDurably, type WitnessDisk } from "./disk.ts";

/** What a witness cosigned last of one log. */
export interface LatestHead {
  readonly checkpoint: Checkpoint;
  /** The checkpoint with the log's signatures that were verified, and the witness's cosignature. */
  readonly note: Uint8Array;
}

/** A witness's memory cannot be used; `code` says why. */
export class StateRefused extends Error {
  override readonly name = "StateRefused";
  readonly code: "WITNESS_LOCKED" | "WITNESS_STATE_DAMAGED";

  constructor(code: StateRefused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The disk failed while a head was being kept. Whether it is there now cannot be known from here
 * (a sync that failed once may succeed the next time although the data is gone), so this witness
 * signs nothing more: its process must end, and the next one reads the disk anew.
 */
export class StatePoisoned extends Error {
  override readonly name = "StatePoisoned";
  readonly code = "WITNESS_STATE_POISONED";
}

/**
 * A witness's memory: for each log, the last head cosigned. It is all that keeps the witness from
 * cosigning a fork, so it only ever moves on, and `keep` returns after the head is durable.
 *
 * Every call is synchronous: between the look at the latest head and the keeping of the next one
 * nothing else of this process runs, and the folder's lock keeps other processes away.
 */
export class WitnessState {
  readonly #disk: WitnessDisk;
  readonly #folder: string;
  readonly #latest = new Map<string, LatestHead>();
  #poisoned: StatePoisoned | undefined;

  private constructor(disk: WitnessDisk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  /**
   * Reads what was kept of `origins` in `folder`, which exists. What is there was cosigned by
   * `witness`, or is refused (StateRefused, WITNESS_STATE_DAMAGED); before it is believed it is
   * written and synced once more, since a sync of it may have failed before.
   */
  static open(
    disk: WitnessDisk,
    folder: string,
    witness: Verifier,
    origins: readonly string[],
  ): WitnessState {
    const state = new WitnessState(disk, folder);
    for (const origin of origins) {
      const path = state.#path(origin);
      const note = disk.read(path);
      if (note === undefined) continue;
      const checkpoint = readOwn(note, witness, origin, path);
      replaceDurably(disk, path, note);
      state.#latest.set(origin, { checkpoint, note });
    }
    return state;
  }

  /** The last head kept of a log; `undefined` before the first. */
  latest(origin: string): LatestHead | undefined {
    return this.#latest.get(origin);
  }

  /**
   * Keeps the next head of its log. Throws a RangeError for a smaller one, StatePoisoned if the disk
   * fails, and at every call after that.
   */
  keep(head: LatestHead): void {
    if (this.#poisoned !== undefined) throw this.#poisoned;
    const { origin, size } = head.checkpoint;
    const known = this.#latest.get(origin)?.checkpoint.size ?? 0;
    if (size < known) throw new RangeError(`a head of ${size} does not follow one of ${known}`);
    try {
      replaceDurably(this.#disk, this.#path(origin), head.note);
    } catch (cause) {
      this.#poisoned = new StatePoisoned(
        `the head of ${origin} could not be kept: ${cause instanceof Error ? cause.message : cause}`,
        { cause },
      );
      throw this.#poisoned;
    }
    this.#latest.set(origin, head);
  }

  #path(origin: string): string {
    return join(this.#folder, `${originHash(origin)}.checkpoint`);
  }
}

/** How a witness's monitors name a log: SHA-256 of its origin, lowercase hex (tlog-witness). */
export function originHash(origin: string): string {
  return createHash("sha256").update(origin, "utf8").digest("hex");
}

function readOwn(note: Uint8Array, witness: Verifier, origin: string, path: string): Checkpoint {
  try {
    const opened: Note = openNote(note, [witness]);
    const checkpoint = parseCheckpoint(opened.text);
    const own = opened.verified.some((signature) => sameKey(signature, witness));
    if (own && checkpoint.origin === origin) return checkpoint;
  } catch (error) {
    if (!(error instanceof NoteRefused || error instanceof CheckpointRefused)) throw error;
  }
  throw new StateRefused(
    "WITNESS_STATE_DAMAGED",
    `${path} is not what this witness last cosigned of ${origin}: put nothing in its place; begin a new witness with a key of its own in another folder`,
  );
}
