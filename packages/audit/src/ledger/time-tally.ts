import type { Event } from "@writ/contract/event";
import { STEPS } from "../index/question.ts";
import type { Bucket } from "../index/time-counts.ts";

type Counts = { ALLOW: number; REWRITE: number; BLOCK: number; failed: number };

/** Counts over time, in buckets of `width` seconds. */
export interface TimeCounts {
  readonly buckets: readonly Bucket[];
  readonly width: number;
}

/** Buckets held before they are made wider: memory does not follow the log, nor odd timestamps. */
const MOST_HELD = 4096;

/** Counts events by time while it is not known yet how long a time they span. */
export class TimeTally {
  #step: number = STEPS[0] ?? 1;
  #buckets = new Map<number, Counts>();

  /** Width of a bucket in seconds; wider ones hold these whole. */
  get step(): number {
    return this.#step;
  }

  add({ decision, status, timestamp }: Event): void {
    const at = Math.floor(Date.parse(timestamp) / 1000);
    const counts = this.#bucket(at);
    counts[decision] += 1;
    if (status === "failed") counts.failed += 1;
    if (this.#buckets.size > MOST_HELD) this.#widen();
  }

  /** Adds what was counted elsewhere in buckets of `width`, and widens all until there are about `most`. */
  addAll({ buckets, width }: TimeCounts, most: number): void {
    for (const { at, ...counts } of buckets) {
      if (counts.ALLOW + counts.REWRITE + counts.BLOCK > 0) addTo(this.#bucket(at), counts);
    }
    const times = [...this.#buckets.keys()];
    const [first, last] = [times.reduce(least, Infinity), times.reduce(greatest, -Infinity)];
    const step = times.length === 0 ? this.#step : stepFor(last + this.#step - first, most);
    this.#widenTo(Math.max(this.#step, step, width));
  }

  /** In the order of time; those without events are left out. */
  buckets(): Bucket[] {
    const sorted = [...this.#buckets].sort(([a], [b]) => a - b);
    return sorted.map(([at, counts]) => ({ at, ...counts }));
  }

  #bucket(seconds: number): Counts {
    const at = Math.floor(seconds / this.#step) * this.#step;
    const known = this.#buckets.get(at);
    if (known !== undefined) return known;
    const made = { ALLOW: 0, REWRITE: 0, BLOCK: 0, failed: 0 };
    this.#buckets.set(at, made);
    return made;
  }

  #widen(): void {
    const wider = STEPS.find((step) => step > this.#step);
    if (wider !== undefined) this.#widenTo(wider);
  }

  #widenTo(step: number): void {
    const before = this.#buckets;
    this.#step = step;
    this.#buckets = new Map();
    for (const [at, counts] of before) addTo(this.#bucket(at), counts);
  }
}

/** The narrowest width that cuts so many seconds into at most `most` buckets; else the widest there is. */
export function stepFor(seconds: number, most: number): number {
  return STEPS.find((step) => seconds / step <= most) ?? STEPS.at(-1) ?? 1;
}

function least(a: number, b: number): number {
  return Math.min(a, b);
}

function greatest(a: number, b: number): number {
  return Math.max(a, b);
}

function addTo(counts: Counts, more: Counts): void {
  counts.ALLOW += more.ALLOW;
  counts.REWRITE += more.REWRITE;
  counts.BLOCK += more.BLOCK;
  counts.failed += more.failed;
}
