import type { Histogram, TimeBucket } from "../source/answers.ts";

/** Outcomes from the axis up: what must not be overlooked stands on it, where heights compare best. */
export const STACK = ["BLOCK", "REWRITE", "ALLOW"] as const;

export interface BarPart {
  readonly of: (typeof STACK)[number];
  readonly y: number;
  readonly height: number;
}

export interface Bar {
  readonly x: number;
  readonly width: number;
  readonly parts: readonly BarPart[];
  readonly bucket: TimeBucket;
}

export interface Chart {
  readonly bars: readonly Bar[];
  /** Lines to read heights by: where, and how many events that is. */
  readonly levels: readonly { readonly y: number; readonly events: number }[];
  readonly ticks: readonly { readonly x: number; readonly label: string }[];
}

/** An outcome that occurs is seen, however many others there are. */
const LEAST_HEIGHT = 2;
const TICK_WIDTH = 90;
const LABEL_WIDTH = 56;

/** Where everything of a chart stands, in pixels of an area whose upper left corner is 0, 0. */
export function chartOf(
  { from, to, step, buckets }: Histogram,
  width: number,
  height: number,
): Chart {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  const scale = width / Math.max(1, end - start);
  const most = Math.max(1, ...buckets.map((bucket) => eventsOf(bucket)));
  const { top, levels } = levelsOf(most, height);
  const slot = step * 1000 * scale;
  const bars = buckets.map((bucket) => ({
    x: (Date.parse(bucket.at) - start) * scale,
    width: Math.max(1, slot - (slot > 4 ? 1 : 0)),
    parts: partsOf(bucket, height, top),
    bucket,
  }));
  return { bars, levels, ticks: ticksOf(start, end, width) };
}

export function eventsOf({ ALLOW, REWRITE, BLOCK }: TimeBucket): number {
  return ALLOW + REWRITE + BLOCK;
}

function partsOf(bucket: TimeBucket, height: number, top: number): BarPart[] {
  let y = height;
  return STACK.flatMap((of) => {
    if (bucket[of] === 0) return [];
    const tall = Math.max(LEAST_HEIGHT, (height * bucket[of]) / top);
    y = Math.max(0, y - tall);
    return [{ of, y, height: tall }];
  });
}

/** The round number that the height stands for, and the lines to read by. */
export function levelsOf(
  most: number,
  height: number,
): { readonly top: number; readonly levels: Chart["levels"] } {
  const top = roundUp(most);
  const levels = [top, top / 2].filter(Number.isInteger).map((events) => ({
    y: height - (height * events) / top,
    events,
  }));
  return { top, levels };
}

/** The next of 1, 2, 4, 5, 10, 20, 40 … from a number on. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 4, 5].find((digit) => digit * power >= value) ?? 10);
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TICK_STEPS = [
  1000,
  5000,
  15_000,
  30_000,
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  28 * DAY,
  91 * DAY,
  364 * DAY,
];

/** Round times that leave room for their labels. */
export function ticksOf(start: number, end: number, width: number): Chart["ticks"] {
  const room = Math.max(1, Math.floor(width / TICK_WIDTH));
  const span = Math.max(1, end - start);
  const step = TICK_STEPS.find((each) => span / each <= room) ?? span;
  const ticks: { x: number; label: string }[] = [];
  for (let at = Math.ceil(start / step) * step; at < end; at += step) {
    const x = ((at - start) * width) / span;
    if (x + LABEL_WIDTH <= width) ticks.push({ x, label: labelOf(at, step) });
  }
  return ticks;
}

function labelOf(at: number, step: number): string {
  const iso = new Date(at).toISOString();
  if (step >= DAY || at % DAY === 0) return iso.slice(0, 10);
  return iso.slice(11, step < MINUTE ? 19 : 16);
}
