import { type Folder, readWhole, TooLarge } from "@writ/bucket/read/folder";
import { MAX_TILE_BYTES } from "@writ/bucket/read/published";
import { HASH_SIZE } from "@writ/tlog/hash";
import { tileWidth } from "@writ/tlog/tile";
import { formatTilePath, TILE_WIDTH, type Tile } from "@writ/tlog/tile-path";
import type { BundlePart } from "./facts.ts";
import type { Fault } from "./verify-report.ts";

/** What a tile must contain, and where each of its entries or hashes ends. */
interface Expected {
  readonly level: number | "entries";
  readonly index: number;
  readonly content: Uint8Array;
  /** Offsets, ascending, one for each entry or hash that the log gives: 1 … 256. */
  readonly ends: readonly number[];
}

const HASH_ENDS: readonly number[] = Array.from(
  { length: TILE_WIDTH },
  (_, i) => (i + 1) * HASH_SIZE,
);

/**
 * Compares published tiles with what the log gives for them. A tile that is not published yet may
 * be missing, but not be different.
 */
export class TileComparison {
  readonly #tiles: Folder;
  readonly #publishedSize: number;
  /** The folders of partial tiles in the folder looked into last, of each level. */
  readonly #partialFolders = new Map<number | "entries", { of: string; names: Set<string> }>();

  /** `tiles` is the static tlog-tiles folder; `publishedSize` is 0 if nothing is published. */
  constructor(tiles: Folder, publishedSize: number) {
    this.#tiles = tiles;
    this.#publishedSize = publishedSize;
  }

  /** The faults of an entry bundle and of the hash tile beside it, whole or as far as the log goes. */
  bundle({ firstIndex, bytes, ends, leaves }: BundlePart): Fault[] {
    const index = firstIndex / TILE_WIDTH;
    return [
      ...this.hashes({ level: 0, index, width: ends.length }, leaves),
      ...this.#compare({ level: "entries", index, content: bytes, ends }),
    ];
  }

  /** The faults of a hash tile. */
  hashes({ level, index, width }: Tile, content: Uint8Array): Fault[] {
    return this.#compare({ level, index, content, ends: HASH_ENDS.slice(0, width) });
  }

  #compare(expected: Expected): Fault[] {
    const { level, index } = expected;
    const faults: Fault[] = [];
    const widths = [...this.#partialWidths(expected), TILE_WIDTH];
    const there = new Set(widths.filter((width) => this.#compareFile(expected, width, faults)));
    const needed = tileWidth(level, index, this.#publishedSize);
    // A partial tile may be deleted once the full one is there (tlog-tiles, "Partial Tiles").
    if (needed === 0 || there.has(needed) || there.has(TILE_WIDTH)) return faults;
    const path = formatTilePath({ level, index, width: needed });
    faults.push({ index: leafOf(expected, 0), check: "tiles", message: `${path} is missing` });
    return faults;
  }

  /** Widths of the partial tiles there are, of those that the log reaches; others are stray files. */
  #partialWidths({ level, index, ends }: Expected): number[] {
    const full = formatTilePath({ level, index, width: TILE_WIDTH });
    if (!this.#hasPartials(level, full)) return [];
    return this.#tiles
      .list(`${full}.p`)
      .map(({ name, kind }) => (kind === "file" && /^[1-9]\d{0,2}$/.test(name) ? Number(name) : 0))
      .filter((width) => width >= 1 && width < TILE_WIDTH && width <= ends.length);
  }

  /** One listing answers for up to a thousand tiles. */
  #hasPartials(level: number | "entries", full: string): boolean {
    const slash = full.lastIndexOf("/");
    const of = full.slice(0, slash);
    let known = this.#partialFolders.get(level);
    if (known?.of !== of) {
      const folders = this.#tiles.list(of).filter(({ kind }) => kind === "folder");
      known = { of, names: new Set(folders.map(({ name }) => name)) };
      this.#partialFolders.set(level, known);
    }
    return known.names.has(`${full.slice(slash + 1)}.p`);
  }

  /** Whether there is such a file. If it differs from what the log gives, that is a fault. */
  #compareFile(expected: Expected, width: number, faults: Fault[]): boolean {
    const { level, index, content, ends } = expected;
    const path = formatTilePath({ level, index, width });
    const stored = this.#read(path);
    if (stored === undefined) return false;
    // A full tile that the log does not fill may be newer than this reading: its beginning counts,
    // and whether it may be there at all is the folder check's question.
    const isNewer = width > ends.length;
    const wanted = content.subarray(0, ends[isNewer ? ends.length - 1 : width - 1]);
    const compared = isNewer ? stored.subarray(0, wanted.length) : stored;
    if (Buffer.compare(compared, wanted) === 0) return true;
    const difference = firstDifference(compared, wanted);
    const position = ends.findIndex((end) => end > difference);
    const first = leafOf(expected, position < 0 ? ends.length - 1 : position);
    faults.push({ index: first, check: "tiles", message: `${path} is not what the log gives` });
    return true;
  }

  #read(path: string): Uint8Array | undefined {
    try {
      return readWhole(this.#tiles, path, MAX_TILE_BYTES);
    } catch (error) {
      // What is too large to be a tile differs from every tile.
      if (error instanceof TooLarge) return new Uint8Array(0);
      throw error;
    }
  }
}

/** Index of the first leaf under the entry or hash at `position` of a tile. */
function leafOf({ level, index }: Expected, position: number): number {
  return (index * TILE_WIDTH + position) * TILE_WIDTH ** (level === "entries" ? 0 : level);
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length);
  let at = 0;
  while (at < common && a[at] === b[at]) at += 1;
  return at;
}
