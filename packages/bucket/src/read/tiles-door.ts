import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { parseTilePath, type Tile, TileRefused } from "@writ/tlog/tile-path";
import type { Folder } from "./folder.ts";
import { publishedCheckpoint, publishedTile } from "./published.ts";

/** A request that asked the read side for something other than reading (rules §5). */
export interface Violation {
  readonly method: string;
  /** Without its query, which may carry a key. */
  readonly path: string;
}

export interface TilesDoorOptions {
  /** The static tlog-tiles folder to serve. */
  readonly tiles: Folder;
  /** Whether this request comes from an auditor; events are not for everybody. */
  readonly mayReadEntries: (request: IncomingMessage) => boolean;
  readonly onViolation: (violation: Violation) => void;
}

/** What a request gets. Headers without `cache-control` forbid storing. */
export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Uint8Array;
}

/** The answer to a request for one of the door's paths, or `undefined` for any other path. */
export type TilesDoor = (request: IncomingMessage) => Promise<Answer | undefined>;

const YEAR = 365 * 24 * 60 * 60;
// tlog-tiles: a checkpoint is mutable, "caching beyond a few seconds" is to be prevented.
const CHECKPOINT_CACHE = "public, max-age=2";
const TILE_CACHE = `public, max-age=${YEAR}, immutable`;
// Entries came by a key: a shared cache would hand them to whoever asks next.
const ENTRIES_CACHE = `private, max-age=${YEAR}, immutable`;
const TEXT = "text/plain; charset=utf-8";
const BYTES = "application/octet-stream";

const compress = promisify(gzip);

export const NOT_FOUND: Answer = plain(404, "not found\n");
/** What was asked for needs an auditor's key. */
export const UNAUTHORIZED: Answer = plain(
  401,
  "events are for auditors: send a key as Authorization: Bearer KEY\n",
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
    const refusal = refuseWrites(request, options.onViolation);
    if (refusal !== undefined) return refusal;
    const path = pathOf(request);
    if (path === "/checkpoint") return checkpointAnswer(options.tiles);
    return path.startsWith("/tile/") ? tileAnswer(options, path, request) : undefined;
  };
}

/** The path of a request, without its query; never decoded. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? "").split("?", 1)[0] ?? "";
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

/** Sends an answer, without its body if only the head was asked for. */
export function respond(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
): void {
  response.writeHead(status, {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    // A key in the URL must not travel on to the next page.
    "referrer-policy": "no-referrer",
    ...headers,
    "content-length": body.length,
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

/** A short answer in words. */
export function plain(status: number, text: string, headers: OutgoingHttpHeaders = {}): Answer {
  return { status, headers: { "content-type": TEXT, ...headers }, body: Buffer.from(text) };
}

function checkpointAnswer(tiles: Folder): Answer {
  const published = publishedCheckpoint(tiles);
  if (published === undefined) return NOT_FOUND;
  const headers = { "content-type": TEXT, "cache-control": CHECKPOINT_CACHE };
  return { status: 200, headers, body: published.note };
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
  return { status: 200, headers: { "content-type": BYTES, "cache-control": TILE_CACHE }, body };
}

async function entriesAnswer(request: IncomingMessage, body: Uint8Array): Promise<Answer> {
  const headers = {
    "content-type": BYTES,
    "cache-control": ENTRIES_CACHE,
    vary: "Authorization, Accept-Encoding",
  };
  if (!acceptsGzip(request)) return { status: 200, headers, body };
  const packed = await compress(body);
  return { status: 200, headers: { ...headers, "content-encoding": "gzip" }, body: packed };
}

function tileAt(path: string): Tile | undefined {
  try {
    return parseTilePath(path.slice(1));
  } catch (error) {
    if (error instanceof TileRefused) return undefined;
    throw error;
  }
}

function acceptsGzip(request: IncomingMessage): boolean {
  const codings = String(request.headers["accept-encoding"] ?? "").split(",");
  return codings.some((coding) =>
    /^\s*gzip\s*(;\s*q=(0\.\d*[1-9]\d*|1(\.0*)?))?\s*$/i.test(coding),
  );
}
