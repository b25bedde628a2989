import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DENIALS_FILE } from "@writ/audit/bucket-denials";

/** Between two writes of the file, in milliseconds. */
const PAUSE_MS = 1000;

/**
 * Keeps a file with how often the Bucket has turned something away, by cause, since its start: a
 * line of JSON. The Bucket answers no one but its writers, so whoever watches it reads this. Written
 * at most once in PAUSE_MS, replaced as a whole, never synced: it is news and not a record. That it
 * cannot be written holds up nothing.
 */
export class DenialCounts {
  readonly #directory: string;
  readonly #counts: ReadonlyMap<string, number>;
  #timer: NodeJS.Timeout | undefined;
  #written: Promise<void>;

  /** Begins with a file for `counts` as they are, in the Bucket folder, in the place of the last run's. */
  constructor(directory: string, counts: ReadonlyMap<string, number>) {
    this.#directory = directory;
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
    const fresh = join(this.#directory, `.${DENIALS_FILE}.new`);
    const line = `${JSON.stringify(Object.fromEntries(this.#counts))}\n`;
    try {
      await writeFile(fresh, line, { mode: 0o640 });
      await rename(fresh, join(this.#directory, DENIALS_FILE));
    } catch {
      // A full disk, or a folder that is gone: the lines on standard error still tell everything.
    }
  }
}
