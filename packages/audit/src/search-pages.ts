import { type Answer, json } from "@writ/bucket/read/http-answer";
import { publishedCheckpoint } from "@writ/bucket/read/published";
import { formatDecisionId } from "@writ/contract/decision-id";
import {
  facetsQuestion,
  findQuestion,
  histogramQuestion,
  holesQuestion,
  streamsQuestion,
} from "./index/question.ts";
import { MOST_LISTED } from "./index/search.ts";
import { askIndex, type PageRequest, type Reading } from "./pages.ts";

/** `/v1/search?…`: a page of the events that a filter takes. */
export async function searchPage(reading: Reading, asked: PageRequest): Promise<Answer> {
  return json(await askIndex(reading, asked, "find", [findQuestion(asked.query)]));
}

/** `/v1/histogram?from=&to=&step=…`: events by outcome in each bucket of time, a bounded number of them. */
export async function histogramPage(reading: Reading, asked: PageRequest): Promise<Answer> {
  const question = histogramQuestion(asked.query);
  const counted = await askIndex(reading, asked, "histogram", [question]);
  const { from, to } = question.filter;
  const buckets = counted.map(({ at, ...counts }) => ({ at: timestamp(at), ...counts }));
  return json({ from: timestamp(from), to: timestamp(to), step: question.step, buckets });
}

/** `/v1/counts?…`: how many of the events that a filter takes have each value of each field. */
export async function countsPage(reading: Reading, asked: PageRequest): Promise<Answer> {
  const filter = facetsQuestion(asked.query);
  const { earliest, latest, ...counts } = await askIndex(reading, asked, "facets", [filter]);
  return json({ ...counts, earliest: orNull(earliest), latest: orNull(latest) });
}

/** `/v1/summary`: what the log holds, and how far the index has come. */
export async function summaryPage(reading: Reading, asked: PageRequest): Promise<Answer> {
  const summary = await askIndex(reading, asked, "summary", []);
  const published = publishedCheckpoint(reading.tiles)?.checkpoint.size ?? 0;
  return json({ ...summary, published, stuck: reading.index?.status.stuck ?? null });
}

/** `/v1/streams?before=INDEX&limit=N`: gateways and epochs, the last to begin first. */
export async function streamsPage(reading: Reading, asked: PageRequest): Promise<Answer> {
  const { before = Number.MAX_SAFE_INTEGER, limit } = streamsQuestion(asked.query);
  const rows = await askIndex(reading, asked, "streams", [before, limit + 1]);
  const streams = rows.slice(0, limit);
  const next = rows.length > limit ? (streams.at(-1)?.firstIndex ?? null) : null;
  return json({ streams, next });
}

/** `/v1/holes?after=GATEWAY.EPOCH.SEQUENCE&limit=N`: attempts that left no record, in ranges. */
export async function holesPage(reading: Reading, asked: PageRequest): Promise<Answer> {
  const { after, limit } = holesQuestion(asked.query);
  const rows = await askIndex(reading, asked, "holes", [after, limit + 1]);
  const holes = rows.slice(0, limit);
  const last = rows.length > limit ? holes.at(-1) : undefined;
  const next = last === undefined ? null : formatDecisionId(last.gateway, last.epoch, last.from);
  return json({ holes, next });
}

/** `/v1/fields`: the values of each field that can be filtered by, the most frequent first. */
export async function fieldsPage(reading: Reading, asked: PageRequest): Promise<Answer> {
  return json({ fields: await askIndex(reading, asked, "fields", []), most: MOST_LISTED });
}

function orNull(seconds: number | null): string | null {
  return seconds === null ? null : timestamp(seconds);
}

function timestamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
