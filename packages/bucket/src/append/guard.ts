import { join } from "node:path";
import { equalBytes } from "@writ/tlog/hash";
import type { Clock } from "./clock.ts";
import { type Files, replaceDurably, replaceDurablyLater } from "./files.ts";
import { type Head, type HeadVerifier, openCosignedHead, openHead } from "./head.ts";
import { OpenRefused } from "./open-refused.ts";

/** The guard stood at another head than the one written last: two writers share it. */
export class GuardMoved extends Error {
  override readonly name = "GuardMoved";
  readonly code = "GUARD_MOVED";

  constructor(path: string) {
    super(
      `${path} was changed by another process; find the second writer of this log before starting again`,
    );
  }
}

/** How long a commit may go before the guard begins to follow; the write itself takes the rest of 100 ms. */
const FOLLOW_MS = 60;

export function guardPath(directory: string): string {
  return join(directory, "head");
}

/**
 * The last head that was known to be synced, from outside the data directory, or `undefined` if
 * there is no guard. Throws `OpenRefused` (GUARD_INVALID).
 */
export function readGuard(files: Files, directory: string, key: HeadVerifier): Head | undefined {
  const path = guardPath(directory);
  const bytes = files.read(path);
  if (bytes === undefined) return undefined;
  try {
    return openHead(key, bytes);
  } catch (error) {
    throw new OpenRefused(
      "GUARD_INVALID",
      `${path} is no head of log ${key.origin} (${describe(error)}): it is another log's guard, or damaged. Give the guard of this log; if that is lost, move this file away and see writ bucket adopt`,
    );
  }
}

/**
 * Refuses a Bucket that has lived but has no guard. One is never made again by itself: it would
 * vouch for whatever is left of the log. Throws `OpenRefused` (GUARD_MISSING).
 */
export function guardMissing(directory: string, bucket: string): OpenRefused {
  return new OpenRefused(
    "GUARD_MISSING",
    `the Bucket in ${bucket} has been written to, but there is no guard at ${guardPath(directory)}, so nobody can tell whether the log's end was lost. Say where the guard is (--guard); if it is lost, see writ bucket adopt`,
  );
}

/**
 * A checkpoint of this log that somebody kept, cosigned or not, to stand in for a lost guard.
 * Throws `OpenRefused` (CHECKPOINT_INVALID).
 */
export function openKept(key: HeadVerifier, checkpoint: Uint8Array): Head {
  try {
    return openCosignedHead(key, checkpoint);
  } catch (error) {
    throw new OpenRefused(
      "CHECKPOINT_INVALID",
      `that is no checkpoint of log ${key.origin} (${describe(error)}); give one that was kept outside of this Bucket`,
    );
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Writes a guard and returns when it is durable. Throws the system's error. */
export function storeGuard(files: Files, directory: string, head: Head): void {
  replaceDurably(files, guardPath(directory), head.note);
}

/**
 * The guard of an open log. It follows each synced head within 100 ms, and is never ahead of one:
 * `cover` is called after the sync. Whatever goes wrong goes to `onFault`, once.
 */
export class Guard {
  readonly #files: Files;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #onFault: (cause: unknown) => void;
  #stored: Head;
  #wanted: Head;
  #callOff: (() => void) | undefined;
  #writing: Promise<void> | undefined;
  #isStopped = false;

  /** `stored` is the head that the guard's file holds. */
  constructor(
    files: Files,
    directory: string,
    stored: Head,
    clock: Clock,
    onFault: (cause: unknown) => void,
  ) {
    this.#files = files;
    this.#path = guardPath(directory);
    this.#clock = clock;
    this.#onFault = onFault;
    this.#stored = stored;
    this.#wanted = stored;
  }

  /** A head is synced: the guard will follow. */
  cover(head: Head): void {
    this.#wanted = head;
    if (!this.#isStopped && this.#callOff === undefined && this.#writing === undefined) {
      this.#schedule();
    }
  }

  /** Resolves when the guard holds the head that was covered last, or the fault was reported. */
  async flush(): Promise<void> {
    for (;;) {
      this.#callOff?.();
      this.#callOff = undefined;
      if (this.#writing === undefined) {
        if (this.#isStopped || this.#wanted === this.#stored) return;
        this.#writing = this.#follow();
      }
      await this.#writing;
    }
  }

  /** Begins no further write. */
  stop(): void {
    this.#isStopped = true;
    this.#callOff?.();
    this.#callOff = undefined;
  }

  #schedule(): void {
    this.#callOff = this.#clock.after(FOLLOW_MS, () => {
      this.#callOff = undefined;
      this.#writing = this.#follow();
    });
  }

  async #follow(): Promise<void> {
    try {
      await this.#replace(this.#wanted);
    } catch (cause) {
      this.stop();
      this.#onFault(cause);
    }
    this.#writing = undefined;
    if (!this.#isStopped && this.#wanted !== this.#stored) this.#schedule();
  }

  async #replace(head: Head): Promise<void> {
    const found = this.#files.read(this.#path);
    if (found === undefined || !equalBytes(found, this.#stored.note))
      throw new GuardMoved(this.#path);
    await replaceDurablyLater(this.#files, this.#path, head.note);
    this.#stored = head;
  }
}
