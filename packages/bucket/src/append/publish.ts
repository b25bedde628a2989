import { equalBytes } from "@writ/tlog/hash";
import { type Tile, TileRefused } from "@writ/tlog/tile-path";
import type { Clock } from "./clock.ts";
import type { Files } from "./files.ts";
import type { Head } from "./head.ts";
import { type Leaves, LogCursor } from "./log-cursor.ts";
import { OpenRefused } from "./open-refused.ts";
import type { TileFolder } from "./tile-folder.ts";
import { TileSet } from "./tile-set.ts";
import type { TileSync } from "./tile-sync.ts";

/** Least time between two published checkpoints; a slow disk makes it longer. */
const INTERVAL_MS = 100;
/** Publishing may take at most one part in this many of the time. */
const SHARE = 4;
/** Files written before commits get their turn. */
const FILES_A_TURN = 8;
/** Leaves worked through before commits get their turn. */
const LEAVES_A_TURN = 512;
/** Leaves kept in memory until they are published; beyond, they are read back from the log. */
const BACKLOG_BYTES: number = 32 * 1024 * 1024;

export interface PublisherOptions {
  readonly files: Files;
  readonly clock: Clock;
  /** Directory of the log's segments. */
  readonly log: string;
  readonly folder: TileFolder;
  readonly sync: TileSync;
  /** Size below which full tiles are known to be durable. */
  readonly synced: number;
  /** The log's head. Tiles up to it may be missing or damaged: a crash came between. */
  readonly head: Head;
  /** Told of the first fault; nothing is published after it. */
  readonly onFault: (cause: unknown) => void;
}

/**
 * Brings the public folder up to the log: full tiles and bundles, then the partial ones of this
 * size, then `checkpoint`. Works between commits and is never ahead of a sync: a reader that sees a
 * checkpoint finds all of its tree, and nothing that could still be lost.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  #tiles: TileSet;
  /** Size that the tiles were taken over from the folder at; what follows is made from the log. */
  #base: number;
  #latest: Head;
  #published: Head | undefined;
  readonly #queue: { readonly leaves: Leaves; readonly bytes: number }[] = [];
  #queuedBytes = 0;
  #cursor: LogCursor | undefined;
  /** Widths of the partial files of the published size, by tile. */
  #partials = new Map<string, number>();
  /** True until what a crash may have left missing or half built has been made again. */
  #isRestoring = true;
  #work = 0;
  #callOff: (() => void) | undefined;
  #round: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#latest = options.head;
    this.#base = options.synced;
    this.#tiles = TileSet.restore(0, nothing);
    try {
      this.#tiles = TileSet.restore(
        options.synced,
        (tile) => options.folder.read(tile) ?? nothing(tile),
      );
    } catch (error) {
      // A tile that should be durable is not there: everything is made again.
      if (!(error instanceof TileRefused)) throw error;
      this.#base = 0;
    }
  }

  /** Begins with making again what is not known to be durable. */
  start(): void {
    this.#schedule(0);
  }

  /** Leaves were committed and synced, and `head` is their head. */
  offer(leaves: Leaves, bytes: number, head: Head): void {
    this.#latest = head;
    if (this.#queuedBytes + bytes <= BACKLOG_BYTES) {
      this.#queue.push({ leaves, bytes });
      this.#queuedBytes += bytes;
    }
    if (this.#callOff === undefined && this.#round === undefined) this.#schedule(INTERVAL_MS);
  }

  /** Resolves when the head offered last is published, or a fault was reported. */
  async flush(): Promise<void> {
    for (;;) {
      this.#callOff?.();
      this.#callOff = undefined;
      if (this.#round === undefined) {
        if (this.#isStopped || this.#latest === this.#published) return;
        this.#round = this.#publish();
      }
      await this.#round;
    }
  }

  /** Begins nothing more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#callOff?.();
    this.#callOff = undefined;
    await this.#round;
    await this.#options.sync.stop();
  }

  #schedule(milliseconds: number): void {
    if (this.#isStopped) return;
    this.#callOff = this.#options.clock.after(milliseconds, () => {
      this.#callOff = undefined;
      this.#round = this.#publish();
    });
  }

  async #publish(): Promise<void> {
    const { clock, onFault, sync } = this.#options;
    const began = clock.now();
    try {
      const target = this.#latest;
      const full = await this.#build(target);
      if (!this.#isStopped) this.#finish(target, full);
    } catch (cause) {
      this.#isStopped = true;
      onFault(cause);
    }
    this.#round = undefined;
    if (this.#isStopped) return;
    sync.follow(this.#tiles.size, (cause) => {
      this.#isStopped = true;
      onFault(cause);
    });
    if (this.#latest === this.#published) return;
    this.#schedule(Math.max(INTERVAL_MS, SHARE * (clock.now() - began)));
  }

  /** Writes the full files up to `target`; gives those whose partial files are now superfluous. */
  async #build(target: Head): Promise<Tile[]> {
    const { folder } = this.#options;
    const outgrown: Tile[] = [];
    while (this.#tiles.size < target.size) {
      const leaves = this.#next();
      for (const file of this.#tiles.add(leaves)) {
        folder.put(file);
        if (this.#isRestoring || this.#partials.has(tileName(file.tile))) outgrown.push(file.tile);
        await this.#turn(LEAVES_A_TURN / FILES_A_TURN);
        if (this.#isStopped) return [];
      }
      await this.#turn(leaves.entries.length);
      if (this.#isStopped) return [];
    }
    if (!this.#isRestoring || equalBytes(this.#tiles.root(), target.root)) return outgrown;
    this.#restart();
    return this.#build(target);
  }

  #finish(target: Head, outgrown: readonly Tile[]): void {
    const { folder } = this.#options;
    const partials = this.#tiles.partials();
    for (const file of partials) {
      if (this.#isRestoring) folder.restorePartials(file);
      if (this.#partials.get(tileName(file.tile)) !== file.tile.width) folder.put(file);
    }
    const found = this.#published?.note ?? folder.checkpoint();
    if (found === undefined || !equalBytes(found, target.note)) folder.publish(target.note);
    for (const tile of outgrown) folder.removePartials(tile);
    this.#partials = new Map(partials.map(({ tile }) => [tileName(tile), tile.width]));
    this.#published = target;
    this.#isRestoring = false;
  }

  /** The next leaves: those just committed or, where a crash or a backlog left a gap, from the log. */
  #next(): Leaves {
    const { size } = this.#tiles;
    for (let first = this.#queue[0]; first !== undefined && first.leaves.firstIndex <= size; ) {
      this.#queue.shift();
      this.#queuedBytes -= first.bytes;
      if (first.leaves.firstIndex === size) {
        this.#cursor = undefined;
        return first.leaves;
      }
      first = this.#queue[0];
    }
    this.#cursor ??= new LogCursor(this.#options.files, this.#options.log, size);
    return this.#cursor.next(size);
  }

  /** The tiles that were believed do not make up this tree: make all of them again. */
  #restart(): void {
    if (this.#base === 0) {
      throw new OpenRefused(
        "LOG_CORRUPT",
        `the leaves in ${this.#options.log} do not make up the signed head; verify the log and restore the damaged segment from a copy`,
      );
    }
    this.#base = 0;
    this.#tiles = TileSet.restore(0, nothing);
    this.#cursor = undefined;
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
