import { setTimeout as sleep } from "node:timers/promises";
import type { Filter } from "@writ/audit/index/question";
import { Ledger } from "@writ/audit/ledger";
import { EntryFilter } from "@writ/audit/ledger/filter";
import type { LedgerHead, LedgerSource, LogEvent } from "@writ/audit/ledger/source";
import { parseDecisionId } from "@writ/contract/decision-id";
import { equalBytes } from "@writ/tlog/hash";
import { describe, isForOperator } from "../operator-error.ts";
import { type HoleNews, HoleWatch } from "./hole-watch.ts";

/** What is seen, in the order in which it is to be shown. */
export type Seen =
  | { readonly kind: "event"; readonly one: LogEvent; readonly size: number }
  | { readonly kind: "hole"; readonly news: HoleNews }
  /** The ledger cannot be read just now, or can be again; nothing is skipped. */
  | { readonly kind: "note"; readonly line: string };

export interface Watching {
  readonly source: LedgerSource;
  readonly filter: Filter;
  /** How many of the newest events that the filter takes to begin with. */
  readonly last: number;
  readonly signal: AbortSignal;
  /** Between two looks, in milliseconds. */
  readonly interval?: number;
  /** How long a sequence may be missing before it is told, in milliseconds. */
  readonly patience?: number;
  /** After a fault, until the next look, in milliseconds. */
  readonly rest?: number;
}

/** The log is not the one that was watched, or has lost events. */
export class LogChanged extends Error {
  override readonly name = "LogChanged";
  readonly code = "LOG_CHANGED";

  constructor(before: LedgerHead, after: LedgerHead) {
    super(
      `the log of ${after.size} events does not go on from the ${before.size} that were there: it was cut, forked or replaced; run writ verify --since with a checkpoint that you kept`,
    );
  }
}

const INTERVAL_MS = 300;
const PATIENCE_MS = 5000;
const REST_MS = 2000;

/**
 * Everything that is published from now on, in the log's order, without a gap: each head must extend
 * the one before, and what could not be read is read when it can be. Ends when `signal` says so.
 * Throws LogChanged.
 */
export async function* watchLedger(watching: Watching): AsyncGenerator<Seen> {
  const { source, signal, interval = INTERVAL_MS, rest = REST_MS } = watching;
  const watch = new Watcher(watching);
  let isLost = false;
  while (!signal.aborted) {
    let pause = interval;
    try {
      yield* watch.look();
      if (isLost) yield { kind: "note", line: "the ledger can be read again; nothing was skipped" };
      isLost = false;
    } catch (error) {
      if (error instanceof LogChanged || !isForOperator(error)) throw error;
      // The first look must succeed: a wrong key or folder will not mend itself.
      if (!watch.hasBegun) throw error;
      if (!isLost) yield { kind: "note", line: `cannot read on: ${describe(error)}; trying again` };
      isLost = true;
      pause = rest;
    }
    await sleep(pause, undefined, { signal }).catch(() => {});
  }
  source.close();
}

class Watcher {
  readonly #watching: Watching;
  readonly #wanted: EntryFilter;
  readonly #holes: HoleWatch;
  #head: LedgerHead | undefined;
  /** Events below this one have been shown. */
  #next = 0;
  hasBegun = false;

  constructor(watching: Watching) {
    this.#watching = watching;
    this.#wanted = new EntryFilter(watching.filter);
    this.#holes = new HoleWatch(watching.patience ?? PATIENCE_MS);
  }

  async *look(): AsyncGenerator<Seen> {
    const { source, signal } = this.#watching;
    const head = await source.head();
    if (!this.hasBegun) yield* this.#begin(head);
    if (head === undefined) return;
    await this.#requireSameLog(head);
    const ledger = new Ledger(source, head, undefined);
    for await (const one of ledger.read(this.#next)) {
      const id = parseDecisionId(one.event.enforcement_decision_id);
      const filled = this.#holes.add(id, performance.now());
      this.#next = one.index + 1;
      if (this.#wanted.takes(one.event)) yield { kind: "event", one, size: head.size };
      if (filled !== undefined) yield { kind: "hole", news: filled };
      if (signal.aborted) return;
    }
    for (const news of this.#holes.due(performance.now())) yield { kind: "hole", news };
  }

  /** The newest few that are there already; the others are for writ find. */
  async *#begin(head: LedgerHead | undefined): AsyncGenerator<Seen> {
    const { source, filter, last } = this.#watching;
    if (head !== undefined && last > 0) {
      const ledger = new Ledger(source, head, await source.index(head));
      const newest: LogEvent[] = [];
      for await (const one of ledger.find({ filter, order: "newest", after: undefined })) {
        if (newest.push(one) === last) break;
      }
      for (const one of newest.reverse()) yield { kind: "event", one, size: head.size };
    }
    this.#head = head;
    this.#next = head?.size ?? 0;
    this.hasBegun = true;
  }

  async #requireSameLog(head: LedgerHead): Promise<void> {
    const before = this.#head;
    if (before !== undefined && !isSameHead(before, head)) {
      const isExtended = await this.#watching.source.isExtended(before, head);
      if (!isExtended) throw new LogChanged(before, head);
    }
    // Not before: what could not be compared now is compared at the next look.
    this.#head = head;
  }
}

function isSameHead(a: LedgerHead, b: LedgerHead): boolean {
  return a.origin === b.origin && a.size === b.size && equalBytes(a.root, b.root);
}
