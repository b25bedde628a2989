import type { EventSource } from "../bucket/events.ts";
import type { Line } from "../bucket/line.ts";

/** How a stretch of load went. */
export interface Leg {
  /** Acknowledged events a second. */
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}

/** Appends so many events, so many at a time, each again as soon as one is acknowledged. */
export async function load(
  line: Line,
  events: EventSource,
  count: number,
  inFlight: number,
): Promise<Leg> {
  const latencies = new Float32Array(count);
  const began = performance.now();
  await new Promise<void>((resolve) => {
    let sent = 0;
    let ended = 0;
    const next = (): void => {
      if (sent === count) return;
      sent += 1;
      const from = performance.now();
      line.append(events.take(), () => {
        latencies[ended] = performance.now() - from;
        ended += 1;
        if (ended === count) resolve();
        else next();
      });
    };
    for (let lane = 0; lane < inFlight; lane += 1) next();
  });
  const rate = count / ((performance.now() - began) / 1000);
  latencies.sort();
  return { rate, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
}

export function percentile(sorted: Float32Array, part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
