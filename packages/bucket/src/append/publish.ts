import { join } from "node:path";
import { equalBytes } from "@writ/tlog/hash";
import { TILE_WIDTH, type Tile, TileRefused } from "@writ/tlog/tile-path";
import type { Clock } from "./clock.ts";
import type { Files } from "./files.ts";
import type { Head } from "./head.ts";
import { LogCursor } from "./log-cursor.ts";
import { OpenRefused } from "./open-refused.ts";
import { PartialBundles } from "./partial-bundles.ts";
import { TileFolder } from "./tile-folder.ts";
import { type TileFile, TileSet } from "./tile-set.ts";
import { syncedSize, TileSync } from "./tile-sync.ts";

/** Least time between two published checkpoints; a slow disk makes it longer. */
const INTERVAL_MS = 100;
/** Putting a checkpoint in place may take at most one part in this many of the time. */
const SHARE = 4;
/** Leaves that are made into full tiles at once, and not at the next checkpoint. */
const EAGER_LEAVES = 1024;
/** Leaves worked through before others get their turn. */
const LEAVES_A_TURN = 512;
/** What is not published when the log closes, in this time, is published at the next opening. */
const PATIENCE_MS = 500;

/** What follows the commits of an open log. */
export interface Publishing {
  /** Begins with making again what is not known to be durable. */
  start(): void;
  /** All leaves up to `head` stand in the log and are synced. Heads come in the order of commits. */
  offer(head: Head): void;
  /**
   * Resolves when the head offered last is published, a fault was reported, or patience has ended:
   * then the next opening does the rest. Nothing that was acknowledged waits for it.
   */
  flush(): Promise<void>;
  /** Begins nothing more; resolves when nothing is under way. */
  stop(): Promise<void>;
}

export interface PublisherOptions {
  readonly files: Files;
  readonly clock: Clock;
  /** The Bucket's directory. */
  readonly directory: string;
  /** The log's head. Tiles up to it may be missing or damaged: a crash came between. */
  readonly head: Head;
  /** Full tiles are made durable in steps of this many leaves, a multiple of 256. */
  readonly tileSyncLeaves: number;
  /** Told of the first fault; nothing is published after it. */
  readonly onFault: (cause: unknown) => void;
}

/** The public folder of a Bucket. */
export function tileFolderOf(files: Files, directory: string): TileFolder {
  return new TileFolder(files, join(directory, "tiles"), join(directory, "staging"));
}

/**
 * Brings the public folder up to the log: full tiles and bundles, then the partial ones of this
 * size, then `checkpoint`. Makes them from what it reads back from the log, never beyond the head
 * offered last, so that no commit is kept in memory and growing is the same as repairing. Their
 * root must be the signed one before a head is published: a reader that sees a checkpoint finds
 * all of its tree, and nothing that could still be lost.
 */
