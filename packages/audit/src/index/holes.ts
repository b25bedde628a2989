import type { DatabaseSync, StatementSync } from "node:sqlite";

/** What a chunk adds to one stream. */
interface Arrived {
  readonly sequences: number[];
  lastIndex: number;
}

/**
 * Which sequences of each stream are not recorded. Attempts land nearly in order: a chunk's
 * sequences are sorted and taken as runs, so that few of them touch the database.
 */
export class Holes {
  readonly #arrived = new Map<number, Arrived>();
  readonly #highest: StatementSync;
  readonly #raise: StatementSync;
  readonly #holding: StatementSync;
  readonly #remove: StatementSync;
  readonly #add: StatementSync;

  constructor(database: DatabaseSync) {
    this.#highest = database.prepare("SELECT highest FROM stream WHERE id = ?");
    this.#raise = database.prepare(
      "UPDATE stream SET highest = max(highest, ?), events = events + ?, last_index = ? WHERE id = ?",
    );
    this.#holding = database.prepare(
      "SELECT first, last FROM hole WHERE stream = ? AND first <= ? ORDER BY first DESC LIMIT 1",
    );
    this.#remove = database.prepare("DELETE FROM hole WHERE stream = ? AND first = ?");
    this.#add = database.prepare("INSERT INTO hole (stream, first, last) VALUES (?, ?, ?)");
  }

  add(stream: number, sequence: number, index: number): void {
    const known = this.#arrived.get(stream);
    if (known === undefined) this.#arrived.set(stream, { sequences: [sequence], lastIndex: index });
    else {
      known.sequences.push(sequence);
      known.lastIndex = index;
    }
  }

  /** Writes what was added since the last time. */
  flush(): void {
    for (const [stream, { sequences, lastIndex }] of this.#arrived) {
      let highest = Number(this.#highest.get(stream)?.highest ?? 0);
      for (const [first, last] of runs(sequences)) {
        this.#fill(stream, first, Math.min(last, highest));
        if (last <= highest) continue;
        if (first > highest + 1) this.#add.run(stream, highest + 1, first - 1);
        highest = last;
      }
      this.#raise.run(highest, sequences.length, lastIndex, stream);
    }
    this.forget();
  }

  forget(): void {
    this.#arrived.clear();
  }

  /** Sequences first … last, none above the highest, are recorded; some may have been before. */
  #fill(stream: number, first: number, last: number): void {
    for (let end = last; end >= first; ) {
      const hole = this.#holding.get(stream, end);
      if (hole === undefined) return;
      const [from, to] = [Number(hole.first), Number(hole.last)];
      if (to < first) return;
      this.#remove.run(stream, from);
      if (to > end) this.#add.run(stream, end + 1, to);
      if (from < first) this.#add.run(stream, from, first - 1);
      end = from - 1;
    }
  }
}

/** Ascending runs `[first, last]` of consecutive numbers. */
function* runs(numbers: number[]): Generator<readonly [first: number, last: number]> {
  const sorted = numbers.sort((a, b) => a - b);
  let first = sorted[0];
  let last = first;
  for (const number of sorted) {
    if (first === undefined || last === undefined) return;
    if (number > last + 1) {
      yield [first, last];
      first = number;
    }
    last = number;
  }
  if (first !== undefined && last !== undefined) yield [first, last];
}
