/** `,"trace_id":"<64 hex>"}` ends every event: of the nine names it is the last in canonical order. */
const FROM_END = 66;
const DIGITS = 12;
const UNREAD = 2 ** (4 * DIGITS);

/**
 * Where in a part of a log each trace_id is, by its first digits: ten bytes or so an event, whatever
 * the events hold. Whoever asks looks at the events themselves, which alone say their trace_id.
 */
export class TracePlaces {
  /** Index of the first event that it knows of. */
  readonly first: number;
  /** First digits of each event's trace_id, in the log's order; after `sort`, in their own. */
  readonly #digits: Float64Array;
  #places: Uint32Array = new Uint32Array(0);
  #count = 0;

  /** For `most` events from the index `first` on. */
  constructor(first: number, most: number) {
    this.first = first;
    this.#digits = new Float64Array(most);
  }

  /** The next event's bytes. */
  add(entry: Uint8Array): void {
    const at = entry.length - FROM_END;
    const text = Buffer.from(entry.buffer, entry.byteOffset, entry.length);
    const digits =
      at < 0 ? Number.NaN : Number.parseInt(text.toString("latin1", at, at + DIGITS), 16);
    this.#digits[this.#count] = Number.isNaN(digits) ? UNREAD : digits;
    this.#count += 1;
  }

  /** To be called once, after the last event. */
  sort(): void {
    const places = Uint32Array.from({ length: this.#count }, (_, at) => at);
    const digits = this.#digits;
    this.#places = places.sort((a, b) => (digits[a] ?? 0) - (digits[b] ?? 0) || a - b);
  }

  /** Indices of events whose trace_id may be this one, ascending. */
  of(traceId: string): number[] {
    const wanted = Number.parseInt(traceId.slice(0, DIGITS), 16);
    const found: number[] = [];
    for (let at = this.#lowest(wanted); at < this.#count; at++) {
      const place = this.#places[at] ?? 0;
      if (this.#digits[place] !== wanted) break;
      found.push(this.first + place);
    }
    return found;
  }

  #lowest(wanted: number): number {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#digits[this.#places[middle] ?? 0] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
