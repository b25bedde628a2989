import { compare, type Recording, type Replayed } from "./compare.ts";
import type { Judged } from "./judging.ts";
import { batchesOfLines } from "./lines.ts";

/** Judges lines, in whatever thread. Rejects if that thread breaks. */
export type Judge = (lines: readonly Uint8Array[]) => Promise<readonly Judged[]>;

/** What the log has under one of these trace_ids: of the first that it has at all. */
export type FindRecording = (traceIds: readonly string[]) => Promise<Recording | undefined>;

export interface Replaying {
  readonly pieces: AsyncIterable<Uint8Array>;
  readonly judge: Judge;
  readonly find: FindRecording;
  /** Told after each batch. */
  readonly onBatch: (batch: readonly Replayed[], bytesRead: number) => void;
  readonly signal: AbortSignal;
}

/** Lines judged at once. Between two batches the page breathes. */
const BATCH = 128;
/** Questions to the log at a time; it takes one search after another and lets 64 wait. */
const WIDTH = 8;
/** Inputs whose recordings are remembered: recorded calls come again and again. */
const MOST_KNOWN = 100_000;

/**
 * Judges every line of a file and holds it against the log. Ends when the file does or the signal
 * says so; what was told until then stands.
 */
export async function replay({ pieces, judge, find, onBatch, signal }: Replaying): Promise<void> {
  const known = new Map<string, Promise<Recording | undefined>>();
  const recordingOf = ({ traceId, otherTraceIds }: Judged): Promise<Recording | undefined> => {
    const asked = known.get(traceId);
    if (asked !== undefined) return asked;
    const found = find([traceId, ...otherTraceIds]);
    if (known.size < MOST_KNOWN) known.set(traceId, found);
    return found;
  };
  let line = 0;
  for await (const batch of batchesOfLines(pieces, BATCH)) {
    if (signal.aborted) return;
    const judged = await judge(batch.map(({ bytes }) => bytes));
    const recordings = await inParallel(judged, WIDTH, recordingOf);
    if (signal.aborted) return;
    const first = line;
    line += batch.length;
    const replayed = judged.map((each, at) => compare(first + at + 1, each, recordings[at]));
    onBatch(replayed, batch.at(-1)?.readTo ?? 0);
  }
}

async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) {
      const item = items[at];
      if (item !== undefined) results[at] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}
