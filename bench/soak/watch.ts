import { readdirSync, readFileSync } from "node:fs";

/** What one process holds. */
export interface Held {
  readonly rssMb: number;
  readonly descriptors: number;
}

/** Undefined where it is gone. */
export function heldBy(pid: number): Held | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    const kb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
    return { rssMb: kb / 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return undefined;
  }
}

/** A curve of so many points, each the most of its stretch. */
export function curve(values: readonly number[], points: number): readonly number[] {
  const step = Math.max(1, Math.ceil(values.length / points));
  return Array.from({ length: Math.ceil(values.length / step) }, (_, i) =>
    Math.max(...values.slice(i * step, (i + 1) * step)),
  );
}

/**
 * How much more the last third holds at most than the middle one: 1 for a memory that has found its
 * bound. The first third, in which it fills, is left out.
 */
export function growth(values: readonly number[]): number {
  const third = Math.floor(values.length / 3);
  return Math.max(...values.slice(-third)) / Math.max(...values.slice(third, -third));
}
