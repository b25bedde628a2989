import { decodeEvent, EventRefused } from "@writ/contract/event";
import { TILE_WIDTH } from "@writ/tlog/tile-path";
import { type Filter, MOST_FOUND } from "../index/question.ts";
import { EntryFilter } from "./entry-filter.ts";
import {
  IndexUnfit,
  type LedgerHead,
  type LedgerIndex,
  type LedgerSource,
  type LogEvent,
} from "./source.ts";
import { TracePlaces } from "./trace-places.ts";

/** An event that is published is not what it should be. */
export class LedgerDamaged extends Error {
  override readonly name = "LedgerDamaged";
  readonly code = "LEDGER_DAMAGED";

  constructor(index: number, reason: string) {
    super(`event ${index} cannot be read (${reason}); run writ verify`);
  }
}

/** Which events, and from where on. */
export interface LedgerQuestion {
  readonly filter: Filter;
  readonly order: "newest" | "oldest";
  /** Behind this index, in that order; from the end there if undefined. */
  readonly after: number | undefined;
}

export interface LedgerOptions {
  /** Told how many of the events to be read without an index have been read. */
  readonly onRead?: (read: number, toRead: number) => void;
}

const EVERYTHING: Filter = {
  fields: {},
  traceId: undefined,
  decisionId: undefined,
  from: undefined,
  to: undefined,
};

/** Bundles held to answer questions about neighbours: 16 MiB of full ones at most. */
const BUNDLES_HELD = 64;

/**
 * A ledger at one published head: however long it is read, and whatever is appended meanwhile, there
 * is no event above that head. Every event comes from the log itself and is decoded; an index only
 * says where to look, and what it says wrongly is looked for without it.
 */
export class Ledger {
  readonly source: LedgerSource;
  readonly head: LedgerHead;
  readonly index: LedgerIndex | undefined;
  readonly #onRead: NonNullable<LedgerOptions["onRead"]>;
  readonly #bundles = new Map<number, readonly Uint8Array[]>();
  #places: TracePlaces | undefined;
  #isIndexWrong = false;

  constructor(
    source: LedgerSource,
    head: LedgerHead,
    index: LedgerIndex | undefined,
    options: LedgerOptions = {},
  ) {
    this.source = source;
    this.head = head;
    this.index = index;
    this.#onRead = options.onRead ?? (() => {});
  }

  /** Events that the index has and the head covers. */
  get indexed(): number {
    return Math.min(this.index?.size ?? 0, this.head.size);
  }

  /** One event below the head's size. Throws LedgerDamaged, and what the source throws. */
  async event(index: number): Promise<LogEvent> {
    const entries = await this.#bundle(Math.floor(index / TILE_WIDTH));
    return eventOf(index, entries[index % TILE_WIDTH]);
  }

  /** Every event from this index on, in the log's order. */
  read(from: number): AsyncGenerator<LogEvent> {
    return this.#scan(EVERYTHING, from, this.head.size, "oldest");
  }

  /** The events that a question takes, in its order, as they are asked for. */
  async *find({ filter, order, after }: LedgerQuestion): AsyncGenerator<LogEvent> {
    const { size } = this.head;
    if (order === "newest") {
      const end = Math.min(after ?? size, size);
      yield* this.#scan(filter, Math.min(this.indexed, end), end, order);
      yield* this.#indexed({ filter, order, after: Math.min(end, this.indexed) });
      return;
    }
    const first = (after ?? -1) + 1;
    yield* this.#indexed({ filter, order, after });
    yield* this.#scan(filter, Math.max(first, this.indexed), size, order);
  }

  /**
   * The events of one trace_id, the first first. Asked for many of them, it reads what no index has
   * once and remembers where each is, instead of reading it for each.
   */
  async *recordings(traceId: string): AsyncGenerator<LogEvent> {
    let last = -1;
    for await (const index of this.#recordingsIndexed(traceId)) {
      if (index <= last) this.#isIndexWrong = true;
      if (this.#isIndexWrong) break;
      const one = await this.event(index);
      if (one.event.trace_id !== traceId) this.#isIndexWrong = true;
      if (this.#isIndexWrong) break;
      yield one;
      last = index;
    }
    const places = await this.#unindexedPlaces();
    for (const index of places.of(traceId)) {
      const one = index > last ? await this.event(index) : undefined;
      if (one?.event.trace_id === traceId) yield one;
    }
  }

  /** Where what no index has is; an index that was wrong has nothing. */
  async #unindexedPlaces(): Promise<TracePlaces> {
    const from = this.#isIndexWrong ? 0 : this.indexed;
    if (this.#places?.first !== from) this.#places = await this.#readPlaces(from);
    return this.#places;
  }

  async *#recordingsIndexed(traceId: string): AsyncGenerator<number> {
    for (let after = -1; this.index !== undefined && !this.#isIndexWrong; ) {
      const found = await this.#asked(this.index.recordings(traceId, after, MOST_FOUND));
      for (const index of found ?? []) {
        if (index >= this.indexed) return;
        yield index;
        after = index;
      }
      if (found === undefined || found.length < MOST_FOUND) return;
    }
  }

  async #readPlaces(from: number): Promise<TracePlaces> {
    const { size } = this.head;
    const places = new TracePlaces(from, size - from);
    for (const [first, last] of bundleRanges(from, size, "oldest")) {
      const entries = await this.source.entries(Math.floor(first / TILE_WIDTH), size);
      for (const entry of entries.slice(first % TILE_WIDTH, (first % TILE_WIDTH) + last - first)) {
        places.add(entry);
      }
      this.#onRead(last - from, size - from);
    }
    places.sort();
    return places;
  }

