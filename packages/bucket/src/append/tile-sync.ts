import { dirname, join } from "node:path";
import { TILE_WIDTH } from "@writ/tlog/tile-path";
import type { Clock } from "./clock.ts";
import { type Files, replaceDurablyLater } from "./files.ts";
import type { TileFolder } from "./tile-folder.ts";
import { fullTilesBetween } from "./tile-set.ts";

/** Pauses for each sync, in lengths of that sync: tiles take a tenth of the disk's time. */
const RESTS = 9;

export interface TileSyncOptions {
  readonly files: Files;
  readonly clock: Clock;
  /** The Bucket's directory. */
  readonly directory: string;
  readonly folder: TileFolder;
  /** What `syncedSize` said. */
  readonly synced: number;
  /** Leaves whose full tiles are synced in one go, a multiple of 256. */
  readonly step: number;
}

/**
 * Makes full tiles durable, long after they were published and without hurry, and notes in
 * `tiles.synced` below which size they are. What a loss of power can have taken from the public
 * folder is above that, and made again from the log at the next start.
 */
export class TileSync {
  readonly #files: Files;
  readonly #path: string;
  readonly #root: string;
  readonly #folder: TileFolder;
  readonly #clock: Clock;
  readonly #step: number;
  #synced: number;
  #published = 0;
  #running: Promise<void> | undefined;
  #isStopped = false;
  #endPause: () => void = () => {};

  constructor(options: TileSyncOptions) {
    this.#files = options.files;
    this.#path = markPath(options.directory);
    this.#root = join(options.directory, "tiles");
    this.#folder = options.folder;
    this.#clock = options.clock;
    this.#synced = options.synced;
    this.#step = options.step;
  }

  /** The tiles of a tree of `size` are published. Faults go to `onFault`. */
  follow(size: number, onFault: (cause: unknown) => void): void {
    this.#published = size;
    if (this.#isStopped || this.#running !== undefined || size - this.#synced < this.#step) return;
    this.#running = this.#run()
      .catch(onFault)
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Begins nothing more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#endPause();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped && this.#published - this.#synced >= this.#step) {
      const size = this.#synced + this.#step;
      const directories = new Set<string>();
      for (const tile of fullTilesBetween(this.#synced, size)) {
        const path = this.#folder.path(tile);
        await this.#syncFile(path);
        for (let at = dirname(path); at.startsWith(this.#root); at = dirname(at))
          directories.add(at);
        if (this.#isStopped) return;
      }
      for (const directory of directories) await this.#files.syncDirectoryLater(directory);
      await replaceDurablyLater(this.#files, this.#path, Buffer.from(`${size}\n`));
      this.#synced = size;
    }
  }

  async #syncFile(path: string): Promise<void> {
    const began = this.#clock.now();
    const handle = this.#files.open(path);
    try {
      await this.#files.syncLater(handle);
    } finally {
      this.#files.close(handle);
    }
    // Commits share the disk and come first. What is not synced yet costs no safety, only work at the
    // opening after a crash.
    await this.#pause(RESTS * (this.#clock.now() - began));
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const callOff = this.#clock.after(milliseconds, resolve);
      this.#endPause = () => {
        callOff();
        resolve();
      };
      if (this.#isStopped) this.#endPause();
    });
  }
}

/** Size below which the full tiles are durable: a multiple of 256, at most `size`; 0 if unknown. */
export function syncedSize(files: Files, directory: string, size: number): number {
  const text = Buffer.from(files.read(markPath(directory)) ?? []).toString("latin1");
  const synced = /^(?:0|[1-9][0-9]{0,15})\n$/.test(text) ? Number(text) : 0;
  return synced <= size && synced % TILE_WIDTH === 0 ? synced : 0;
}

function markPath(directory: string): string {
  return join(directory, "tiles.synced");
}
