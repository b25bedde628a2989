import { frameAt } from "@writ/bucket/read/frames-from";
import { type Answer, json, NOT_FOUND, TEXT } from "@writ/bucket/read/http-answer";
import { type Published, publishedCheckpoint } from "@writ/bucket/read/published";
import { CHECKPOINT_CACHE } from "@writ/bucket/read/tiles-door";
import { parseCheckpoint } from "@writ/tlog/checkpoint";
import { parseNote } from "@writ/tlog/note";
import { decimal, QuestionRefused } from "./index/question.ts";
import { type IndexedHead, MOST_LISTED } from "./index/search.ts";
import { askIndex, type PageRequest, type Reading } from "./pages.ts";

export const CHECKPOINT_PREFIX = "/checkpoint/";

const SIZE = /^(?:0|[1-9]\d{0,15})$/;
const DEFAULT_LISTED = 100;
const DEFAULT_POINTS = 120;
const MOST_POINTS = 500;

/** `/checkpoints?before=SIZE&limit=N`: every tree head that was signed, the newest first. */
export async function checkpointsPage(reading: Reading, asked: PageRequest): Promise<Answer> {
  const { heads, next } = await headsAsked(reading, asked);
  return json({ checkpoints: heads.map(({ size, root }) => ({ size, root: base64(root) })), next });
}

/**
 * `/v1/checkpoints?before=SIZE&limit=N`: the same with the time of each head's last event, which
 * only auditors are told.
 */
export async function timedCheckpointsPage(reading: Reading, asked: PageRequest): Promise<Answer> {
  const { heads, next } = await headsAsked(reading, asked);
  return json({ checkpoints: heads.map(timed), next });
}

/** `/v1/growth?points=N`: at most N heads, spread evenly over the log's events. */
export async function growthPage(reading: Reading, asked: PageRequest): Promise<Answer> {
  const points = decimal(asked.query, "points") ?? DEFAULT_POINTS;
  if (points < 2 || points > MOST_POINTS) {
    throw new QuestionRefused(`give points as 2 to ${MOST_POINTS}`);
  }
  const heads = await askIndex(reading, asked, "growth", [points]);
  return json({ checkpoints: heads.map(timed) });
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

async function headsAsked(
  reading: Reading,
  asked: PageRequest,
): Promise<{ readonly heads: readonly IndexedHead[]; readonly next: number | null }> {
  const before = decimal(asked.query, "before") ?? Number.MAX_SAFE_INTEGER;
  const limit = Math.min(decimal(asked.query, "limit") ?? DEFAULT_LISTED, MOST_LISTED - 1);
  const found = await askIndex(reading, asked, "heads", [before, limit + 1]);
  const heads = found.slice(0, limit);
  return { heads, next: found.length > limit ? (heads.at(-1)?.size ?? null) : null };
}

function timed({ size, root, time }: IndexedHead): object {
  return { size, root: base64(root), time: time === null ? null : new Date(time).toISOString() };
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
