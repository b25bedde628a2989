import { requireSize } from "./coordinate.ts";
import { HASH_SIZE, requireHash } from "./hash.ts";
import { levelSize, packedRoot, tileHashReader, tileWidth } from "./tile.ts";
import { TILE_WIDTH, type Tile, TileRefused } from "./tile-path.ts";
import { treeHash } from "./tree.ts";

/** A hash tile and its bytes. */
export interface TileContent {
  readonly tile: Tile;
  readonly content: Uint8Array;
}

/**
 * The rightmost hash tile of every level: what a publisher keeps to turn leaf hashes into tiles
 * without reading any back. 8 kB a level, at most seven levels.
 */
export class TileEdge {
  #size = 0;
  readonly #levels: Uint8Array[] = [];

  /** Leaves so far. */
  get size(): number {
    return this.#size;
  }

  /** Appends a leaf by its hash. Gives the tiles that it made full, from level 0 up. */
  append(leaf: Uint8Array): TileContent[] {
    requireHash(leaf);
    requireSize(this.#size + 1);
    this.#size += 1;
    const full: TileContent[] = [];
    let hash = leaf;
    for (let level = 0; ; level++) {
      const hashes = levelSize(level, this.#size);
      const content = this.#level(level);
      content.set(hash, ((hashes - 1) % TILE_WIDTH) * HASH_SIZE);
      if (hashes % TILE_WIDTH !== 0) return full;
      full.push({
        tile: { level, index: hashes / TILE_WIDTH - 1, width: TILE_WIDTH },
        content: content.slice(),
      });
      hash = packedRoot(content);
    }
  }

  /** The partial tiles of the present size, from level 0 up; copies. */
  partials(): TileContent[] {
    return partialTiles(this.#size).map((tile) => ({
      tile,
      content: this.#level(tile.level).slice(0, tile.width * HASH_SIZE),
    }));
  }

  /** The Merkle tree hash of all leaves so far. */
  root(): Uint8Array {
    const reader = tileHashReader(this.#size, ({ level }) => {
      if (level === "entries")
        throw new TileRefused("TILE_MISSING", "tile: an edge holds no entries");
      return this.#level(level);
    });
    return treeHash(this.#size, reader);
  }

  /** The edge of a tree of `size`, from its partial tiles. Throws TileRefused if one has another length. */
  static fromTiles(size: number, readTile: (tile: Tile) => Uint8Array): TileEdge {
    requireSize(size);
    const edge = new TileEdge();
    edge.#size = size;
    for (const tile of partialTiles(size)) {
      const content = readTile(tile);
      if (content.length !== tile.width * HASH_SIZE) {
        throw new TileRefused(
          "TILE_CONTENT",
          `tile: level ${tile.level} needs ${tile.width} hashes`,
        );
      }
      edge.#level(tile.level).set(content);
    }
    return edge;
  }

  #level(level: number): Uint8Array {
    let content = this.#levels[level];
    while (content === undefined) {
      this.#levels.push(new Uint8Array(TILE_WIDTH * HASH_SIZE));
      content = this.#levels[level];
    }
    return content;
  }
}

/** The partial hash tile of each level that has one in a tree of `size`, from level 0 up. */
export function partialTiles(size: number): (Tile & { readonly level: number })[] {
  requireSize(size);
  const tiles: (Tile & { readonly level: number })[] = [];
  for (let level = 0; levelSize(level, size) > 0; level++) {
    const index = Math.floor(levelSize(level, size) / TILE_WIDTH);
    const width = tileWidth(level, index, size);
    if (width > 0) tiles.push({ level, index, width });
  }
  return tiles;
}
