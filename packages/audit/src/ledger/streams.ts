import type { DecisionId } from "@writ/contract/decision-id";
import type { HoleRange, Stream } from "../index/search.ts";
import { Gaps, type SequenceRange } from "./gaps.ts";

interface Seen {
  readonly gateway: string;
  readonly epoch: number;
  readonly firstIndex: number;
  lastIndex: number;
  events: number;
  readonly gaps: Gaps;
}

/** What there is of each gateway and epoch, and which of their attempts left no record. */
export class Streams {
  readonly #streams = new Map<string, Seen>();

  /** Begins with what an index knows, or with nothing. */
  constructor(streams: readonly Stream[] = [], holes: readonly HoleRange[] = []) {
    const ranges = new Map<string, SequenceRange[]>();
    for (const { gateway, epoch, from, to } of holes) {
      const key = keyOf(gateway, epoch);
      const known = ranges.get(key) ?? [];
      known.push([from, to]);
      ranges.set(key, known);
    }
    // An index tells the last to begin first.
    for (const { gateway, epoch, events, highest, firstIndex, lastIndex } of [
      ...streams,
    ].reverse()) {
      const gaps = new Gaps(highest, ranges.get(keyOf(gateway, epoch)));
      const seen = { gateway, epoch, events, firstIndex, lastIndex, gaps };
      this.#streams.set(keyOf(gateway, epoch), seen);
    }
  }

  /** Notes the event of an attempt; events come in the log's order. */
  add({ gateway, epoch, sequence }: DecisionId, index: number): void {
    const seen = this.#seen(gateway, epoch, index);
    seen.events += 1;
    seen.lastIndex = index;
    seen.gaps.add(sequence);
  }

  /** The last to begin first. */
  streams(): Stream[] {
    return [...this.#streams.values()].reverse().map(({ gaps, ...seen }) => {
      return { ...seen, highest: gaps.highest, missing: gaps.missing };
    });
  }

  /** By gateway, epoch and sequence. */
  holes(): HoleRange[] {
    return [...this.#streams.values()]
      .sort((a, b) =>
        a.gateway === b.gateway ? a.epoch - b.epoch : a.gateway < b.gateway ? -1 : 1,
      )
      .flatMap(({ gateway, epoch, gaps }) =>
        gaps.ranges.map(([from, to]) => ({ gateway, epoch, from, to })),
      );
  }

  #seen(gateway: string, epoch: number, index: number): Seen {
    const key = keyOf(gateway, epoch);
    const known = this.#streams.get(key);
    if (known !== undefined) return known;
    const made = { gateway, epoch, firstIndex: index, lastIndex: index, events: 0 };
    const seen = { ...made, gaps: new Gaps() };
    this.#streams.set(key, seen);
    return seen;
  }
}

function keyOf(gateway: string, epoch: number): string {
  return `${gateway}.${epoch}`;
}
