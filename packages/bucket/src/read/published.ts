import { type Checkpoint, parseCheckpoint } from "@writ/tlog/checkpoint";
import { HASH_SIZE } from "@writ/tlog/hash";
import { MAX_NOTE_BYTES, parseNote } from "@writ/tlog/note";
import { decodeBundle, encodeBundle, MAX_ENTRY_BYTES, tileWidth } from "@writ/tlog/tile";
import { formatTilePath, TILE_WIDTH, type Tile, TileRefused } from "@writ/tlog/tile-path";
import { type Folder, readWhole } from "./folder.ts";

/** A tree head that the writer has published: the signed note and what it says, not verified. */
export interface Published {
  readonly note: Uint8Array;
  readonly checkpoint: Checkpoint;
}

/** The static tlog-tiles folder within a Bucket folder. */
export const TILES_FOLDER = "tiles";
export const CHECKPOINT_FILE = "checkpoint";
/** No tile file of a Bucket is longer: the bundle of 256 longest entries. */
export const MAX_TILE_BYTES: number = TILE_WIDTH * (2 + MAX_ENTRY_BYTES);

/**
 * The checkpoint of a static tlog-tiles folder (a Bucket's `tiles`, or an export), or `undefined`
 * if none has been published yet. Throws NoteRefused or CheckpointRefused if it is malformed.
 */
export function publishedCheckpoint(tiles: Folder): Published | undefined {
  const note = readWhole(tiles, CHECKPOINT_FILE, MAX_NOTE_BYTES);
  if (note === undefined) return undefined;
  return { note, checkpoint: parseCheckpoint(parseNote(note).text) };
}

/**
 * The bytes of a tile, or `undefined` if it is not there or reaches past `size`: what no published
 * head covers is shown to nobody. A partial tile whose file is gone is cut from that of the present
 * size, or from the full one.
 */
export function publishedTile(tiles: Folder, tile: Tile, size: number): Uint8Array | undefined {
  const present = tileWidth(tile.level, tile.index, size);
  if (tile.width > present) return undefined;
  const exact = readWhole(tiles, formatTilePath(tile), MAX_TILE_BYTES);
  if (exact !== undefined) return exact;
  // A full tile is in place before its partial ones go: looked for last, one of the two is found.
  for (const width of new Set([present, TILE_WIDTH])) {
    if (width <= tile.width) continue;
    const wider = readWhole(tiles, formatTilePath({ ...tile, width }), MAX_TILE_BYTES);
    if (wider !== undefined) return narrowed(wider, tile, width);
  }
  return undefined;
}

/** Every tile of the tree of `size`: entry bundles, then each level's hash tiles from the leaves up. */
export function* tilesOf(size: number): Generator<Tile> {
  yield* tilesOfLevel("entries", size);
  for (let level = 0; tileWidth(level, 0, size) > 0; level++) yield* tilesOfLevel(level, size);
}

function* tilesOfLevel(level: number | "entries", size: number): Generator<Tile> {
  for (let index = 0; ; index++) {
    const width = tileWidth(level, index, size);
    if (width === 0) return;
    yield { level, index, width };
    if (width < TILE_WIDTH) return;
  }
}

function narrowed(
  wider: Uint8Array,
  { level, width }: Tile,
  present: number,
): Uint8Array | undefined {
  if (level !== "entries") return wider.subarray(0, width * HASH_SIZE);
  try {
    return encodeBundle(decodeBundle(wider, present).slice(0, width));
  } catch (error) {
    // A damaged bundle has no first entries to give.
    if (error instanceof TileRefused) return undefined;
    throw error;
  }
}
