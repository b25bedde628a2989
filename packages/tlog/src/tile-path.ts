/** Hashes in a full tile, and entries in a full bundle (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;
/** Tree levels that one tile spans: log2(TILE_WIDTH). */
export const TILE_HEIGHT = 8;

/**
 * One file of a tiled log. `level` is a tile level (0 … 63, eight tree levels each) or `entries`
 * for an entry bundle; `index` counts tiles within the level; `width` is 256 for a full tile, else
 * 1 … 255.
 */
export interface Tile {
  readonly level: number | "entries";
  readonly index: number;
  readonly width: number;
}

/** A tile that cannot be, or bytes that are not its content; `code` says which. */
export class TileRefused extends Error {
  override readonly name = "TileRefused";
  readonly code: "TILE_PATH" | "TILE_CONTENT" | "TILE_MISSING" | "BUNDLE_CONTENT";

  constructor(code: TileRefused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const MAX_LEVEL = 63;
const FORM = /^tile\/(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([0-9]{1,3}))?$/;

/** `tile/<L>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]`. Throws TileRefused (TILE_PATH). */
export function formatTilePath({ level, index, width }: Tile): string {
  if (!isLevel(level) || !isIndex(index) || !isWidth(width)) {
    throw new TileRefused(
      "TILE_PATH",
      `tile: there is no level ${level} index ${index} width ${width}`,
    );
  }
  return `tile/${level}/${formatIndex(index)}${width === TILE_WIDTH ? "" : `.p/${width}`}`;
}

/** Reads exactly the paths that `formatTilePath` gives. Throws TileRefused (TILE_PATH). */
export function parseTilePath(path: string): Tile {
  const [, level = "", index = "", width] = FORM.exec(path) ?? [];
  const tile: Tile = {
    level: level === "entries" ? level : Number(level),
    index: Number(index.replaceAll(/[x/]/g, "")),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  // Formatting it again refuses leading zeroes, needless x000 elements and a width of 256 at once.
  if (
    level === "" ||
    !isWidth(tile.width) ||
    !isIndex(tile.index) ||
    !isLevel(tile.level) ||
    formatTilePath(tile) !== path
  ) {
    throw new TileRefused(
      "TILE_PATH",
      "tile: write its path as tile/<L>/<N> or tile/<L>/<N>.p/<W>",
    );
  }
  return tile;
}

/** Three digits an element, all but the last behind an x: no directory grows past 3000 names. */
function formatIndex(index: number): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, "0");
  const elements = padded.match(/.{3}/g) ?? [];
  return elements
    .map((element, i) => (i < elements.length - 1 ? `x${element}` : element))
    .join("/");
}

function isLevel(level: number | "entries"): boolean {
  return level === "entries" || (Number.isInteger(level) && level >= 0 && level <= MAX_LEVEL);
}

function isIndex(index: number): boolean {
  return Number.isSafeInteger(index) && index >= 0;
}

function isWidth(width: number): boolean {
  return Number.isInteger(width) && width >= 1 && width <= TILE_WIDTH;
}
