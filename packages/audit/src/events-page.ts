import type { Folder } from "@writ/bucket/read/folder";
import { publishedCheckpoint, publishedTile } from "@writ/bucket/read/published";
import { decodeEvent } from "@writ/contract/event";
import { decodeBundle, tileWidth } from "@writ/tlog/tile";
import { TILE_WIDTH } from "@writ/tlog/tile-path";

/** Which published events are asked for. */
export interface EventsQuery {
  readonly from: number;
  readonly limit: number;
}

const MOST_EVENTS = 1000;
const DEFAULT_EVENTS = 100;
const DECIMAL = /^(?:0|[1-9]\d{0,15})$/;

/** Reads `from` and `limit` (1 … 1000); `undefined` if either is malformed. */
export function parseEventsQuery(query: URLSearchParams): EventsQuery | undefined {
  const from = decimal(query.get("from") ?? "0");
  const limit = decimal(query.get("limit") ?? String(DEFAULT_EVENTS));
  if (from === undefined || limit === undefined || limit < 1) return undefined;
  return { from, limit: Math.min(limit, MOST_EVENTS) };
}

/**
 * `{"size", "from", "events": [{"index", "event"}, …]}` as JSON text: the events from `from` on, up
 * to the published size. An event's text is that of the log. Throws EventRefused or TileRefused if
 * a bundle is damaged.
 */
export function eventsJson(tiles: Folder, { from, limit }: EventsQuery): string {
  const size = publishedCheckpoint(tiles)?.checkpoint.size ?? 0;
  const end = Math.min(size, from + limit);
  const rows: string[] = [];
  for (let index = from; index < end; ) {
    const entries = bundleOf(tiles, Math.floor(index / TILE_WIDTH), size);
    for (const entry of entries.slice(index % TILE_WIDTH, (index % TILE_WIDTH) + end - index)) {
      rows.push(`{"index":${index},"event":${eventText(entry)}}`);
      index += 1;
    }
  }
  return `{"size":${size},"from":${from},"events":[${rows.join(",")}]}\n`;
}

function bundleOf(tiles: Folder, index: number, size: number): Uint8Array[] {
  const width = tileWidth("entries", index, size);
  const bundle = publishedTile(tiles, { level: "entries", index, width }, size);
  return decodeBundle(bundle ?? new Uint8Array(0), width);
}

/** An event's bytes are canonical JSON already; decoding makes sure that they are nothing else. */
function eventText(entry: Uint8Array): string {
  decodeEvent(entry);
  return Buffer.from(entry).toString("utf8");
}

function decimal(text: string): number | undefined {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}