  async *#indexed(question: LedgerQuestion): AsyncGenerator<LogEvent> {
    const { filter, order } = question;
    const wanted = new EntryFilter(filter);
    let { after } = question;
    while (this.index !== undefined) {
      const asked = after;
      const page = await this.#asked(this.index.find({ filter, order, after, limit: MOST_FOUND }));
      for (const { index } of page?.events ?? []) {
        if (index >= this.indexed) return;
        if (!isBeyond(index, after, order)) this.#isIndexWrong = true;
        if (this.#isIndexWrong) break;
        const found = await this.event(index);
        if (!wanted.takes(found.event)) this.#isIndexWrong = true;
        if (this.#isIndexWrong) break;
        yield found;
        after = index;
      }
      const next = page?.next ?? null;
      if (next !== null && !isBeyond(next, asked, order)) this.#isIndexWrong = true;
      if (this.#isIndexWrong) {
        yield* this.#unindexed({ filter, order, after });
        return;
      }
      if (next === null) return;
      after = next;
    }
  }

  /** The index's answer; `undefined` if it failed, and then it is asked no more. */
  async #asked<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof IndexUnfit)) throw error;
      this.#isIndexWrong = true;
      return undefined;
    }
  }

  /** Goes on without an index that has shown something else than what was asked for. */
  #unindexed({ filter, order, after }: LedgerQuestion): AsyncGenerator<LogEvent> {
    const end = this.indexed;
    return order === "newest"
      ? this.#scan(filter, 0, Math.min(after ?? end, end), order)
      : this.#scan(filter, (after ?? -1) + 1, end, order);
  }

  /** Reads the events from … to themselves, one bundle at a time, in either order. */
  async *#scan(
    filter: Filter,
    from: number,
    to: number,
    order: LedgerQuestion["order"],
  ): AsyncGenerator<LogEvent> {
    const wanted = new EntryFilter(filter);
    let read = 0;
    for (const [first, last] of bundleRanges(from, to, order)) {
      const entries = await this.source.entries(Math.floor(first / TILE_WIDTH), this.head.size);
      const found: LogEvent[] = [];
      for (let index = first; index < last; index++) {
        const entry = entries[index % TILE_WIDTH];
        if (entry !== undefined && !wanted.mayHold(entry)) continue;
        const one = eventOf(index, entry);
        if (wanted.takes(one.event)) found.push(one);
      }
      read += last - first;
      this.#onRead(read, to - from);
      yield* order === "newest" ? found.reverse() : found;
    }
  }

  async #bundle(number: number): Promise<readonly Uint8Array[]> {
    const held = this.#bundles.get(number);
    const entries = held ?? (await this.source.entries(number, this.head.size));
    // Put last, so that the first is the one that was not asked for the longest.
    this.#bundles.delete(number);
    this.#bundles.set(number, entries);
    const [oldest] = this.#bundles.keys();
    if (this.#bundles.size > BUNDLES_HELD && oldest !== undefined) this.#bundles.delete(oldest);
    return entries;
  }
}

/** The ledger at its newest published head; `undefined` while nothing is published. */
export async function openLedger(
  source: LedgerSource,
  options: LedgerOptions = {},
): Promise<Ledger | undefined> {
  const head = await source.head();
  if (head === undefined) return undefined;
  return new Ledger(source, head, await source.index(head), options);
}

function eventOf(index: number, bytes: Uint8Array | undefined): LogEvent {
  if (bytes === undefined) throw new LedgerDamaged(index, "it is not there");
  try {
    return { index, bytes, event: decodeEvent(bytes) };
  } catch (error) {
    if (!(error instanceof EventRefused)) throw error;
    throw new LedgerDamaged(index, error.message);
  }
}

/** Whether a place is one to come; an index that gives another would never end. */
function isBeyond(
  place: number,
  after: number | undefined,
  order: LedgerQuestion["order"],
): boolean {
  if (place < 0) return false;
  return after === undefined || (order === "newest" ? place < after : place > after);
}

/** Cuts [from, to) where bundles end. */
function* bundleRanges(
  from: number,
  to: number,
  order: LedgerQuestion["order"],
): Generator<readonly [first: number, last: number]> {
  if (from >= to) return;
  const [low, high] = [Math.floor(from / TILE_WIDTH), Math.ceil(to / TILE_WIDTH)];
  for (let step = 0; step < high - low; step++) {
    const bundle = order === "newest" ? high - 1 - step : low + step;
    yield [Math.max(from, bundle * TILE_WIDTH), Math.min(to, (bundle + 1) * TILE_WIDTH)];
  }
}
