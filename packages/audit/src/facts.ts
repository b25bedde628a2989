import type { FrameDefect } from "@writ/bucket/read/frame";
import type { Place } from "@writ/bucket/read/log";
import type { CheckName, Fault } from "./verify-report.ts";

/**
 * What can be said of a range of the log without knowing what stands before it. Plain data, so that
 * it can come from another thread; a few hundred bytes a frame and eight an event, so that it is
 * small beside the range itself.
 */
export interface RangeFacts {
  readonly items: readonly ItemFacts[];
  /** The entries after the range's last whole tile. */
  readonly tail: readonly TileFacts[];
  /** Bytes of the log that the range has. */
  readonly bytes: number;
  /** Faults beyond those that the items hold, which are enough for any report. */
  readonly unlisted: readonly (readonly [CheckName, number])[];
}

export type ItemFacts = SegmentFacts | FrameFacts | DamageFacts;

export interface SegmentFacts extends Place {
  readonly kind: "segment";
  /** The segment's head as it stands. */
  readonly bytes: Uint8Array;
}

export interface DamageFacts extends Place {
  readonly kind: "damage";
  readonly end: number;
  readonly firstIndex: number | undefined;
  readonly defect: FrameDefect;
}

export interface FrameFacts extends Place {
  readonly kind: "frame";
  readonly firstIndex: number;
  /** Faults of the frame itself. */
  readonly faults: readonly Fault[];
  readonly submissions: readonly SubmissionFacts[];
  readonly subtrees: Subtrees;
  /** What the frame's signed head says; undefined (and a fault) if it is not one. */
  readonly head: { readonly size: number; readonly root: Uint8Array } | undefined;
  readonly headFault: Fault | undefined;
  readonly tiles: readonly TileFacts[];
}

export interface SubmissionFacts {
  readonly writer: string;
  readonly epoch: number;
  readonly batch: number;
  /** Sum of the lengths of its entries. */
  readonly bytes: number;
  /** Of the signature, then of the events in their order. */
  readonly faults: readonly Fault[];
  /** The sequence in each event's decision id; 0 for an event at fault, which has none that counts. */
  readonly sequences: Float64Array;
}

/** The complete subtrees that a frame's leaves make up, from left to right; none is wider than a tile. */
export interface Subtrees {
  readonly levels: Uint8Array;
  /** Their roots, 32 bytes each. */
  readonly roots: Uint8Array;
}

/**
 * A whole tile width of entries that was compared with the published files, or a part of one that
 * begins or ends within this range, for whoever knows the rest.
 */
export type TileFacts =
  | { readonly kind: "compared"; readonly faults: readonly Fault[] }
  | ({ readonly kind: "part" } & BundlePart);

/** Consecutive entries of one bundle. */
export interface BundlePart {
  /** Leaf index of the first. */
  readonly firstIndex: number;
  /** The entries as a bundle holds them, each behind its length. */
  readonly bytes: Uint8Array;
  /** Where each entry ends in `bytes`. */
  readonly ends: readonly number[];
  /** Their leaf hashes, 32 bytes each. */
  readonly leaves: Uint8Array;
}
