/**
 * A rate with a burst: it holds `burst` tokens at first and at most, and gains `rate` a second.
 * Nothing waits in it; who finds it empty is refused.
 */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  /**
   * @param rate tokens a second, above 0
   * @param burst at least 1
   * @param now milliseconds of a clock that never goes back
   */
  constructor(rate: number, burst: number, now: number) {
    this.#perMs = rate / 1_000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Takes one, or says that there is none. */
  take(now: number): boolean {
    const gained = Math.max(0, now - this.#at) * this.#perMs;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#at = Math.max(this.#at, now);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
