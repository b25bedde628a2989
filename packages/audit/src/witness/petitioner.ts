import type { Published } from "@writ/bucket/read/published";
import { cosignatureTime } from "@writ/tlog/cosignature";
import { equalBytes } from "@writ/tlog/hash";
import { NoteRefused, openNote, type Signature } from "@writ/tlog/note";
import type { Verifier } from "@writ/tlog/note-key";
import { type Proof, proveConsistency, verifyConsistency } from "@writ/tlog/proof";
import { tileHashReader } from "@writ/tlog/tile";
import { type Tile, TileRefused } from "@writ/tlog/tile-path";
import { treeHash } from "@writ/tlog/tree";
import { type Submitted, submitCheckpoint } from "./submit.ts";

/** How one witness does. */
export interface WitnessStatus {
  readonly name: string;
  readonly url: string;
  /** The largest tree that it cosigned for this process, or that was kept with its cosignature. */
  readonly cosignedSize: number | null;
  /** When, by its own clock: seconds since 1970. */
  readonly cosignedAt: number | null;
  /** Requests in a row that brought no cosignature. */
  readonly failures: number;
  readonly lastError: string | null;
  /**
   * The witness holds something against this log: `forked` if it cosigned a tree that this one does
   * not extend, `behind` if it cosigned a larger tree than is published here. Neither can come of an
   * honest Bucket that lost nothing.
   */
  readonly alarm: "forked" | "behind" | null;
}

export interface PetitionerOptions {
  readonly verifier: Verifier;
  readonly url: string;
  /** A tile of the published tree of `size`, or `undefined` if it is missing. */
  readonly readTile: (tile: Tile, size: number) => Uint8Array | undefined;
  /** Milliseconds of the pause after a first failure. */
  readonly pause: number;
  readonly onCosigned: (published: Published, signature: Signature) => void;
  readonly onNote: (line: string) => void;
}

const PATIENCE_MS = 10_000;
/** The pause after a first failure doubles so often at most: a minute after one second. */
const MOST_DOUBLINGS = 6;
/** A witness that is asked by others too may move on between its answer and our next request. */
const ATTEMPTS = 3;

/** Puts heads before one witness: one request at a time, with growing pauses while it fails. */
export class Petitioner {
  readonly #options: PetitionerOptions;
  #underWay: Promise<void> | undefined;
  readonly #stopping = new AbortController();
  /** What the witness is thought to have cosigned last. */
  #oldSize = 0;
  #cosigned:
    | { readonly size: number; readonly root: Uint8Array; readonly time: number }
    | undefined;
  #failures = 0;
  #lastError: string | null = null;
  #alarm: WitnessStatus["alarm"] = null;
  #notBefore = 0;
  #wasAhead = false;

  constructor(options: PetitionerOptions) {
    this.#options = options;
  }

  /**
   * Asks for a cosignature of `published`, unless this witness is being asked, has failed a moment
   * ago, or cosigned it already: in this process, or as `kept` shows.
   */
  ask(published: Published, kept: Uint8Array | undefined): void {
    if (this.#stopping.signal.aborted || this.#underWay !== undefined) return;
    if (performance.now() < this.#notBefore) return;
    if (this.#has(published) || this.#recalls(published, kept)) return;
    this.#underWay = this.#petition(published).finally(() => {
      this.#underWay = undefined;
    });
  }

  status(): WitnessStatus {
    return {
      name: this.#options.verifier.name,
      url: this.#options.url,
      cosignedSize: this.#cosigned?.size ?? null,
      cosignedAt: this.#cosigned?.time ?? null,
      failures: this.#failures,
      lastError: this.#lastError,
      alarm: this.#alarm,
    };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#underWay;
  }

  #has({ checkpoint: { size, root } }: Published): boolean {
    const last = this.#cosigned;
    return last !== undefined && last.size === size && equalBytes(last.root, root);
  }

