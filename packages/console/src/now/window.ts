/** How far back *Now* looks. */
export type WindowName = "5m" | "1h" | "1d" | "7d" | "all";

export const WINDOWS: readonly (readonly [WindowName, string])[] = [
  ["5m", "5 min"],
  ["1h", "1 h"],
  ["1d", "24 h"],
  ["7d", "7 d"],
  ["all", "All"],
];

/** A range of time and the width of its buckets, in seconds; the ends are whole buckets. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

const SPANS: Readonly<Record<Exclude<WindowName, "all">, readonly [span: number, step: number]>> = {
  "5m": [300, 5],
  "1h": [3600, 60],
  "1d": [86_400, 1800],
  "7d": [604_800, 10_800],
};

/** Widths that the audit process counts by. */
const STEPS = [
  1, 5, 10, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 604_800,
] as const;
const MOST_BARS = 120;

/** The span that ends with the bucket of `now`. */
export function spanUntil(name: Exclude<WindowName, "all">, now: number): Span {
  const [span, step] = SPANS[name];
  const to = (Math.floor(now / step) + 1) * step;
  return { from: to - span, to, step };
}

/** A span over two times, in as narrow buckets as make at most 120 bars. */
export function spanOver(earliest: number, latest: number): Span {
  const widest = STEPS.at(-1) ?? 1;
  const step = STEPS.find((each) => latest - earliest < each * (MOST_BARS - 1)) ?? widest;
  return {
    from: Math.floor(earliest / step) * step,
    to: (Math.floor(latest / step) + 1) * step,
    step,
  };
}

/** A time in whole seconds as the audit process takes it. */
export function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

export function windowOf(text: string | null): WindowName | undefined {
  return WINDOWS.find(([name]) => name === text)?.[0];
}
