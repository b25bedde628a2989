import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { openCheckpoint } from "@writ/tlog/checkpoint";
import { equalBytes, leafHash } from "@writ/tlog/hash";
import { parseNote } from "@writ/tlog/note";
import { parseVerifierKey } from "@writ/tlog/note-key";
import { decodeBundle } from "@writ/tlog/tile";
import { type TileContent, TileEdge } from "@writ/tlog/tile-edge";
import { formatTilePath, type Tile, TileRefused } from "@writ/tlog/tile-path";
import { diskFolder, type Folder, within } from "./folder.ts";
import { logKeys } from "./log-key.ts";
import {
  CHECKPOINT_FILE,
  type Published,
  publishedCheckpoint,
  publishedTile,
  TILES_FOLDER,
  tilesOf,
} from "./published.ts";

/** Why nothing, or not all, was exported. */
export type ExportRefusal =
  /** The Bucket has not published a checkpoint yet. */
  | "NOTHING_PUBLISHED"
  /** The target holds something that is not an export of this log. */
  | "TARGET_FOREIGN"
  /** The target holds a checkpoint that this log does not extend: one of the two is not what it was. */
  | "TARGET_DIVERGES"
  /** The published tiles are not those of the published checkpoint. */
  | "TILES_DAMAGED";

export class ExportRefused extends Error {
  override readonly name = "ExportRefused";
  readonly code: ExportRefusal;

  constructor(code: ExportRefusal, message: string) {
    super(message);
    this.code = code;
  }
}

export interface Exported {
  readonly origin: string;
  readonly vkey: string;
  /** Events in the export. */
  readonly size: number;
}

export interface ExportOptions {
  /** A note of the same checkpoint with cosignatures that have arrived for it, if there is one. */
  readonly cosigned?: (size: number) => Uint8Array | undefined;
}

export const VKEY_FILE = "vkey";

/**
 * Writes the static tlog-tiles folder of the published checkpoint to `target`: entry bundles, hash
 * tiles, `checkpoint` (with cosignatures, where some are kept), and the log's verifier key as `vkey`. The Bucket may be running or stopped;
 * it is only read.
 *
 * What is written is checked on the way: the hash tiles are computed from the entries, and the
 * checkpoint, written last, is written only if their root is the one that the log has signed. Files
 * are put in place whole. A target that holds an earlier export of the same log is brought up to
 * date; a target that holds anything else is refused and left as it is.
 *
 * Throws ExportRefused, NoteRefused or CheckpointRefused (a checkpoint that the log has not
 * signed), ConstitutionRefused, or the system's error.
 */
export function exportTiles(
  bucketDirectory: string,
  target: string,
  options: ExportOptions = {},
): Exported {
  const bucket = diskFolder(bucketDirectory);
  const tiles = within(bucket, TILES_FOLDER);
  requireOutside(bucketDirectory, target);
  const published = publishedCheckpoint(tiles);
  if (published === undefined) {
    throw new ExportRefused(
      "NOTHING_PUBLISHED",
      "nothing has been published yet; append an event first",
    );
  }
  const vkey = requireSigned(published, logKeys(bucket));
  const earlier = requireTarget(target, vkey);
  mkdirSync(target, { recursive: true });
  putFile(target, VKEY_FILE, Buffer.from(`${vkey}\n`));
  exportTree(tiles, target, published, earlier);
  putFile(target, CHECKPOINT_FILE, withCosignatures(published, vkey, options));
  const { origin, size } = published.checkpoint;
  return { origin, vkey, size };
}

/** The checkpoint's note with the cosignatures kept for it: only if it is the very same head, signed. */
function withCosignatures(
  { note, checkpoint }: Published,
  vkey: string,
  { cosigned }: ExportOptions,
): Uint8Array {
  const kept = cosigned?.(checkpoint.size);
  if (kept === undefined) return note;
  const { origin } = checkpoint;
  const opened = openCheckpoint(kept, { log: parseVerifierKey(vkey), origin });
  return opened.note.text === parseNote(note).text ? kept : note;
}

