import { decodeEvent, type Event } from "@writ/contract/event";
import {
  ALICE,
  BOB,
  eventOf,
  makePlace,
  type Place,
  type TestBatch,
  type TestWriter,
  writeLedger,
} from "../ledger.test-support.ts";

/** An event of a random ledger, where a naive reader finds it. */
export interface Recorded {
  readonly index: number;
  readonly writer: string;
  readonly event: Event;
  /** The second of its timestamp. */
  readonly seconds: number;
}

export interface RandomLedger {
  readonly place: Place;
  readonly events: readonly Recorded[];
  /** Sizes of the trees that were signed. */
  readonly heads: readonly number[];
}

/** A generator of numbers in [0, 1) from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(random: () => number, values: readonly T[]): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new RangeError("give at least one value");
  return value;
}

export const CALLERS: readonly (string | null)[] = [null, "shop", "desk", "späti-☕", "-", "1:"];
export const ACTIONS: readonly string[] = ["transfer", "refund", "mail"];

/**
 * Batches of two writers: attempts overlap, so sequences land out of order; some are missing, few
 * come twice. Times rise with the log but for some that lie far off.
 */
export function randomBatches(seed: number, count: number): TestBatch[] {
  const random = randomFrom(seed);
  const batches: TestBatch[] = [];
  const streams = [ALICE, BOB].map((writer) => ({ writer, epoch: 1, batch: 0, sequence: 1 }));
  for (let made = 0; made < count; ) {
    const stream = pick(random, streams);
    if (random() < 0.03) Object.assign(stream, { epoch: stream.epoch + 1, batch: 0, sequence: 1 });
    const size = 1 + Math.floor(random() ** 3 * 200);
    const sequences = shuffled(random, stream.sequence, size);
    stream.sequence += size + 2;
    stream.batch += 1;
    const entries = sequences.map((sequence, i) =>
      randomEvent(random, stream.writer, stream.epoch, sequence, made + i),
    );
    batches.push({ writer: stream.writer, epoch: stream.epoch, batch: stream.batch, entries });
    made += entries.length;
  }
  return batches;
}

/** Writes such batches; `place` is the caller's to remove. */
export async function randomLedger(seed: number, count: number): Promise<RandomLedger> {
  const place = makePlace();
  const batches = randomBatches(seed, count);
  await writeLedger(place, batches, { segmentBytes: 300_000 });
  return { place, ...recordedOf(batches) };
}

export function recordedOf(batches: readonly TestBatch[]): Omit<RandomLedger, "place"> {
  const events: Recorded[] = [];
  const heads: number[] = [];
  for (const { writer, entries } of batches) {
    for (const entry of entries) {
      const event = decodeEvent(entry);
      const seconds = Math.floor(Date.parse(event.timestamp) / 1000);
      events.push({ index: events.length, writer: writer.name, event, seconds });
    }
    heads.push(events.length);
  }
  return { events, heads };
}

function shuffled(random: () => number, first: number, size: number): number[] {
  const sequences: number[] = [];
  for (let sequence = first; sequence < first + size; sequence++) {
    // Some reach two further back or on, into what the neighbouring batch holds or leaves out.
    const moved = random() < 0.1 ? sequence + pick(random, [-2, -1, 1, 2]) : sequence;
    if (moved > 0 && random() < 0.95) sequences.push(moved);
  }
  if (sequences.length === 0) sequences.push(first);
  return sequences.sort(() => random() - 0.5);
}

function randomEvent(
  random: () => number,
  writer: TestWriter,
  epoch: number,
  sequence: number,
  index: number,
): Uint8Array {
  const decision = pick(random, ["ALLOW", "ALLOW", "ALLOW", "REWRITE", "BLOCK"] as const);
  const isEarly = index < 400;
  const far = random() < 0.01 ? 86_400_000 * (random() - 0.5) : 0;
  const base = random() < 0.001 ? -30_000_000_000 : Date.parse("2026-11-21T20:45:10.123Z");
  const trace = random() < 0.3 ? "ab".repeat(32) : `abababab${hex(random, 56)}`;
  return eventOf(writer, epoch, sequence, {
    trace_id: random() < 0.9 ? trace : hex(random, 64),
    decision,
    action_type: pick(random, ACTIONS),
    reason_code: decision === "ALLOW" ? "ALLOWED" : isEarly ? "ONLY_EARLY" : "LIMIT",
    adapter_name: random() < 0.5 ? null : "mcp",
    status: random() < 0.1 ? "failed" : "success",
    timestamp: new Date(base + index * 700 + far).toISOString(),
    evaluator_trace: {
      engine_version: `3.0.0+${(index > 1200 ? "b" : "a").repeat(64)}`,
      caller: pick(random, CALLERS),
      rewrite_class: null,
      validators: {},
      evaluators: [],
    },
  });
}

function hex(random: () => number, digits: number): string {
  return Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join("");
}
