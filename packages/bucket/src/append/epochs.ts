import { join } from "node:path";
import { formatEpochs, parseEpochs } from "../epoch-file.ts";
import type { Tally } from "../frame.ts";
import { type Files, replaceDurably } from "./files.ts";
import { OpenRefused } from "./open-refused.ts";
import { EpochNotGreater } from "./submission.ts";

/** The greatest epoch that each writer has connected with, kept in the file `epochs`. */
export class Epochs {
  readonly #files: Files;
  readonly #path: string;
  readonly #last: Map<string, number>;

  private constructor(files: Files, path: string, last: Map<string, number>) {
    this.#files = files;
    this.#path = path;
    this.#last = last;
  }

  /** Whether a writer ever connected to this Bucket. */
  static exist(files: Files, directory: string): boolean {
    return files.read(epochsPath(directory)) !== undefined;
  }

  /**
   * Reads the epochs of a Bucket whose log holds `tallies`. Every writer had its epoch stored before
   * its first event, so an epoch in the log that the file does not reach means a lost or restored
   * file: taking a spent epoch again would let two attempts share a decision id.
   *
   * Throws `OpenRefused` (EPOCHS_INVALID), unless `adopt`: then the log's own epochs count.
   */
  static open(files: Files, directory: string, tallies: Iterable<Tally>, adopt: boolean): Epochs {
    const path = epochsPath(directory);
    const bytes = files.read(path);
    const stored = bytes === undefined ? new Map<string, number>() : parseEpochs(bytes);
    if (stored === undefined && !adopt) throw refusal(path, "is malformed");
    const last = stored ?? new Map<string, number>();
    for (const { writer, epoch } of tallies) {
      if ((last.get(writer) ?? 0) >= epoch) continue;
      if (!adopt) throw refusal(path, `does not reach epoch ${epoch} of writer ${writer}`);
      last.set(writer, epoch);
    }
    return new Epochs(files, path, last);
  }

  /** Durable when it returns. Throws `EpochNotGreater`, or the system's error if storing failed. */
  raise(writer: string, epoch: number): void {
    const last = this.#last.get(writer) ?? 0;
    if (!Number.isSafeInteger(epoch) || epoch <= last)
      throw new EpochNotGreater(writer, epoch, last);
    this.#last.set(writer, epoch);
    this.store();
  }

  /** Writes what is known. Throws the system's error. */
  store(): void {
    replaceDurably(this.#files, this.#path, formatEpochs(this.#last));
  }
}

function epochsPath(directory: string): string {
  return join(directory, "epochs");
}

function refusal(path: string, what: string): OpenRefused {
  return new OpenRefused(
    "EPOCHS_INVALID",
    `${path} ${what}, so a writer could come with an epoch that is spent; restore the file as it last was; if it is lost, see writ bucket adopt`,
  );
}
