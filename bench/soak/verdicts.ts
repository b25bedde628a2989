import type { Flooded } from "./flood.ts";
import type { Fared } from "./honest.ts";
import type { Checked } from "./ledger.ts";
import { curve, growth } from "./watch.ts";

/** All that was seen of one run. */
export interface Seen {
  /** Attempts a second that are answered at most, by one caller who asks for as many as it can. */
  readonly capacity: number;
  /** Seconds under load, and connections of all kinds. */
  readonly seconds: number;
  readonly connections: number;
  /** Megabytes held, each second. */
  readonly gateway: readonly number[];
  readonly bucket: readonly number[];
  readonly fared: readonly Fared[];
  readonly flooded: readonly Flooded[];
  readonly acts: Readonly<Record<string, number>>;
  /** Most connections of those who mean harm, at a time. */
  readonly mostHostile: number;
  /** Processes that were gone before they were told to go, or that ended in another way than well. */
  readonly broken: readonly string[];
  readonly checked: Checked;
}

export interface Verdict {
  readonly holds: boolean;
  readonly line: string;
}

/** How much a memory that has found its bound may still vary. */
const MOST_GROWTH = 1.25;
/** Of what honest callers ask. */
const LEAST_ANSWERED = 0.99;

/** What is promised, and whether it was so. */
export function verdicts(seen: Seen): readonly Verdict[] {
  return [
    asked(seen),
    noneEnded(seen),
    memory(seen, "gateway"),
    memory(seen, "bucket"),
    honest(seen),
    kept(seen),
  ];
}

/** Part of what is meant to be asked for that the best moment of the run may leave. */
const LEAST_ASKED = 1.8;

function asked(seen: Seen): Verdict {
  const { perSecond, line } = loadOf(seen);
  return { holds: perSecond >= LEAST_ASKED * seen.capacity, line };
}

function noneEnded({ broken }: Seen): Verdict {
  const line = broken.length === 0 ? "no process ended, and each stopped well" : broken.join("; ");
  return { holds: broken.length === 0, line };
}

function memory(seen: Seen, role: "gateway" | "bucket"): Verdict {
  const factor = growth(seen[role]);
  const points = curve(seen[role], 20).map((mb) => mb.toFixed(0));
  return {
    holds: factor <= MOST_GROWTH,
    line: `memory of the ${role} is bounded: at most ${factor.toFixed(2)} of the middle third's in the last; MB over time: ${points.join(" ")}`,
  };
}

function honest({ fared }: Seen): Verdict {
  const sum = (field: (one: Fared) => number): number =>
    fared.reduce((total, one) => total + field(one), 0);
  const answered = sum((one) => one.answered);
  const others = sum(({ closed, refused }) => closed + total(refused));
  const share = answered / (answered + others);
  const silent = fared.filter((one) => one.answered === 0).length;
  const medians = fared.flatMap(({ p50 }) => p50 ?? []).toSorted((a, b) => a - b);
  const p50 = medians[medians.length >> 1] ?? Number.NaN;
  const p99 = Math.max(...fared.flatMap((one) => one.p99 ?? []));
  return {
    holds: share >= LEAST_ANSWERED && silent === 0,
    line: `honest callers are answered: ${(share * 100).toFixed(2)} % of ${answered + others}; stretches of ten seconds without any: ${silent}; p50 ${p50.toFixed(0)} ms, p99 of the worst ten seconds ${p99.toFixed(0)} ms`,
  };
}

function kept({ checked: { events, released, missing, faults } }: Seen): Verdict {
  return {
    holds: missing.length === 0 && faults.length === 0,
    line: `every released EXECUTE is in the ledger: ${released} looked up one by one among ${events} events, ${missing.length} missing; verification and look-up found ${faults.length} faults ${faults.slice(0, 3).join("; ")}`,
  };
}

/** What was asked of the gateway in all, in multiples of its capacity. */
function loadOf({ capacity, flooded }: Seen): {
  readonly perSecond: number;
  readonly line: string;
} {
  const sum = (field: (one: Flooded) => number): number =>
    flooded.reduce((all, one) => all + field(one), 0);
  const seconds = sum((one) => one.seconds);
  const sent = sum((one) => one.sent) / seconds;
  const unsent = sum((one) => one.unsent) / seconds;
  const statuses = new Map<string, number>();
  for (const { answers } of flooded) {
    for (const [how, count] of Object.entries(answers)) {
      statuses.set(how, (statuses.get(how) ?? 0) + count);
    }
  }
  const answers = [...statuses].map(([how, count]) => `${how}: ${count}`).join(", ");
  const line = `one caller asked ${(sent + unsent).toFixed(0)} times a second, ${((sent + unsent) / capacity).toFixed(2)} times the capacity; ${sent.toFixed(0)} a second found a free connection of its own; answers {${answers}}`;
  return { perSecond: sent + unsent, line };
}

export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
