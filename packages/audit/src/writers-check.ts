import { SequenceSet } from "./sequence-set.ts";
import { type Findings, HOLES_KEPT, type Hole } from "./verify-report.ts";

/** Whose batch it is, and which. */
export interface BatchPlace {
  readonly writer: string;
  readonly epoch: number;
  readonly batch: number;
}

/** A decision id that was there before, and where it came again. */
export interface Repeat {
  readonly id: string;
  readonly index: number;
}

interface WriterState {
  epoch: number;
  batch: number;
  readonly sequences: Map<number, SequenceSet>;
}

/** At most as many repeats are traced back to where the id stood first. */
export const REPEATS_TRACED = 100;

/**
 * What each writer has said so far: its batches in order, its decision ids each once. Holds per
 * epoch only which sequences were seen.
 */
export class WritersCheck {
  readonly #findings: Findings;
  readonly #writers = new Map<string, WriterState>();
  readonly #repeats: Repeat[] = [];

  constructor(findings: Findings) {
    this.#findings = findings;
    findings.made("batch-order", "decision-owner", "decision-unique");
  }

  /** The next batch in the log; `index` is that of its first event. */
  batch({ writer, epoch, batch }: BatchPlace, index: number): void {
    const state = this.#state(writer);
    const what = `batch ${batch} of ${writer} in epoch ${epoch}`;
    if (epoch < state.epoch) {
      this.#findings.add("batch-order", index, `${what} comes after epoch ${state.epoch}`);
      return;
    }
    if (epoch === state.epoch && batch <= state.batch) {
      this.#findings.add("batch-order", index, `${what} comes after batch ${state.batch}`);
    }
    state.batch = epoch === state.epoch ? Math.max(batch, state.batch) : batch;
    state.epoch = epoch;
  }

  /** The sequence of an event's decision id, which is its batch's own. */
  sequence(sequence: number, { writer, epoch }: Omit<BatchPlace, "batch">, index: number): void {
    if (this.#sequences(writer, epoch).add(sequence)) return;
    this.#repeated({ id: `${writer}.${epoch}.${sequence}`, index });
  }

  /** Repeats whose first place is still to be found and reported. */
  get repeats(): readonly Repeat[] {
    return this.#repeats;
  }

  /** The highest epoch of each writer. */
  epochs(): ReadonlyMap<string, number> {
    return new Map([...this.#writers].map(([writer, { epoch }]) => [writer, epoch]));
  }

  holes(): { holes: Hole[]; holeCount: number } {
    const holes: Hole[] = [];
    let holeCount = 0;
    for (const [gateway, { sequences }] of [...this.#writers].sort(byKey)) {
      for (const [epoch, set] of [...sequences].sort((a, b) => a[0] - b[0])) {
        for (const [from, to] of set.holes()) {
          holeCount += 1;
          if (holes.length < HOLES_KEPT) holes.push({ gateway, epoch, from, to });
        }
      }
    }
    return { holes, holeCount };
  }

  #repeated(repeat: Repeat): void {
    if (this.#repeats.length < REPEATS_TRACED) {
      this.#repeats.push(repeat);
      return;
    }
    this.#findings.add("decision-unique", repeat.index, `decision ${repeat.id} was there before`);
  }

  #state(writer: string): WriterState {
    const known = this.#writers.get(writer);
    if (known !== undefined) return known;
    const made: WriterState = { epoch: 0, batch: 0, sequences: new Map() };
    this.#writers.set(writer, made);
    return made;
  }

  #sequences(writer: string, epoch: number): SequenceSet {
    const { sequences } = this.#state(writer);
    const known = sequences.get(epoch);
    if (known !== undefined) return known;
    const made = new SequenceSet();
    sequences.set(epoch, made);
    return made;
  }
}

function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1;
}
