import { leafHash } from "@writ/tlog/hash";
import { newBundles, newHashTiles, parentTile } from "@writ/tlog/tile";
import { partialTiles, TileEdge } from "@writ/tlog/tile-edge";
import { TILE_WIDTH, type Tile } from "@writ/tlog/tile-path";

const LENGTH_BYTES = 2;
const START_BYTES = 256 * 1024;

/** A hash tile or an entry bundle, and its bytes: good until more leaves are added. */
export interface TileFile {
  readonly tile: Tile;
  readonly content: Uint8Array;
}

/** Turns leaves into the files of a C2SP tlog-tiles tree, in memory that does not grow. */
export class TileSet {
  readonly #edge: TileEdge;
  /** The entries of the last, partial bundle, as they stand in its file. */
  #bundle: Uint8Array = new Uint8Array(START_BYTES);
  #bundleBytes = 0;

  private constructor(edge: TileEdge) {
    this.#edge = edge;
  }

  /**
   * The tiles of the first `size` leaves, a multiple of 256, made from full tiles: `readTile` is
   * asked for each full tile whose hash stands in a partial tile above it.
   */
  static restore(size: number, readTile: (tile: Tile) => Uint8Array): TileSet {
    const below = (tile: Tile & { level: number }): Uint8Array => {
      const first = tile.index * TILE_WIDTH;
      const children = Array.from({ length: tile.width }, (_, i) =>
        readTile({ level: tile.level - 1, index: first + i, width: TILE_WIDTH }),
      );
      return parentTile(children);
    };
    const partials = new Map(partialTiles(size).map((tile) => [tile.level, below(tile)]));
    return new TileSet(
      TileEdge.fromTiles(size, ({ level }) => partials.get(Number(level)) ?? new Uint8Array(0)),
    );
  }

  /** Leaves so far. */
  get size(): number {
    return this.#edge.size;
  }

  /** The Merkle tree hash of all leaves so far. */
  root(): Uint8Array {
    return this.#edge.root();
  }

  /**
   * Adds entries one by one, as the files are asked for; gives what became full with one of them:
   * its bundle, then its tiles from level 0 up.
   */
  *add(entries: readonly Uint8Array[]): Generator<readonly TileFile[], void, void> {
    for (const entry of entries) {
      this.#bundleEntry(entry);
      const full = this.#edge.append(leafHash(entry));
      if (full.length === 0) continue;
      yield [this.#bundleFile(), ...full];
      this.#bundleBytes = 0;
    }
  }

  /** The partial files of the present size. */
  partials(): TileFile[] {
    const hashes = this.#edge.partials();
    return this.#bundleBytes === 0 ? hashes : [this.#bundleFile(), ...hashes];
  }

  #bundleEntry(entry: Uint8Array): void {
    const at = this.#bundleBytes;
    const end = at + LENGTH_BYTES + entry.length;
    if (end > this.#bundle.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bundle.length));
      larger.set(this.#bundle.subarray(0, at));
      this.#bundle = larger;
    }
    this.#bundle[at] = entry.length >>> 8;
    this.#bundle[at + 1] = entry.length & 0xff;
    this.#bundle.set(entry, at + LENGTH_BYTES);
    this.#bundleBytes = end;
  }

  #bundleFile(): TileFile {
    const index = Math.ceil(this.size / TILE_WIDTH) - 1;
    const width = this.size - index * TILE_WIDTH;
    const content = this.#bundle.subarray(0, this.#bundleBytes);
    return { tile: { level: "entries", index, width }, content };
  }
}

/** The files that are full in a tree of `size` and were not in one of `before` leaves. */
export function fullTilesBetween(before: number, size: number): Tile[] {
  const tiles = [...newBundles(before, size), ...newHashTiles(before, size)];
  return tiles.filter(({ width }) => width === TILE_WIDTH);
}
