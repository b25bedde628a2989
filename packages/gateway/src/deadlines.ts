/** Something that must be over at a time. */
export interface Watched {
  /** Milliseconds of the monotonic clock; set by `watch`. */
  dueAt: number;
  /** Its time has passed; it is watched no more. */
  late(): void;
}

/** One timer for all that is waited for: a timer of its own would cost each request more. */
export class Deadlines {
  readonly #watched = new Set<Watched>();
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;

  /** @param everyMs how often it looks: nothing is late by more than this */
  constructor(everyMs: number, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#timer = setInterval(() => this.sweep(), everyMs).unref();
  }

  get size(): number {
    return this.#watched.size;
  }

  /** From now; again for what is watched already. */
  watch(item: Watched, ms: number): void {
    item.dueAt = this.#now() + ms;
    this.#watched.add(item);
  }

  forget(item: Watched): void {
    this.#watched.delete(item);
  }

  sweep(): void {
    const now = this.#now();
    for (const item of this.#watched) {
      if (item.dueAt > now) continue;
      this.#watched.delete(item);
      item.late();
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#watched.clear();
  }
}
