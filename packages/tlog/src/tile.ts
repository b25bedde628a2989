import { type Coordinate, type HashReader, requireSize } from "./coordinate.ts";
import { HASH_SIZE, leafHash, nodeHashInto } from "./hash.ts";
import { TILE_HEIGHT, TILE_WIDTH, type Tile, TileRefused } from "./tile-path.ts";

/** The longest entry that a bundle's 16-bit length can hold. */
export const MAX_ENTRY_BYTES = 0xffff;

const LENGTH_BYTES = 2;

/** Hashes at a tile level of a tree: floor(size / 256^level). */
export function levelSize(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** How wide tile `index` of `level` is in a tree of `size`: 0 (not there) to 256. */
export function tileWidth(level: number | "entries", index: number, size: number): number {
  requireSize(size);
  const hashes = levelSize(level === "entries" ? 0 : level, size) - index * TILE_WIDTH;
  return Math.min(Math.max(hashes, 0), TILE_WIDTH);
}

/**
 * The hash tiles that a log must add when it publishes `newSize` after `oldSize`: every tile that
 * has become full, and each level's partial tile at `newSize`. Ascending by level, then index.
 */
export function newHashTiles(oldSize: number, newSize: number): Tile[] {
  requireSize(oldSize);
  requireSize(newSize);
  const tiles: Tile[] = [];
  for (let level = 0; levelSize(level, newSize) > 0; level++) {
    tiles.push(...newTilesOf(level, levelSize(level, oldSize), levelSize(level, newSize)));
  }
  return tiles;
}

/** As `newHashTiles`, for entry bundles. */
export function newBundles(oldSize: number, newSize: number): Tile[] {
  requireSize(oldSize);
  requireSize(newSize);
  return newTilesOf("entries", oldSize, newSize);
}

function newTilesOf(level: number | "entries", before: number, after: number): Tile[] {
  if (after <= before) return [];
  const tiles: Tile[] = [];
  const full = Math.floor(after / TILE_WIDTH);
  for (let index = Math.floor(before / TILE_WIDTH); index < full; index++) {
    tiles.push({ level, index, width: TILE_WIDTH });
  }
  const width = after % TILE_WIDTH;
  if (width > 0) tiles.push({ level, index: full, width });
  return tiles;
}

/** The tiles of a tree of `size` that hold these hashes, each once. Throws a RangeError outside it. */
export function tilesFor(coordinates: readonly Coordinate[], size: number): Tile[] {
  const found = new Map<string, Tile>();
  for (const coordinate of coordinates) {
    const { level, index, first, count } = place(coordinate);
    const width = tileWidth(level, index, size);
    if (first + count > width) {
      throw new RangeError(
        `node ${coordinate.index} of level ${coordinate.level} is not in a tree of ${size}`,
      );
    }
    found.set(`${level}/${index}`, { level, index, width });
  }
  return [...found.values()];
}

/**
 * Reads hashes out of the tiles of a tree of `size`. `readTile` is asked once for each tile in a
 * batch and gives its bytes (a wider tile's bytes will do: a tile only ever grows to the right).
 * To fetch asynchronously, get all of `tilesFor(plan.coordinates, size)` first and let `readTile`
 * look them up.
 *
 * The tiles are believed: check what comes of them against a signed root.
 */
export function tileHashReader(size: number, readTile: (tile: Tile) => Uint8Array): HashReader {
  requireSize(size);
  return {
    readHashes(coordinates: readonly Coordinate[]): Uint8Array[] {
      const contents = new Map<string, Uint8Array>();
      for (const tile of tilesFor(coordinates, size)) {
        contents.set(`${tile.level}/${tile.index}`, requireContent(tile, readTile(tile)));
      }
      return coordinates.map((coordinate) => hashFromTiles(coordinate, contents));
    },
  };
}

/** The hash of the complete subtree over `content`, a power of two of packed hashes. */
export function packedRoot(content: Uint8Array): Uint8Array {
  const hashes = new Uint8Array(content);
  for (let count = hashes.length / HASH_SIZE; count > 1; count /= 2) {
    if (!Number.isInteger(count / 2)) throw new RangeError("give a power of two of 32-byte hashes");
    for (let i = 0; i < count / 2; i++) {
      nodeHashInto(
        hashes,
        2 * i * HASH_SIZE,
        hashes,
        (2 * i + 1) * HASH_SIZE,
        hashes,
        i * HASH_SIZE,
      );
    }
  }
  if (hashes.length < HASH_SIZE) throw new RangeError("give at least one hash of 32 bytes");
  return hashes.slice(0, HASH_SIZE);
}

/**
 * The content of a hash tile above level 0: one hash for each of the full tiles below it, given
 * from left to right. Throws TileRefused for one that is not full.
 */
export function parentTile(fullTiles: readonly Uint8Array[]): Uint8Array {
  const content = new Uint8Array(fullTiles.length * HASH_SIZE);
  fullTiles.forEach((tile, i) => {
    if (tile.length !== TILE_WIDTH * HASH_SIZE) {
      // Partial tiles must not be hashed into the level above (tlog-tiles, "Partial Tiles").
      throw new TileRefused("TILE_CONTENT", "tile: hash only full tiles into the level above");
    }
    content.set(packedRoot(tile), i * HASH_SIZE);
  });
  return content;
}

/** The content of a level 0 tile: the leaf hashes of a bundle's entries. */
export function leafTile(entries: readonly Uint8Array[]): Uint8Array {
  const content = new Uint8Array(entries.length * HASH_SIZE);
  entries.forEach((entry, i) => {
    content.set(leafHash(entry), i * HASH_SIZE);
  });
  return content;
}

/** An entry bundle: 1 … 256 entries, each behind its length as a big-endian uint16. */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length < 1 || entries.length > TILE_WIDTH) {
    throw new TileRefused("BUNDLE_CONTENT", `bundle: give 1 to ${TILE_WIDTH} entries`);
  }
  const size = entries.reduce((sum, entry) => sum + LENGTH_BYTES + entry.length, 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY_BYTES) {
      throw new TileRefused(
        "BUNDLE_CONTENT",
        `bundle: keep entries within ${MAX_ENTRY_BYTES} bytes`,
      );
    }
    view.setUint16(at, entry.length);
    bytes.set(entry, at + LENGTH_BYTES);
    at += LENGTH_BYTES + entry.length;
  }
  return bytes;
}

