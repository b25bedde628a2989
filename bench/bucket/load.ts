/**
 * The client's side of one system, in a process of its own: `node load.ts SPEC`, a LineSpec as JSON.
 * Says "ready", then measures a slice for each request that its parent sends.
 */
import { openWriterKey } from "@writ/bucket/writer-key";
import { EventSource, sampleVerdicts } from "./events.ts";
import { JetStreamLine } from "./jetstream-line.ts";
import type { Line, LineSpec, SliceRequest, SliceResult } from "./line.ts";
import { PlainLine } from "./plain-line.ts";
import { PostgresLine } from "./postgres-line.ts";
import { WritLine } from "./writ-line.ts";

/** A line and the events that go over it. */
interface Loaded {
  readonly line: Line;
  readonly events: EventSource;
}

/** Well beyond what may be in flight: an event is not touched before it has ended. */
const RING = 16_384;
/** Any name of the right length, where nobody asks whose it is. */
const NOBODY = "0123456789abcdef";
const MAX_SAMPLES = 4_000_000;

async function open(spec: LineSpec): Promise<readonly Loaded[]> {
  const verdicts = sampleVerdicts();
  const foreign = (line: Line): readonly Loaded[] => [
    { line, events: new EventSource(NOBODY, 1, verdicts, RING) },
  ];
  switch (spec.kind) {
    case "writ":
      return Promise.all(
        spec.writers.map(async (writer) => {
          const { name } = openWriterKey(writer.key);
          const line = await WritLine.connect(spec.socketPath, writer);
          return { line, events: new EventSource(name, writer.epoch, verdicts, RING) };
        }),
      );
    case "plain":
      return foreign(await PlainLine.connect(spec.socketPath));
    case "postgres":
      return foreign(await PostgresLine.open(spec.folder, spec.connections));
    case "jetstream":
      return foreign(await JetStreamLine.connect(spec.port));
  }
}

/** One stretch of load: each of `inFlight` lanes appends again as soon as it is acknowledged. */
class Slice {
  readonly #latencies = new Float32Array(MAX_SAMPLES);
  #samples = 0;
  #appends = 0;
  #lanes = 0;
  #countFrom = Number.POSITIVE_INFINITY;
  #countUntil = Number.POSITIVE_INFINITY;
  #isOver = false;
  #hasDrained: () => void = () => {};

  async run(loaded: readonly Loaded[], request: SliceRequest): Promise<SliceResult> {
    const drained = new Promise<void>((resolve) => {
      this.#hasDrained = resolve;
    });
    const cpu = process.cpuUsage();
    const start = performance.now();
    this.#countFrom = start + request.warmUpMs;
    this.#countUntil = this.#countFrom + request.ms;
    for (let lane = 0; lane < request.inFlight; lane += 1) {
      const own = loaded[lane % loaded.length];
      if (own === undefined) break;
      this.#lanes += 1;
      this.#again(own);
    }
    await drained;
    const { user, system } = process.cpuUsage(cpu);
    const counted = this.#latencies.subarray(0, this.#samples).sort();
    return {
      rate: this.#samples / (request.ms / 1000),
      p50: percentile(counted, 0.5),
      p99: percentile(counted, 0.99),
      appends: this.#appends,
      clientMicros: (user + system) / this.#appends,
    };
  }

  #again(own: Loaded): void {
    const from = performance.now();
    own.line.append(own.events.take(), () => {
      const now = performance.now();
      this.#appends += 1;
      if (now >= this.#countFrom && now < this.#countUntil && this.#samples < MAX_SAMPLES) {
        this.#latencies[this.#samples] = now - from;
        this.#samples += 1;
      }
      this.#isOver ||= now >= this.#countUntil;
      if (!this.#isOver) this.#again(own);
      else this.#leave();
    });
  }

  #leave(): void {
    this.#lanes -= 1;
    if (this.#lanes === 0) this.#hasDrained();
  }
}

function percentile(sorted: Float32Array, part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

const spec: LineSpec = JSON.parse(process.argv[2] ?? "");
const loaded = await open(spec);
process.on("unhandledRejection", (error) => {
  throw error;
});
process.on("message", async (request: SliceRequest | "stop") => {
  if (request === "stop") {
    await Promise.all(loaded.map(({ line }) => line.close()));
    process.disconnect();
    return;
  }
  for (const { line } of loaded) await line.prepare?.(request.inFlight);
  process.send?.(await new Slice().run(loaded, request));
});
process.on("disconnect", () => process.exit());
process.send?.({ ready: true, meanBytes: loaded[0]?.events.meanBytes });
