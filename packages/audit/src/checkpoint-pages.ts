import { frameAt } from "@writ/bucket/read/frames-from";
import { type Answer, json, NOT_FOUND, TEXT } from "@writ/bucket/read/http-answer";
import { type Published, publishedCheckpoint } from "@writ/bucket/read/published";
import { CHECKPOINT_CACHE } from "@writ/bucket/read/tiles-door";
import { parseCheckpoint } from "@writ/tlog/checkpoint";
import { parseNote } from "@writ/tlog/note";
import { decimal } from "./index/question.ts";
import { MOST_LISTED } from "./index/search.ts";
import { askIndex, type PageRequest, type Reading } from "./pages.ts";

export const CHECKPOINT_PREFIX = "/checkpoint/";

const SIZE = /^(?:0|[1-9]\d{0,15})$/;
const DEFAULT_LISTED = 100;

/** `/checkpoints?before=SIZE&limit=N`: every tree head that was signed, the newest first. */
export async function checkpointsPage(reading: Reading, asked: PageRequest): Promise<Answer> {
  const before = decimal(asked.query, "before") ?? Number.MAX_SAFE_INTEGER;
  const limit = Math.min(decimal(asked.query, "limit") ?? DEFAULT_LISTED, MOST_LISTED - 1);
  const heads = await askIndex(reading, asked, "heads", [before, limit + 1]);
  const listed = heads.slice(0, limit).map(({ size, root }) => ({ size, root: base64(root) }));
  const next = heads.length > limit ? (listed.at(-1)?.size ?? null) : null;
  return json({ checkpoints: listed, next });
}

/** `/checkpoint/<size>`: the signed note of one of them, with the cosignatures that have arrived. */
export async function checkpointPage(reading: Reading, asked: PageRequest): Promise<Answer> {
  const size = sizeIn(asked.path);
  const found = size === undefined ? undefined : await checkpointOf(reading, asked, size);
  if (found === undefined) return NOT_FOUND;
  // Cosignatures may still come: whoever stores it asks again.
  const headers = { "content-type": TEXT, "cache-control": CHECKPOINT_CACHE };
  return { status: 200, headers, body: found.note, isFile: true };
}

/** The checkpoint of a published size, with the cosignatures kept; `undefined` if none was signed there. */
export async function checkpointOf(
  reading: Reading,
  asked: Pick<PageRequest, "signal">,
  size: number,
): Promise<Published | undefined> {
  const published = publishedCheckpoint(reading.tiles);
  if (published === undefined || size > published.checkpoint.size) return undefined;
  const kept = reading.kept?.read(size);
  if (kept !== undefined) return publishedOf(kept);
  if (published.checkpoint.size === size) return published;
  const head = await askIndex(reading, asked, "head", [size]);
  const frame = head === undefined ? undefined : frameAt(reading.bucket, head);
  const signed = frame === undefined ? undefined : publishedOf(frame.note);
  return signed?.checkpoint.size === size ? signed : undefined;
}

function publishedOf(note: Uint8Array): Published {
  return { note, checkpoint: parseCheckpoint(parseNote(note).text) };
}

function sizeIn(path: string): number | undefined {
  const text = path.slice(CHECKPOINT_PREFIX.length);
  const size = SIZE.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(size) ? size : undefined;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