/**
 * The `width` entries of a bundle, as views into `bytes`. Throws TileRefused (BUNDLE_CONTENT) if
 * there are fewer or more, or bytes left over.
 */
export function decodeBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length && entries.length < width) {
    const start = at + LENGTH_BYTES;
    if (start > bytes.length) break;
    const end = start + view.getUint16(at);
    if (end > bytes.length) break;
    entries.push(bytes.subarray(start, end));
    at = end;
  }
  if (at !== bytes.length || entries.length !== width) {
    throw new TileRefused("BUNDLE_CONTENT", `bundle: it does not hold exactly ${width} entries`);
  }
  return entries;
}

/** Where a node is found: the tile, and the tile's hashes that it is the root of. */
function place({ level, index }: Coordinate): {
  level: number;
  index: number;
  first: number;
  count: number;
} {
  const within = level % TILE_HEIGHT;
  const count = 2 ** within;
  const first = index * count;
  const tile = Math.floor(first / TILE_WIDTH);
  return {
    level: (level - within) / TILE_HEIGHT,
    index: tile,
    first: first - tile * TILE_WIDTH,
    count,
  };
}

function hashFromTiles(
  coordinate: Coordinate,
  contents: ReadonlyMap<string, Uint8Array>,
): Uint8Array {
  const { level, index, first, count } = place(coordinate);
  const content = contents.get(`${level}/${index}`);
  if (content === undefined)
    throw new TileRefused("TILE_MISSING", `tile: level ${level} index ${index} is missing`);
  return packedRoot(content.subarray(first * HASH_SIZE, (first + count) * HASH_SIZE));
}

function requireContent({ level, index, width }: Tile, content: Uint8Array): Uint8Array {
  if (
    content.length >= width * HASH_SIZE &&
    content.length <= TILE_WIDTH * HASH_SIZE &&
    content.length % HASH_SIZE === 0
  ) {
    return content;
  }
  throw new TileRefused(
    "TILE_CONTENT",
    `tile: level ${level} index ${index} needs ${width} hashes of 32 bytes`,
  );
}
