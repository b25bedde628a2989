/**
 * A program that enforces by itself: `node in-process.ts DATA POLICY`. For each message of its
 * parent it keeps so many attempts in flight for so long, from the envelope's bytes to the answer.
 */
import { writerLine } from "@writ/bucket/local";
import { openEnvelope } from "@writ/contract/envelope";
import { type Enforcement, openEnforcement, utcNow } from "@writ/enforce";
import { armPolicy } from "@writ/engine/policy-folder";
import { ENVELOPES } from "./workload.ts";

export interface InProcessRequest {
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly ms: number;
}

export interface InProcessResult {
  /** Attempts answered in the time that counts. */
  readonly attempts: number;
  /** Attempts in all, warm-up and end included: as many are in the ledger. */
  readonly all: number;
  readonly p50: number;
  readonly p99: number;
  /** Processor time of this process in the time that counts, microseconds. */
  readonly cpuMicros: number;
}

const MAX_SAMPLES = 4_000_000;
const bytes = ENVELOPES.map(({ body }) => Buffer.from(body));

class Slice {
  readonly #enforcement: Enforcement;
  readonly #latencies = new Float32Array(MAX_SAMPLES);
  #samples = 0;
  #all = 0;
  #isCounting = false;
  #isOver = false;

  constructor(enforcement: Enforcement) {
    this.#enforcement = enforcement;
  }

  async run({ inFlight, warmUpMs, ms }: InProcessRequest): Promise<InProcessResult> {
    const lanes = Array.from({ length: inFlight }, () => this.#lane());
    await new Promise((resolve) => setTimeout(resolve, warmUpMs));
    const before = process.cpuUsage();
    this.#isCounting = true;
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#isCounting = false;
    const { user, system } = process.cpuUsage(before);
    this.#isOver = true;
    await Promise.all(lanes);
    const sorted = this.#latencies.subarray(0, this.#samples).sort();
    const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
    const counts = { attempts: this.#samples, all: this.#all, cpuMicros: user + system };
    return { ...counts, p50: at(0.5), p99: at(0.99) };
  }

  async #lane(): Promise<void> {
    while (!this.#isOver) {
      const began = performance.now();
      const asked = bytes[this.#all % bytes.length] ?? Buffer.alloc(0);
      const isRefused = ENVELOPES[this.#all % bytes.length]?.isRefused;
      this.#all += 1;
      const { decision } = await this.#enforcement.begin().enforce(openEnvelope(asked), null);
      // A Bucket that is away would be answered for in no time.
      if ((decision === "BLOCK") !== isRefused) throw new Error("an attempt was not recorded");
      if (!this.#isCounting || this.#samples === MAX_SAMPLES) continue;
      this.#latencies[this.#samples] = performance.now() - began;
      this.#samples += 1;
    }
  }
}

const [data = ".", policy = "."] = process.argv.slice(2);
const enforcement = await openEnforcement({
  ...writerLine(data),
  engine: await armPolicy(policy),
  maxInFlight: 2_048,
  now: utcNow,
  onViolation: (line) => process.stderr.write(`${line}\n`),
  onChange: () => {},
});
process.on("message", async (request: InProcessRequest) => {
  process.send?.(await new Slice(enforcement).run(request));
});
process.on("disconnect", () => process.exit());
// A profile is written at an orderly end alone.
process.on("SIGTERM", () => process.exit());
process.send?.({ kind: "ready" });
