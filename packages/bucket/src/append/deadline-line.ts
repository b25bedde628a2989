/**
 * Things that each must be over within the same time. One timer serves all of them: whoever came
 * first is due first.
 */
export class DeadlineLine<T> {
  readonly #ms: number;
  readonly #onLate: (late: T) => void;
  // A Map keeps the order of arrival and lets any one leave in constant time.
  readonly #due = new Map<T, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, onLate: (late: T) => void) {
    this.#ms = ms;
    this.#onLate = onLate;
  }

  add(item: T): void {
    this.#due.set(item, performance.now() + this.#ms);
    this.#timer ??= setTimeout(() => this.#expire(), this.#ms);
  }

  /** It is over in time, or not in the line at all. */
  remove(item: T): void {
    this.#due.delete(item);
  }

  /** Forgets everyone. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due.clear();
  }

  #expire(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const [item, due] of this.#due) {
      if (due > now) {
        this.#timer = setTimeout(() => this.#expire(), Math.ceil(due - now));
        return;
      }
      this.#due.delete(item);
      this.#onLate(item);
    }
  }
}