/** The key of the log that signed this checkpoint; the newest may not have signed yet. */
function requireSigned({ note, checkpoint }: Published, keys: readonly string[]): string {
  const { origin } = checkpoint;
  let refusal: unknown;
  for (const vkey of keys.toReversed()) {
    try {
      openCheckpoint(note, { log: parseVerifierKey(vkey), origin });
      return vkey;
    } catch (error) {
      refusal ??= error;
    }
  }
  throw refusal;
}

function exportTree(
  tiles: Folder,
  target: string,
  { checkpoint: { size, root } }: Published,
  earlier: Published | undefined,
): void {
  if (earlier !== undefined && earlier.checkpoint.size > size) {
    throw diverges(`${earlier.checkpoint.size} events, where the log has published ${size}`);
  }
  const edge = new TileEdge();
  requireSameRoot(edge, earlier);
  for (const tile of tilesOf(size)) {
    if (tile.level !== "entries") break;
    const bundle = requireTile(tiles, tile, size);
    for (const entry of entriesOf(bundle, tile)) {
      for (const full of edge.append(leafHash(entry))) putTile(target, full);
      requireSameRoot(edge, earlier);
    }
    putTile(target, { tile, content: bundle });
  }
  if (!equalBytes(edge.root(), root)) throw damaged(`the entries of ${size} events`);
  for (const partial of edge.partials()) putTile(target, partial);
}

function requireSameRoot(edge: TileEdge, earlier: Published | undefined): void {
  if (earlier?.checkpoint.size !== edge.size) return;
  if (equalBytes(edge.root(), earlier.checkpoint.root)) return;
  throw diverges(`another tree of ${edge.size} events`);
}

function requireTile(tiles: Folder, tile: Tile, size: number): Uint8Array {
  const content = publishedTile(tiles, tile, size);
  if (content === undefined) throw damaged(formatTilePath(tile));
  return content;
}

function entriesOf(bundle: Uint8Array, tile: Tile): Uint8Array[] {
  try {
    return decodeBundle(bundle, tile.width);
  } catch (error) {
    if (error instanceof TileRefused) throw damaged(formatTilePath(tile));
    throw error;
  }
}

/** What an earlier export left in the target; `undefined` if it is empty or holds no checkpoint yet. */
function requireTarget(target: string, vkey: string): Published | undefined {
  if (!existsSync(target) || readdirSync(target).length === 0) return undefined;
  const path = join(target, VKEY_FILE);
  const found = existsSync(path) ? readFileSync(path, "utf8") : "";
  if (found !== `${vkey}\n`) {
    throw new ExportRefused(
      "TARGET_FOREIGN",
      `${target} is not empty and holds no export of this log; give an empty folder`,
    );
  }
  return publishedCheckpoint(diskFolder(target));
}

function requireOutside(bucketDirectory: string, target: string): void {
  const path = relative(resolve(bucketDirectory), resolve(target));
  if (path.split(sep)[0] === ".." || isAbsolute(path)) return;
  throw new ExportRefused(
    "TARGET_FOREIGN",
    `${target} is inside the Bucket; give a folder elsewhere`,
  );
}

function putTile(target: string, { tile, content }: TileContent): void {
  putFile(target, formatTilePath(tile), content);
}

/** Readers of the target find a file whole or not at all. */
function putFile(target: string, path: string, bytes: Uint8Array): void {
  const final = join(target, path);
  const temporary = join(dirname(final), `.${basename(final)}.new`);
  mkdirSync(dirname(final), { recursive: true });
  writeFileSync(temporary, bytes);
  renameSync(temporary, final);
}

function damaged(what: string): ExportRefused {
  return new ExportRefused(
    "TILES_DAMAGED",
    `${what} in the published tiles are not those of the checkpoint; run writ verify`,
  );
}

function diverges(what: string): ExportRefused {
  return new ExportRefused(
    "TARGET_DIVERGES",
    `the target holds a signed checkpoint of ${what}; keep it as evidence and find out which is true`,
  );
}
