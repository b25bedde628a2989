import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { parseTilePath, type Tile, TileRefused } from "@writ/tlog/tile-path";
import type { Folder } from "./folder.ts";
import { type Answer, acceptsGzip, BYTES, NOT_FOUND, pathOf, plain, TEXT } from "./http-answer.ts";
import { publishedCheckpoint, publishedTile } from "./published.ts";

/** A request that asked the read side for something other than reading (rules §5). */
export interface Violation {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
}

export interface TilesDoorOptions {
  /** The static tlog-tiles folder to serve. */
  readonly tiles: Folder;
  /** Whether this request comes from an auditor; events are not for everybody. */
  readonly mayReadEntries: (request: IncomingMessage) => boolean;
  /**
   * The checkpoint to give instead of the published one, with cosignatures: of the same log, of no
   * larger a size.
   */
  readonly checkpoint?: () => Uint8Array | undefined;
}

/** The answer to a request for one of the door's paths, or `undefined` for any other path. */
export type TilesDoor = (request: IncomingMessage) => Promise<Answer | undefined>;

const YEAR = 365 * 24 * 60 * 60;
/** A checkpoint changes: whoever stores it asks whether it is still the one (an ETag makes it cheap). */
export const CHECKPOINT_CACHE = "no-cache";
export const TILE_CACHE: string = `public, max-age=${YEAR}, immutable`;
// Entries came by a key: a shared cache would hand them to whoever asks next.
const ENTRIES_CACHE = `private, max-age=${YEAR}, immutable`;

const compress = promisify(gzip);

/** What was asked for needs an auditor's key. */
export const UNAUTHORIZED: Answer = plain(
  401,
  "this is for auditors: send a key as Authorization: Bearer KEY\n",
  { "www-authenticate": 'Bearer realm="auditors"' },
);

/**
 * The read side of the Bucket as C2SP tlog-tiles asks: `/checkpoint`, `/tile/<L>/<N>[.p/<W>]` and,
 * for auditors, `/tile/entries/<N>[.p/<W>]`. Only canonical paths exist, and no part of a request
 * ever reaches the file system: the path is parsed to numbers and written anew. Nothing past the
 * published checkpoint is served.
 */
export function tilesDoor(options: TilesDoorOptions): TilesDoor {
  return async (request) => {
    const path = pathOf(request);
    if (path === "/checkpoint") return checkpointAnswer(options);
    return path.startsWith("/tile/") ? tileAnswer(options, path, request) : undefined;
  };
}

/**
 * The 405 for whatever is not GET or HEAD, after reporting it; `undefined` for those two. The
 * Bucket has no other verb, so asking for one is a violation and not a mistake (rules §5).
 */
export function refuseWrites(
  request: IncomingMessage,
  onViolation: (violation: Violation) => void,
): Answer | undefined {
  const method = request.method ?? "";
  if (method === "GET" || method === "HEAD") return undefined;
  onViolation({ method, path: pathOf(request) });
  // Closing spares reading a body that nobody wants.
  const headers = { allow: "GET, HEAD", connection: "close" };
  return plain(405, "a bucket is read here, and never changed\n", headers);
}

function checkpointAnswer({ tiles, checkpoint }: TilesDoorOptions): Answer {
  const note = checkpoint?.() ?? publishedCheckpoint(tiles)?.note;
  if (note === undefined) return NOT_FOUND;
  const headers = { "content-type": TEXT, "cache-control": CHECKPOINT_CACHE };
  return { status: 200, headers, body: note, isFile: true };
}

async function tileAnswer(
  options: TilesDoorOptions,
  path: string,
  request: IncomingMessage,
): Promise<Answer> {
  const tile = tileAt(path);
  if (tile === undefined) return NOT_FOUND;
  const ofEntries = tile.level === "entries";
  if (ofEntries && !options.mayReadEntries(request)) return UNAUTHORIZED;
  const size = publishedCheckpoint(options.tiles)?.checkpoint.size ?? 0;
  const body = publishedTile(options.tiles, tile, size);
  if (body === undefined) return NOT_FOUND;
  if (ofEntries) return entriesAnswer(request, body);
  const headers = { "content-type": BYTES, "cache-control": TILE_CACHE };
  return { status: 200, headers, body, isFile: true };
}

async function entriesAnswer(request: IncomingMessage, body: Uint8Array): Promise<Answer> {
  const headers = {
    "content-type": BYTES,
    "cache-control": ENTRIES_CACHE,
    vary: "Authorization, Accept-Encoding",
  };
  // A part is a part of the bytes as they are: whoever asks for one gets no other coding.
  const isPart = request.headers.range !== undefined;
  if (isPart || !acceptsGzip(request)) return { status: 200, headers, body, isFile: true };
  const packed = await compress(body);
  const coded = { ...headers, "content-encoding": "gzip" };
  return { status: 200, headers: coded, body: packed, isFile: true };
}

function tileAt(path: string): Tile | undefined {
  try {
    return parseTilePath(path.slice(1));
  } catch (error) {
    if (error instanceof TileRefused) return undefined;
    throw error;
  }
}
