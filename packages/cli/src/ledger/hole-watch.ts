import type { DecisionId } from "@writ/contract/decision-id";

/** Attempts that left no record while later ones of their epoch did; or one of them that came after all. */
export interface HoleNews {
  readonly kind: "hole" | "filled";
  readonly gateway: string;
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
}

interface Missed {
  readonly from: number;
  readonly to: number;
  readonly since: number;
  isTold: boolean;
}

interface Watched {
  readonly gateway: string;
  readonly epoch: number;
  highest: number;
  missed: Missed[];
}

/**
 * Watches sequences for holes. Attempts land in another order than they began in, so a sequence is
 * missed at first and then comes: a hole is told once it has stayed open for a while, and told to be
 * filled if its attempt comes after all. Nothing that stays missing goes untold.
 */
export class HoleWatch {
  readonly #patience: number;
  readonly #streams = new Map<string, Watched>();
  /** The latest epoch of each gateway that was seen. */
  readonly #epochs = new Map<string, number>();

  /** `patience` is in the unit of the moments that are given. */
  constructor(patience: number) {
    this.#patience = patience;
  }

  /** Notes an event, at a moment that never goes back; says if it fills what was told to be a hole. */
  add({ gateway, epoch, sequence }: DecisionId, now: number): HoleNews | undefined {
    const watched = this.#watched(gateway, epoch, sequence);
    const { highest, missed } = watched;
    if (sequence > highest) {
      const gap = { from: highest + 1, to: sequence - 1, since: now, isTold: false };
      if (gap.from <= gap.to) missed.push(gap);
      watched.highest = sequence;
      return undefined;
    }
    const hit = missed.find(({ from, to }) => from <= sequence && sequence <= to);
    if (hit === undefined) return undefined;
    watched.missed = missed.flatMap((gap) => (gap === hit ? without(gap, sequence) : [gap]));
    return hit.isTold
      ? { kind: "filled", gateway, epoch, from: sequence, to: sequence }
      : undefined;
  }

  /** Holes that have been open for so long and were not told yet. */
  due(now: number): readonly HoleNews[] {
    const news: HoleNews[] = [];
    for (const { gateway, epoch, missed } of this.#streams.values()) {
      for (const gap of missed) {
        if (gap.isTold || now - gap.since < this.#patience) continue;
        gap.isTold = true;
        news.push({ kind: "hole", gateway, epoch, from: gap.from, to: gap.to });
      }
    }
    return news;
  }

  #watched(gateway: string, epoch: number, sequence: number): Watched {
    const key = `${gateway}.${epoch}`;
    const known = this.#streams.get(key);
    if (known !== undefined) return known;
    const latest = this.#epochs.get(gateway);
    // An epoch that begins while one watches is watched from its first attempt on; of one that is
    // met on its way, what came before is not known here.
    const highest = latest !== undefined && latest < epoch ? 0 : sequence - 1;
    const watched = { gateway, epoch, highest, missed: [] };
    this.#streams.set(key, watched);
    this.#epochs.set(gateway, Math.max(epoch, latest ?? 0));
    return watched;
  }
}

function without(gap: Missed, sequence: number): Missed[] {
  const left: Missed[] = [];
  if (gap.from < sequence) left.push({ ...gap, to: sequence - 1 });
  if (sequence < gap.to) left.push({ ...gap, from: sequence + 1 });
  return left;
}
