import { dirname, join } from "node:path";
import { HASH_SIZE } from "@writ/tlog/hash";
import { decodeBundle, encodeBundle } from "@writ/tlog/tile";
import { formatTilePath, TILE_WIDTH, type Tile } from "@writ/tlog/tile-path";
import { ensureDirectory, type Files, writeAll } from "./files.ts";
import type { TileFile } from "./tile-set.ts";

/** A partial file of some tile. */
export interface Kept {
  readonly width: number;
  readonly bytes: number;
}

/** Directories known to exist; forgotten beyond this many, so that memory does not grow. */
const KNOWN_DIRECTORIES = 1024;

/**
 * The public folder of a log, as C2SP tlog-tiles lays it out. Each file appears whole or not at
 * all: it is made in a staging directory of the same file system and renamed. None is synced here.
 */
export class TileFolder {
  readonly #files: Files;
  readonly #directory: string;
  readonly #staging: string;
  readonly #known = new Set<string>();
  #staged = 0;

  constructor(files: Files, directory: string, staging: string) {
    this.#files = files;
    this.#directory = directory;
    this.#staging = staging;
  }

  /** Makes the folder; clears what a crash left in the staging directory. */
  open(): void {
    ensureDirectory(this.#files, this.#directory);
    ensureDirectory(this.#files, this.#staging);
    for (const name of this.#files.list(this.#staging))
      this.#files.remove(join(this.#staging, name));
  }

  path(tile: Tile): string {
    return join(this.#directory, formatTilePath(tile));
  }

  read(tile: Tile): Uint8Array | undefined {
    return this.#files.read(this.path(tile));
  }

  checkpoint(): Uint8Array | undefined {
    return this.#files.read(this.#checkpointPath());
  }

  /**
   * Puts tiles in place one after the other, also over ones that read the same: a sync of those may
   * have failed, and would be believed the next time.
   */
  async put(files: readonly TileFile[]): Promise<void> {
    const staged = files.map(() => this.#stage());
    const handles = await Promise.all(staged.map((path) => this.#files.createLater(path)));
    for (const [i, { tile, content }] of files.entries()) {
      this.#place(staged[i] ?? "", handles[i] ?? -1, content, this.path(tile));
    }
  }

  async publish(checkpoint: Uint8Array): Promise<void> {
    const staged = this.#stage();
    const handle = await this.#files.createLater(staged);
    this.#place(staged, handle, checkpoint, this.#checkpointPath());
  }

  /** Removes the partial files of a tile, once its full one has been published. */
  removePartials(tile: Tile): void {
    const directory = this.#partials(tile);
    const names = this.#files.list(directory);
    for (const name of names) this.#files.remove(join(directory, name));
    if (names.length === 0) return;
    this.#files.removeDirectory(directory);
    this.#known.delete(directory);
  }

  /** Removes one partial file, while wider ones of the same tile stay. */
  removePartial(tile: Tile): void {
    this.#files.remove(this.path(tile));
  }

  /**
   * Makes every narrower file of a tile again from its present one, and gives them, the narrowest
   * first; removes what is wider.
   */
  async restorePartials({ tile, content }: TileFile): Promise<Kept[]> {
    const directory = this.#partials(tile);
    const kept: Kept[] = [];
    for (const name of this.#files.list(directory)) {
      const width = Number(name);
      if (name !== String(width) || width < 1 || width > tile.width) {
        this.#files.remove(join(directory, name));
      } else if (width < tile.width) {
        const narrower = prefix({ tile, content }, width);
        await this.put([{ tile: { ...tile, width }, content: narrower }]);
        kept.push({ width, bytes: narrower.length });
      }
    }
    return kept.sort((a, b) => a.width - b.width);
  }

  #stage(): string {
    const path = join(this.#staging, String(this.#staged));
    this.#staged += 1;
    return path;
  }

  #place(staged: string, handle: number, content: Uint8Array, path: string): void {
    try {
      writeAll(this.#files, handle, staged, content, 0);
    } finally {
      this.#files.close(handle);
    }
    this.#ensure(dirname(path));
    this.#files.rename(staged, path);
  }

  /** As `ensureDirectory` without syncs: what is derived from the log can be derived again. */
  #ensure(directory: string): void {
    if (directory === this.#directory || this.#known.has(directory)) return;
    this.#ensure(dirname(directory));
    this.#files.makeDirectory(directory);
    if (this.#known.size >= KNOWN_DIRECTORIES) this.#known.clear();
    this.#known.add(directory);
  }

  #partials(tile: Tile): string {
    return `${this.path({ ...tile, width: TILE_WIDTH })}.p`;
  }

  #checkpointPath(): string {
    return join(this.#directory, "checkpoint");
  }
}

function prefix({ tile, content }: TileFile, width: number): Uint8Array {
  if (tile.level !== "entries") return content.subarray(0, width * HASH_SIZE);
  return encodeBundle(decodeBundle(content, tile.width).slice(0, width));
}