  /** After a restart, a kept cosignature spares the witness a request. */
  #recalls({ checkpoint }: Published, kept: Uint8Array | undefined): boolean {
    if (kept === undefined) return false;
    try {
      const [signature] = openNote(kept, [this.#options.verifier]).verified;
      const time = cosignatureTime(signature?.signature ?? new Uint8Array(0));
      if (time === undefined) return false;
      this.#took(checkpoint, time);
      return true;
    } catch (error) {
      if (error instanceof NoteRefused) return false;
      throw error;
    }
  }

  async #petition(published: Published): Promise<void> {
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const answer = await this.#submit(published);
        if (answer.kind === "cosigned") return this.#accept(published, answer);
        if (answer.kind === "refused") return this.#refused(answer.status);
        if (!this.#follow(published, answer.size)) return;
      }
      this.#fail("it is asked by somebody else at the same time");
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #submit({ checkpoint, note }: Published): Promise<Submitted> {
    const oldSize = Math.min(this.#oldSize, checkpoint.size);
    const { url: prefix, verifier: witness } = this.#options;
    const proof = this.#prove(oldSize, checkpoint);
    const signal = AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), this.#stopping.signal]);
    return submitCheckpoint({ prefix, witness, signal }, { oldSize, proof, note });
  }

  /** Checked before it is sent: what a damaged tile spoils must not look like a fork. */
  #prove(oldSize: number, { size: newSize, root: newRoot }: Published["checkpoint"]): Proof {
    const reader = tileHashReader(newSize, (tile) => {
      const content = this.#options.readTile(tile, newSize);
      if (content !== undefined) return content;
      throw new TileRefused("TILE_MISSING", "a tile that the proof needs is missing");
    });
    const proof = proveConsistency(oldSize, newSize, reader);
    verifyConsistency({ oldSize, oldRoot: treeHash(oldSize, reader), newSize, newRoot }, proof);
    return proof;
  }

  #accept(published: Published, { signature, time }: Submitted & { kind: "cosigned" }): void {
    this.#options.onCosigned(published, signature);
    this.#took(published.checkpoint, time);
    if (this.#failures > 0 || this.#alarm !== null) this.#say("cosigns again");
    this.#failures = 0;
    this.#lastError = null;
    this.#alarm = null;
    this.#notBefore = 0;
  }

  #took({ size, root }: Published["checkpoint"], time: number): void {
    this.#cosigned = { size, root, time };
    this.#oldSize = size;
  }

  /** Whether to ask once more, from the size that the witness says it is at. */
  #follow({ checkpoint }: Published, size: number): boolean {
    if (size > checkpoint.size) {
      // Once may be a reader of the same log that was a moment quicker; again it is not.
      const message = `it cosigned a log of ${size} events, here are ${checkpoint.size}`;
      this.#fail(message, this.#wasAhead ? "behind" : null);
      this.#wasAhead = true;
      return false;
    }
    this.#wasAhead = false;
    this.#oldSize = size;
    return true;
  }

  #refused(status: number): void {
    const why: Readonly<Record<number, string>> = {
      403: "it does not know the log's key",
      404: "it does not watch this log",
    };
    const forked = `it cosigned a tree of ${this.#oldSize} that this log does not extend`;
    if (status === 422) this.#fail(forked, "forked");
    else this.#fail(why[status] ?? `it answered ${status}`);
  }

  #fail(message: string, alarm: WitnessStatus["alarm"] = null): void {
    this.#failures += 1;
    const doublings = Math.min(this.#failures - 1, MOST_DOUBLINGS);
    this.#notBefore = performance.now() + this.#options.pause * 2 ** doublings;
    if (message !== this.#lastError) this.#say(message);
    this.#lastError = message;
    this.#alarm = alarm;
  }

  #say(message: string): void {
    this.#options.onNote(`witness ${this.#options.verifier.name}: ${message}`);
  }
}
