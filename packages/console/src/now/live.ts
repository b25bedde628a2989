import type {
  Counts,
  Found,
  FoundPage,
  Histogram,
  Holes,
  State,
  Streams,
} from "../source/answers.ts";
import { type LogSource, SourceRefused } from "../source/source.ts";
import { type Span, spanOver, spanUntil, timeText, type WindowName } from "./window.ts";

/** What the live view shows, all of one round of questions. */
export interface Live {
  readonly state: State;
  readonly window: WindowName;
  readonly histogram: Histogram;
  /** Events of the last minute. */
  readonly lastMinute: number;
  /** The newest first. */
  readonly arrivals: readonly Found[];
  readonly streams: Streams;
  readonly holes: Holes;
}

export const ARRIVALS = 16;
const LISTED = 8;
const HOUR_MS = 3_600_000;

/**
 * One round: what has changed since the last one is asked for, and nothing else. `wanted` is the
 * window chosen; while none is, it is the last hour, or all where that hour is empty. Rejects with
 * SourceRefused.
 */
export async function nextRound(
  source: LogSource,
  wanted: WindowName | undefined,
  last: Live | undefined,
  signal: AbortSignal,
): Promise<Live> {
  const state = await source.json<State>("v1/state", signal);
  if (state.log === null) {
    throw new SourceRefused("BUSY", "v1/state", state.stuck ?? "the index is being opened");
  }
  const window = wanted ?? last?.window ?? windowFor(state);
  const span = await spanOf(source, window, state, signal);
  const isSame = last?.state.log?.size === state.log.size;
  const [histogram, lastMinute, arrivals, streams, holes] = await Promise.all([
    isSame && isSpan(last.histogram, span)
      ? last.histogram
      : source.json<Histogram>(`v1/histogram?${spanQuery(span)}`, signal),
    lastMinuteOf(source, state, signal),
    isSame ? last.arrivals : newest(source, signal),
    isSame ? last.streams : source.json<Streams>(`v1/streams?limit=${LISTED}`, signal),
    isSame ? last.holes : source.json<Holes>(`v1/holes?limit=${LISTED}`, signal),
  ]);
  return { state, window, histogram, lastMinute, arrivals, streams, holes };
}

function windowFor({ now, log }: State): WindowName {
  const latest = log?.latest ?? null;
  return latest !== null && Date.parse(now) - Date.parse(latest) > HOUR_MS ? "all" : "1h";
}

async function spanOf(
  source: LogSource,
  window: WindowName,
  { now }: State,
  signal: AbortSignal,
): Promise<Span> {
  const seconds = Date.parse(now) / 1000;
  if (window !== "all") return spanUntil(window, seconds);
  const { earliest, latest } = await source.json<Counts>("v1/counts", signal);
  if (earliest === null || latest === null) return spanUntil("1h", seconds);
  return spanOver(Date.parse(earliest) / 1000, Date.parse(latest) / 1000);
}

function spanQuery({ from, to, step }: Span): string {
  return `from=${timeText(from)}&to=${timeText(to)}&step=${step}`;
}

function isSpan(histogram: Histogram, { from, to, step }: Span): boolean {
  return (
    histogram.step === step && histogram.from === timeText(from) && histogram.to === timeText(to)
  );
}

/** By the events' own timestamps; the gateway's clock may be ahead of this log's reader. */
async function lastMinuteOf(
  source: LogSource,
  { now, log }: State,
  signal: AbortSignal,
): Promise<number> {
  const seconds = Math.floor(Date.parse(now) / 1000) - 60;
  if (log?.latest === null || Date.parse(log?.latest ?? "") / 1000 < seconds) return 0;
  const page = await source.json<FoundPage>(`v1/search?limit=1&from=${timeText(seconds)}`, signal);
  return page.total.count;
}

async function newest(source: LogSource, signal: AbortSignal): Promise<readonly Found[]> {
  return (await source.json<FoundPage>(`v1/search?limit=${ARRIVALS}`, signal)).events;
}