export class Publisher implements Publishing {
  readonly #options: PublisherOptions;
  readonly #folder: TileFolder;
  readonly #sync: TileSync;
  readonly #log: string;
  #tiles: TileSet | undefined;
  #cursor: LogCursor | undefined;
  /** Size that the tiles were taken over from the folder at; what follows is made from the log. */
  #base: number;
  #latest: Head;
  #published: Head | undefined;
  /** Tiles with partial files in the folder, as `level/index`, and the widest there is. */
  #partials = new Map<string, number>();
  readonly #bundles = new PartialBundles();
  /** Tiles that became full since the last checkpoint and may have partial files. */
  #outgrown: Tile[] = [];
  /** True until what a crash may have left missing or half built has been made again. */
  #isRestoring = true;
  #work = 0;
  #isDue = false;
  #pause = INTERVAL_MS;
  #callOff: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: PublisherOptions) {
    const { files, clock, directory, head, tileSyncLeaves } = options;
    this.#options = options;
    this.#folder = tileFolderOf(files, directory);
    this.#log = join(directory, "log");
    this.#latest = head;
    this.#base = syncedSize(files, directory, head.size);
    this.#sync = new TileSync({
      files,
      clock,
      directory,
      folder: this.#folder,
      synced: this.#base,
      step: tileSyncLeaves,
    });
  }

  start(): void {
    this.#wakeAfter(0);
  }

  offer(head: Head): void {
    this.#latest = head;
    if (this.#isFarBehind) this.#wake();
    else if (this.#callOff === undefined && this.#running === undefined) {
      this.#wakeAfter(this.#pause);
    }
  }

  async flush(): Promise<void> {
    const callOff = this.#options.clock.after(PATIENCE_MS, () => {
      this.#isStopped = true;
    });
    while (!this.#isStopped && this.#published !== this.#latest) {
      this.#isDue = true;
      this.#wake();
      await this.#running;
    }
    callOff();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#callOff?.();
    this.#callOff = undefined;
    await this.#running;
    await this.#sync.stop();
  }

  get #isFarBehind(): boolean {
    return this.#latest.size - (this.#tiles?.size ?? this.#base) >= EAGER_LEAVES;
  }

  #wakeAfter(milliseconds: number): void {
    this.#callOff = this.#options.clock.after(milliseconds, () => {
      this.#callOff = undefined;
      this.#isDue = true;
      this.#wake();
    });
  }

  #wake(): void {
    if (this.#isStopped || this.#running !== undefined) return;
    this.#running = this.#follow().finally(() => {
      this.#running = undefined;
      const isBehind = this.#latest !== this.#published;
      if (isBehind && !this.#isStopped && this.#callOff === undefined) this.#wakeAfter(this.#pause);
    });
  }

  async #follow(): Promise<void> {
    try {
      while (!this.#isStopped && (this.#isDue || this.#isFarBehind)) {
        const target = this.#latest;
        const tiles = await this.#build(target);
        if (this.#isDue && tiles !== undefined) await this.#finish(target, tiles);
      }
    } catch (cause) {
      this.#fail(cause);
    }
  }

  #fail(cause: unknown): void {
    this.#isStopped = true;
    this.#options.onFault(cause);
  }

  /** Writes the full files up to `target`; gives its tiles, or `undefined` if it was stopped. */
  async #build(target: Head): Promise<TileSet | undefined> {
    this.#tiles ??= this.#restore();
    const tiles = this.#tiles;
    while (tiles.size < target.size) {
      const entries = this.#next(tiles.size);
      for (const files of tiles.add(entries)) {
        await this.#folder.put(files);
        await this.#turn(TILE_WIDTH);
        if (this.#isStopped) return undefined;
        for (const { tile } of files) {
          if (this.#isRestoring || this.#partials.has(tileName(tile))) this.#outgrown.push(tile);
        }
      }
      await this.#turn(entries.length % TILE_WIDTH);
      if (this.#isStopped) return undefined;
    }
    return tiles;
  }

  /** The tiles that are known to be durable, taken over from the folder. */
  #restore(): TileSet {
    try {
      return TileSet.restore(this.#base, (tile) => this.#folder.read(tile) ?? nothing(tile));
    } catch (error) {
      // A tile that should be durable is not there: everything is made again.
      if (!(error instanceof TileRefused)) throw error;
      this.#base = 0;
      return TileSet.restore(0, nothing);
    }
  }

  async #finish(target: Head, tiles: TileSet): Promise<void> {
    const { clock } = this.#options;
    this.#isDue = false;
    if (target === this.#published) return;
    if (!equalBytes(tiles.root(), target.root)) {
      this.#restart();
      return;
    }
    const began = clock.now();
    await this.#put(target, tiles);
    if (this.#isStopped) return;
    this.#pause = Math.max(INTERVAL_MS, SHARE * (clock.now() - began));
    this.#sync.follow(target.size, (cause) => this.#fail(cause));
  }

  async #put(target: Head, tiles: TileSet): Promise<void> {
    const folder = this.#folder;
    const partials = tiles.partials();
    const superfluous: Tile[] = [];
    for (const file of partials) {
      const { tile, content } = file;
      const narrower = this.#isRestoring ? await folder.restorePartials(file) : [];
      if (tile.level !== "entries") continue;
      const { index, width } = tile;
      const gone = this.#bundles.add(index, [...narrower, { width, bytes: content.length }]);
      superfluous.push(...gone.map((narrow) => ({ ...tile, width: narrow })));
    }
    const fresh = ({ tile }: TileFile): boolean =>
      this.#partials.get(tileName(tile)) !== tile.width;
    await folder.put(partials.filter(fresh));
    const found = this.#published?.note ?? folder.checkpoint();
    if (this.#isStopped) return;
    if (found === undefined || !equalBytes(found, target.note)) await folder.publish(target.note);
    for (const tile of this.#outgrown.splice(0)) folder.removePartials(tile);
    for (const tile of superfluous) folder.removePartial(tile);
    this.#partials = new Map(partials.map(({ tile }) => [tileName(tile), tile.width]));
    this.#published = target;
    this.#isRestoring = false;
  }

  #next(index: number): readonly Uint8Array[] {
    this.#cursor ??= new LogCursor(this.#options.files, this.#log, index);
    return this.#cursor.next(index);
  }

  /** The tiles that were believed do not make up this tree: make all of them again. */
  #restart(): void {
    if (this.#base === 0) {
      throw new OpenRefused(
        "LOG_CORRUPT",
        `the leaves in ${this.#log} do not make up the signed head; verify the log and restore the damaged segment from a copy`,
      );
    }
    this.#base = 0;
    this.#tiles = undefined;
    this.#cursor = undefined;
    this.#outgrown = [];
    this.#isRestoring = true;
  }

  async #turn(work: number): Promise<void> {
    this.#work += work;
    if (this.#work < LEAVES_A_TURN) return;
    this.#work = 0;
    await this.#options.clock.breathe();
  }
}

function tileName({ level, index }: Tile): string {
  return `${level}/${index}`;
}

function nothing(tile: Tile): Uint8Array {
  throw new TileRefused("TILE_MISSING", `tile: level ${tile.level} index ${tile.index} is missing`);
}
