import { encodeBundle, newBundles, newHashTiles, parentTile } from "@writ/tlog/tile";
import { partialTiles, TileEdge } from "@writ/tlog/tile-edge";
import { TILE_WIDTH, type Tile } from "@writ/tlog/tile-path";
import type { Leaves } from "./log-cursor.ts";

/** A hash tile or an entry bundle, and its bytes. */
export interface TileFile {
  readonly tile: Tile;
  readonly content: Uint8Array;
}

/** Turns leaves into the files of a C2SP tlog-tiles tree, in memory that does not grow. */
export class TileSet {
  readonly #edge: TileEdge;
  #bundle: Uint8Array[] = [];

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

  /** Adds leaves; gives the files that became full, those below before those above. */
  *add({ entries, leafHashes }: Leaves): Generator<TileFile, void, void> {
    for (const [i, entry] of entries.entries()) {
      const hash = leafHashes[i];
      if (hash === undefined) throw new RangeError("give one leaf hash for each entry");
      this.#bundle.push(entry);
      const full = this.#edge.append(hash);
      if (full.length === 0) continue;
      yield this.#bundleFile();
      this.#bundle = [];
      yield* full;
    }
  }

  /** The partial files of the present size. */
  partials(): TileFile[] {
    const hashes = this.#edge.partials();
    return this.#bundle.length === 0 ? hashes : [this.#bundleFile(), ...hashes];
  }

  #bundleFile(): TileFile {
    const width = this.#bundle.length;
    const index = Math.ceil(this.size / TILE_WIDTH) - 1;
    return { tile: { level: "entries", index, width }, content: encodeBundle(this.#bundle) };
  }
}

/** The files that are full in a tree of `size` and were not in one of `before` leaves. */
export function fullTilesBetween(before: number, size: number): Tile[] {
  const tiles = [...newBundles(before, size), ...newHashTiles(before, size)];
  return tiles.filter(({ width }) => width === TILE_WIDTH);
}
