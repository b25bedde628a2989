/** What stands in a DeadlineLine, in at most one; the line alone touches these. */
export class Timed {
  due = 0;
  before: this | undefined;
  after: this | undefined;
  isInLine = false;
}

/**
 * Things that each must be over within the same time. One timer serves all of them: whoever came
 * first is due first. Linked through the things themselves, as there may be 100,000 a second.
 */
export class DeadlineLine<T extends Timed> {
  readonly #ms: number;
  readonly #onLate: (late: T) => void;
  #first: T | undefined;
  #last: T | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, onLate: (late: T) => void) {
    this.#ms = ms;
    this.#onLate = onLate;
  }

  add(item: T): void {
    item.due = performance.now() + this.#ms;
    item.isInLine = true;
    item.before = this.#last;
    item.after = undefined;
    if (this.#last === undefined) this.#first = item;
    else this.#last.after = item;
    this.#last = item;
    this.#timer ??= setTimeout(() => this.#expire(), this.#ms);
  }

  /** It is over in time, or not in the line at all. */
  remove(item: T): void {
    if (!item.isInLine) return;
    item.isInLine = false;
    if (item.before === undefined) this.#first = item.after;
    else item.before.after = item.after;
    if (item.after === undefined) this.#last = item.before;
    else item.after.before = item.before;
    item.before = undefined;
    item.after = undefined;
  }

  /** Forgets everyone. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#first !== undefined) this.remove(this.#first);
  }

  #expire(): void {
    this.#timer = undefined;
    const now = performance.now();
    while (this.#first !== undefined && this.#first.due <= now) {
      const late = this.#first;
      this.remove(late);
      this.#onLate(late);
    }
    // Whoever was added meanwhile may have set a timer, for later than the first is due.
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#first === undefined) return;
    this.#timer = setTimeout(() => this.#expire(), Math.ceil(this.#first.due - now));
  }
}
