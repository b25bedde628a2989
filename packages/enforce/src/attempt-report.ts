import type { RejectionCode } from "@writ/bucket/append";
import type { Verdict } from "@writ/engine/verdict";
import type { AdapterFailure } from "./adapter.ts";

/**
 * What became of the record: as the Bucket ended it; `unconnected` where there was no Bucket to ask
 * when the attempt began; `unwritable` where no record could be made of it.
 */
export type RecordEnding = "committed" | "rejected" | "unknown" | "unconnected" | "unwritable";

/**
 * One attempt, for the operator's logs and counters: it holds reasons, so it never goes to a caller
 * (contract §5).
 */
export interface AttemptReport {
  readonly decisionId: string;
  readonly caller: string | null;
  readonly verdict: Verdict;
  readonly ending: RecordEnding;
  /** Why the Bucket rejected it, or refused to admit it. */
  readonly rejection: RejectionCode | null;
  /** Whether the caller was told that it may count as permitted or done. */
  readonly released: boolean;
  /** The adapter that ran, if one did. */
  readonly adapter: string | null;
  readonly failure: { readonly cause: AdapterFailure; readonly detail: string } | null;
  /** Milliseconds of each step; null where it was not taken. */
  readonly ms: {
    readonly decide: number;
    readonly adapter: number | null;
    readonly append: number | null;
  };
}
