import { parseDecisionId } from "@writ/contract/decision-id";
import type { Event } from "@writ/contract/event";
import { type Facets, type FieldCounts, FieldTally } from "../index/facets.ts";
import { type Filter, MOST_BUCKETS } from "../index/question.ts";
import type { KindField } from "../index/schema.ts";
import type { HoleRange, Stream } from "../index/search.ts";
import type { Bucket } from "../index/time-counts.ts";
import { EntryFilter, kindOf } from "./entry-filter.ts";
import { Ledger, type LedgerOptions, openLedger } from "./ledger.ts";
import { IndexUnfit, type LedgerHead, type LedgerIndex, type LedgerSource } from "./source.ts";
import { Streams } from "./streams.ts";
import { stepFor, type TimeCounts, TimeTally } from "./time-tally.ts";

/** What a ledger holds at one head. */
export interface Statistics {
  readonly head: LedgerHead;
  /** How many events below the head were taken from an index's counts; the others were read. */
  readonly indexed: number;
  /** Events that the filter takes. */
  readonly events: number;
  readonly fields: FieldCounts;
  /** The same over time, in buckets of `step` seconds; those without events are left out. */
  readonly step: number;
  readonly buckets: readonly Bucket[];
  /** Of the whole log, whatever the filter: gateways and epochs that have a record … */
  readonly streams: readonly Stream[];
  /** … and attempts below their highest that have none, in ranges. */
  readonly holes: readonly HoleRange[];
}

/** Fields and times alone: what an index keeps counts of. */
export type CountFilter = Pick<Filter, "fields" | "from" | "to">;

/** An index that is being written is asked anew, so often. */
const TRIES = 5;

/**
 * Counts everything below the newest published head: by an index as far as it goes, by the events
 * themselves from there. Times are cut into about `most` buckets. `undefined` while nothing is
 * published.
 */
export async function statisticsOf(
  source: LedgerSource,
  asked: CountFilter,
  most: number,
  options: LedgerOptions = {},
): Promise<Statistics | undefined> {
  const filter: Filter = { ...asked, traceId: undefined, decisionId: undefined };
  for (let tries = 1; tries <= TRIES; tries++) {
    const ledger = await openLedger(source, options);
    if (ledger?.index === undefined) break;
    const known = await askAtOnce(ledger.index, filter, most).catch(unlessUnfit);
    if (known === undefined || known.facets.size > ledger.head.size) continue;
    return addUp(ledger, filter, most, known);
  }
  const head = await source.head();
  if (head === undefined) return undefined;
  return addUp(new Ledger(source, head, undefined, options), filter, most, undefined);
}

interface Known {
  readonly facets: Facets;
  readonly times: TimeCounts;
  readonly streams: readonly Stream[];
  readonly holes: readonly HoleRange[];
}

/** All that the index has to say, of one moment; `undefined` if it went on in between. */
async function askAtOnce(
  index: LedgerIndex,
  filter: Filter,
  most: number,
): Promise<Known | undefined> {
  const facets = await index.facets(filter);
  const range = rangeOf(facets, filter, most);
  const times = range === undefined ? NO_TIMES : await timesOf(index, filter, range);
  const [streams, holes] = [await index.streams(), await index.holes()];
  const { size } = await index.facets(filter);
  return size === facets.size ? { facets, times, streams, holes } : undefined;
}

function unlessUnfit(error: unknown): undefined {
  if (!(error instanceof IndexUnfit)) throw error;
}

interface TimeRange {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** The times that there are and were asked for, and how wide to cut them. */
function rangeOf(
  { earliest, latest }: Pick<Facets, "earliest" | "latest">,
  filter: Filter,
  most: number,
): TimeRange | undefined {
  if (earliest === null || latest === null) return undefined;
  const from = Math.max(filter.from ?? earliest, earliest);
  const to = Math.min(filter.to ?? latest + 1, latest + 1);
  return from < to ? { from, to, step: stepFor(to - from, most) } : undefined;
}

/**
 * The buckets of a range: whole ones by the index's counts over time, a thousand at once, since a
 * timestamp may be centuries off; the two that the range cuts by its counts by field.
 */
async function timesOf(
  index: LedgerIndex,
  filter: Filter,
  { from, to, step }: TimeRange,
): Promise<TimeCounts> {
  const [first, end] = [Math.ceil(from / step) * step, Math.floor(to / step) * step];
  const buckets: Bucket[] = [];
  for (let low = first; low < end; low += MOST_BUCKETS * step) {
    const high = Math.min(end, low + MOST_BUCKETS * step);
    buckets.push(...(await index.histogram({ filter: { ...filter, from: low, to: high }, step })));
  }
  const cut = first > end ? [[from, to] as const] : [[from, first] as const, [end, to] as const];
  for (const [low, high] of cut) {
    if (low < high) buckets.push(await bucketOf(index, { ...filter, from: low, to: high }));
  }
  return { buckets, width: step };
}

async function bucketOf(
  index: LedgerIndex,
  filter: Filter & { readonly from: number },
): Promise<Bucket> {
  const { decision, status } = (await index.facets(filter)).fields;
  const count = (of: FieldCounts[KindField], value: string): number =>
    of.find((row) => row.value === value)?.events ?? 0;
  return {
    at: filter.from,
    ALLOW: count(decision, "ALLOW"),
    REWRITE: count(decision, "REWRITE"),
    BLOCK: count(decision, "BLOCK"),
    failed: count(status, "failed"),
  };
}

const NO_TIMES: TimeCounts = { buckets: [], width: 1 };

async function addUp(
  ledger: Ledger,
  filter: Filter,
  most: number,
  known: Known | undefined,
): Promise<Statistics> {
  const indexed = known?.facets.size ?? 0;
  const fields = new FieldTally();
  const times = new TimeTally();
  const streams = new Streams(known?.streams, known?.holes);
  const wanted = new EntryFilter(filter);
  for await (const { index, event } of ledger.read(indexed)) {
    streams.add(parseDecisionId(event.enforcement_decision_id), index);
    if (wanted.takes(event)) count(event, fields, times);
  }
  if (known !== undefined) fields.addAll(known.facets.events, known.facets.fields);
  times.addAll(known?.times ?? NO_TIMES, most);
  return {
    head: ledger.head,
    indexed,
    events: fields.events,
    fields: fields.fields(),
    step: times.step,
    buckets: times.buckets(),
    streams: streams.streams(),
    holes: streams.holes(),
  };
}

function count(event: Event, fields: FieldTally, times: TimeTally): void {
  fields.add(kindOf(event), 1);
  times.add(event);
}
