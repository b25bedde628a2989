import type { Event } from "@writ/contract/event";
import type { Facets } from "../index/facets.ts";
import type { FoundPage } from "../index/find.ts";
import type { Filter, FindQuestion, HistogramQuestion } from "../index/question.ts";
import type { HoleRange, Stream } from "../index/search.ts";
import type { Bucket } from "../index/time-counts.ts";

/** One event as the log has it. */
export interface LogEvent {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly event: Event;
}

/** A published tree head. What was read under one is of one moment: nothing above it is shown. */
export interface LedgerHead {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** The newest head that a witness is known to have cosigned. */
export interface Cosigner {
  readonly name: string;
  readonly size: number;
  /** By the witness's clock, in seconds since 1970. */
  readonly time: number;
  /** Whether the signature was checked here, with a key that the constitution names. */
  readonly isChecked: boolean;
}

/** What is known around a head. */
export interface HeadFacts {
  /** When its checkpoint was put in place, in milliseconds since 1970; undefined if that is not told. */
  readonly publishedAt: number | undefined;
  readonly cosigners: readonly Cosigner[];
}

/** The index failed while it was asked: damaged, or made anew by the process that keeps it. */
export class IndexUnfit extends Error {
  override readonly name = "IndexUnfit";
  readonly code = "INDEX_UNFIT";
}

/**
 * An index of the log's events: it finds, and the log has the last word. It may end before the
 * published head, never behind it. Any question rejects with IndexUnfit if the index fails.
 */
export interface LedgerIndex {
  /** Events that it held when it was opened; it holds as many or more since. */
  readonly size: number;
  find(question: FindQuestion): Promise<FoundPage>;
  /** Indices behind `after` of events of one whole trace_id, ascending, at most `limit`. */
  recordings(traceId: string, after: number, limit: number): Promise<readonly number[]>;
  facets(filter: Filter): Promise<Facets>;
  histogram(question: HistogramQuestion): Promise<readonly Bucket[]>;
  /** Every gateway and epoch, the last to begin first. */
  streams(): Promise<readonly Stream[]>;
  /** All holes of all streams, in order. */
  holes(): Promise<readonly HoleRange[]>;
}

/** Where a ledger is read from: a folder, or the audit process of somebody else's machine. */
export interface LedgerSource {
  /** The newest published head; `undefined` while nothing is published. */
  head(): Promise<LedgerHead | undefined>;
  facts(head: LedgerHead): Promise<HeadFacts>;
  /** The log's verifier key by its own word; `undefined` if it does not say. */
  vkey(): Promise<string | undefined>;
  /** The entries of one bundle of the tree of a published size. */
  entries(bundle: number, size: number): Promise<readonly Uint8Array[]>;
  /** The index there is at this moment; `undefined` if there is none that is of this log. */
  index(head: LedgerHead): Promise<LedgerIndex | undefined>;
  /** A C2SP tlog-proof that the event is in the tree of the head. */
  proof(index: number, head: LedgerHead): Promise<Uint8Array>;
  /** Whether the tree of `after` has that of `before` for its beginning. */
  isExtended(before: LedgerHead, after: LedgerHead): Promise<boolean>;
  close(): void;
}
