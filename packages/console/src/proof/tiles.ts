import type { Coordinate } from "@writ/tlog/coordinate";
import { equalBytes, HASH_SIZE } from "@writ/tlog/hash";
import { levelSize, packedRoot, tileHashReader, tilesFor, tileWidth } from "@writ/tlog/tile";
import { formatTilePath, TILE_WIDTH, type Tile } from "@writ/tlog/tile-path";
import { planTreeHash } from "@writ/tlog/tree";
import { Fails } from "./check.ts";

/**
 * Fetches one file of the log by its C2SP path (`tile/0/000.p/12`). Resolves to undefined where it
 * is not there; rejects where nobody answers, which says nothing of the log.
 */
export type FetchTile = (path: string) => Promise<Uint8Array | undefined>;

/** Hash tiles of the tree of one size, as they came: nothing of them is believed. */
export interface Tiles {
  readonly size: number;
  /** Those asked for, once each. */
  readonly wanted: readonly Tile[];
  /** The bytes by path; exactly as wide as the tile. Those missing are left out. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/**
 * Fetches the tiles of the tree of `size` that hold these hashes, and all on the way from there to
 * the root: enough to say which of them is wrong.
 */
export async function fetchTiles(
  coordinates: readonly Coordinate[],
  size: number,
  fetchTile: FetchTile,
): Promise<Tiles> {
  const edge = planTreeHash(size).coordinates;
  const wanted = withParents(tilesFor([...coordinates, ...edge], size), size);
  const found = await Promise.all(wanted.map((tile) => fetchOne(tile, fetchTile)));
  const contents = new Map<string, Uint8Array>();
  wanted.forEach((tile, at) => {
    const bytes = found[at];
    if (bytes !== undefined) contents.set(formatTilePath(tile), bytes);
  });
  return { size, wanted, contents };
}

/** A partial tile may be gone once the full one is there (tlog-tiles, "Partial Tiles"). */
async function fetchOne(tile: Tile, fetchTile: FetchTile): Promise<Uint8Array | undefined> {
  const exact = await fetchTile(formatTilePath(tile));
  if (exact !== undefined || tile.width === TILE_WIDTH) return exact;
  const full = await fetchTile(formatTilePath({ ...tile, width: TILE_WIDTH }));
  return full?.length === TILE_WIDTH * HASH_SIZE ? full.subarray(0, tile.width * HASH_SIZE) : full;
}

function withParents(tiles: readonly Tile[], size: number): readonly Tile[] {
  const all = new Map<string, Tile>();
  for (const tile of tiles) {
    for (let at: Tile | undefined = tile; at !== undefined; at = parentOf(at, size)) {
      all.set(formatTilePath(at), at);
    }
  }
  // From the root down: what a tile is compared with has then been judged itself.
  return [...all.values()].sort((a, b) => Number(b.level) - Number(a.level) || a.index - b.index);
}

/** The tile that holds the root of a full one. */
function parentOf({ level, index, width }: Tile, size: number): Tile | undefined {
  if (level === "entries" || width < TILE_WIDTH || levelSize(level + 1, size) <= index) {
    return undefined;
  }
  const above = Math.floor(index / TILE_WIDTH);
  return { level: level + 1, index: above, width: tileWidth(level + 1, above, size) };
}

/** The hashes at these coordinates. Throws Fails where a tile is missing or of another length. */
export function hashesIn(tiles: Tiles, coordinates: readonly Coordinate[]): readonly Uint8Array[] {
  if (coordinates.length === 0) return [];
  const reader = tileHashReader(tiles.size, (tile) => contentOf(tiles, tile));
  return reader.readHashes(coordinates);
}

/**
 * Returns if these tiles are of the tree with this root. Throws Fails that names the tile which is
 * missing or is another than the tree's, as far as that can be told.
 */
export function requireTree(tiles: Tiles, root: Uint8Array): void {
  for (const tile of tiles.wanted) contentOf(tiles, tile);
  const plan = planTreeHash(tiles.size);
  if (!equalBytes(plan.fold(hashesIn(tiles, plan.coordinates)), root)) {
    const edge = tilesFor(plan.coordinates, tiles.size).map(formatTilePath).join(", ");
    throw new Fails(
      "TILE_ALTERED",
      `Together they make another root than the checkpoint states: one of ${edge} was altered, or is of another tree.`,
    );
  }
  for (const tile of tiles.wanted) requireAsAbove(tiles, tile);
}

function requireAsAbove(tiles: Tiles, tile: Tile): void {
  const parent = parentOf(tile, tiles.size);
  if (parent === undefined) return;
  const at = (tile.index % TILE_WIDTH) * HASH_SIZE;
  const stated = contentOf(tiles, parent).subarray(at, at + HASH_SIZE);
  if (equalBytes(packedRoot(contentOf(tiles, tile)), stated)) return;
  throw new Fails(
    "TILE_ALTERED",
    `${formatTilePath(tile)} was altered: its hashes do not make the one that stands for it in ${formatTilePath(parent)}, which is the signed tree's.`,
  );
}

/** The bytes of a tile, of its exact length. Throws Fails. */
function contentOf({ contents }: Tiles, tile: Tile): Uint8Array {
  const path = formatTilePath(tile);
  const content = contents.get(path);
  if (content === undefined) throw new Fails("TILE_MISSING", `The log does not give ${path}.`);
  if (content.length === tile.width * HASH_SIZE) return content;
  throw new Fails(
    "TILE_ALTERED",
    `${path} has ${content.length} bytes and not ${tile.width} hashes of ${HASH_SIZE}.`,
  );
}
