import { type Folder, readWhole, TooLarge } from "@writ/bucket/read/folder";
import { MAX_TILE_BYTES } from "@writ/bucket/read/published";
import { HASH_SIZE } from "@writ/tlog/hash";
import { tileWidth } from "@writ/tlog/tile";
import { TileEdge } from "@writ/tlog/tile-edge";
import { formatTilePath, TILE_WIDTH, type Tile } from "@writ/tlog/tile-path";
import type { Findings } from "./verify-report.ts";

/** What a tile must contain, and where each of its entries or hashes ends. */
interface Expected {
  readonly level: number | "entries";
  readonly index: number;
  readonly content: Uint8Array;
  /** Offsets, ascending, one for each entry or hash that the log gives: 1 … 256. */
  readonly ends: readonly number[];
}

const START_BYTES = 16 * 1024;
const LENGTH_BYTES = 2;

/**
 * Compares the published tiles with those that the log gives, as the log goes by: holds one bundle
 * and one tile a level, and reads each file once. A tile that is not published yet may be missing,
 * but not be different.
 */
export class TilesCheck {
  readonly #tiles: Folder;
  readonly #findings: Findings;
  readonly #publishedSize: number;
  readonly #edge = new TileEdge();
  readonly #ends: number[] = [];
  #bundle: Uint8Array = new Uint8Array(START_BYTES);

  /** `tiles` is the static tlog-tiles folder; `publishedSize` is 0 if nothing is published. */
  constructor(tiles: Folder, publishedSize: number, findings: Findings) {
    this.#tiles = tiles;
    this.#publishedSize = publishedSize;
    this.#findings = findings;
    findings.made("tiles");
  }

  /** The next entry of the log. */
  append(entry: Uint8Array, leaf: Uint8Array): void {
    this.#appendToBundle(entry);
    const full = this.#edge.append(leaf);
    for (const { tile, content } of full) this.#compareHashes(tile, content);
    if (full.length > 0) this.#compareBundle();
  }

  /** The log has ended: compares the tiles that are still partial. */
  finish(): void {
    for (const { tile, content } of this.#edge.partials()) this.#compareHashes(tile, content);
    if (this.#ends.length > 0) this.#compareBundle();
  }

  #appendToBundle(entry: Uint8Array): void {
    const at = this.#ends.at(-1) ?? 0;
    const end = at + LENGTH_BYTES + entry.length;
    if (end > this.#bundle.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bundle.length));
      larger.set(this.#bundle.subarray(0, at));
      this.#bundle = larger;
    }
    this.#bundle[at] = entry.length >>> 8;
    this.#bundle[at + 1] = entry.length & 0xff;
    this.#bundle.set(entry, at + LENGTH_BYTES);
    this.#ends.push(end);
  }

  #compareBundle(): void {
    const index = Math.floor((this.#edge.size - 1) / TILE_WIDTH);
    const content = this.#bundle.subarray(0, this.#ends.at(-1) ?? 0);
    this.#compare({ level: "entries", index, content, ends: this.#ends });
    this.#ends.length = 0;
  }

  #compareHashes({ level, index, width }: Tile, content: Uint8Array): void {
    const ends = Array.from({ length: width }, (_, i) => (i + 1) * HASH_SIZE);
    this.#compare({ level, index, content, ends });
  }

  #compare(expected: Expected): void {
    const { level, index } = expected;
    const widths = [...this.#partialWidths(expected), TILE_WIDTH];
    const there = new Set(widths.filter((width) => this.#compareFile(expected, width)));
    const needed = tileWidth(level, index, this.#publishedSize);
    // A partial tile may be deleted once the full one is there (tlog-tiles, "Partial Tiles").
    if (needed === 0 || there.has(needed) || there.has(TILE_WIDTH)) return;
    const path = formatTilePath({ level, index, width: needed });
    this.#findings.add("tiles", leafOf(expected, 0), `${path} is missing`);
  }

  /** Widths of the partial tiles there are, of those that the log reaches; others are stray files. */
  #partialWidths({ level, index, ends }: Expected): number[] {
    const folder = `${formatTilePath({ level, index, width: TILE_WIDTH })}.p`;
    return this.#tiles
      .list(folder)
      .map(({ name, kind }) => (kind === "file" && /^[1-9]\d{0,2}$/.test(name) ? Number(name) : 0))
      .filter((width) => width >= 1 && width < TILE_WIDTH && width <= ends.length);
  }

  /** Whether there is such a file. If it differs from what the log gives, that is a fault. */
  #compareFile(expected: Expected, width: number): boolean {
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
    this.#findings.add("tiles", first, `${path} is not what the log gives`);
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
