import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";

/** Between two writes of the file, in milliseconds. */
const PAUSE_MS = 1000;
const MOST_BYTES = 4096;
const CAUSE = /^[A-Z][A-Z_]{0,63}$/;

/**
 * Keeps a file with how often the Bucket has turned something away, by cause, since its start: a
 * line of JSON. The Bucket answers no one but its writers, so whoever watches it reads this. Written
 * at most once in PAUSE_MS, replaced as a whole, never synced: it is news and not a record. That it
 * cannot be written holds up nothing.
 */
export class DenialCounts {
  readonly #path: string;
  readonly #counts: ReadonlyMap<string, number>;
  #timer: NodeJS.Timeout | undefined;
  #written: Promise<void>;

  /** Begins with a file for `counts` as they are, in the place of the last run's. */
  constructor(path: string, counts: ReadonlyMap<string, number>) {
    this.#path = path;
    this.#counts = counts;
    this.#written = this.#write();
  }

  /** To be told of each change of the counts. */
  changed(): void {
    this.#timer ??= setTimeout(() => this.#writeNext(), PAUSE_MS).unref();
  }

  /** Writes what has changed since the last time; resolves when it is done. */
  async close(): Promise<void> {
    if (this.#timer !== undefined) this.#writeNext();
    await this.#written;
  }

  #writeNext(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#written = this.#written.then(() => this.#write());
  }

  async #write(): Promise<void> {
    const fresh = `${this.#path}.new`;
    const line = `${JSON.stringify(Object.fromEntries(this.#counts))}\n`;
    try {
      await writeFile(fresh, line, { mode: 0o600 });
      await rename(fresh, this.#path);
    } catch {
      // A full disk, or a folder that is gone: the lines on standard error still tell everything.
    }
  }
}

/** What such a file says; empty if there is none, or it is of another form. */
export function readDenialCounts(path: string): ReadonlyMap<string, number> {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MOST_BYTES) return new Map();
    const counts: unknown = JSON.parse(bytes.toString("utf8"));
    if (typeof counts !== "object" || counts === null) return new Map();
    return new Map(Object.entries(counts).filter(isCount));
  } catch {
    return new Map();
  }
}

function isCount(entry: [string, unknown]): entry is [string, number] {
  const [cause, count] = entry;
  return CAUSE.test(cause) && Number.isSafeInteger(count) && Number(count) >= 0;
}
