import { Progress } from "../progress.ts";

const PATIENCE_MS = 2000;

/** A progress line that appears once something takes longer than one would wait for without a word. */
export class LateProgress {
  readonly #label: string;
  readonly #onLate: () => void;
  readonly #begun: number = performance.now();
  #line: Progress | undefined;
  #total = 0;

  /** `onLate` is told when the line appears for the first time. */
  constructor(label: string, onLate: () => void = () => {}) {
    this.#label = label;
    this.#onLate = onLate;
  }

  set(done: number, total: number): void {
    if (performance.now() - this.#begun < PATIENCE_MS) return;
    if (this.#total === 0) this.#onLate();
    if (total !== this.#total) this.end();
    this.#line ??= new Progress(this.#label, total);
    this.#total = total;
    this.#line.set(done);
  }

  /** Leaves the line standing where it is, if there is one. */
  end(): void {
    this.#line?.end();
    this.#line = undefined;
  }
}
