import type { Frontier } from "@writ/tlog/tree";
import { encodeFrame } from "../frame.ts";
import { type Head, type HeadKey, signHead } from "./head.ts";
import type { Scratch } from "./scratch.ts";
import type { Submission } from "./submission.ts";

/** A submission, and whom to tell of its end. */
export interface Waiting {
  readonly submission: Submission;
  /** What it takes of a frame. */
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A frame that is ready to be written. */
export interface SealedFrame {
  readonly bytes: Uint8Array;
  /** The head of the tree after it, signed inside of it. */
  readonly head: Head;
}

/**
 * The next frame in the making. Whatever is submitted while the frame before it is being synced is
 * hashed into the tree at once, so that little is left to do when the disk is free again.
 */
export class FrameDraft {
  /** The tree before this frame. */
  readonly before: Frontier;
  readonly waiting: Waiting[] = [];
  readonly #frontier: Frontier;
  #bytes = 0;
  #sealed: SealedFrame | undefined;

  /** @param frontier the log's own: it grows with the draft */
  constructor(frontier: Frontier) {
    this.before = frontier.clone();
    this.#frontier = frontier;
  }

  /** Bytes of its submissions. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** Adds a submission, unless that would make it longer than `limit`; one always fits. */
  add(one: Waiting, limit: number): boolean {
    if (!this.isEmpty && this.#bytes + one.bytes > limit) return false;
    this.#frontier.appendAll(one.submission.leafHashes);
    this.waiting.push(one);
    this.#bytes += one.bytes;
    this.#sealed = undefined;
    return true;
  }

  /**
   * Signs the head and encodes the frame, if that was not done since the last `add`. The bytes stand
   * in `scratch`: they must be written before another frame is sealed.
   */
  seal(key: HeadKey, constitution: Uint8Array, scratch: Scratch): SealedFrame {
    if (this.#sealed !== undefined) return this.#sealed;
    const submissions = this.waiting.map(({ submission }) => submission);
    const head = signHead(key, this.#frontier);
    const firstIndex = this.before.size;
    const frame = { firstIndex, constitution, submissions, note: head.note };
    const bytes = encodeFrame(frame, (length) => scratch.take(length));
    this.#sealed = { bytes, head };
    return this.#sealed;
  }
}
