import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Child, start } from "../bucket/child.ts";
import { median } from "../bucket/figures.ts";
import type { InProcessResult } from "./in-process.ts";
import { type LoadGenerator, settleDisk } from "./load.ts";
import type { Contender, Served } from "./server.ts";
import { heldIn, prepare, startBucket } from "./writ.ts";

export interface Plan {
  readonly rounds: number;
  readonly ms: number;
  readonly connections: number;
  /** Attempts in flight of the program that enforces by itself. */
  readonly inFlight: number;
  readonly load: LoadGenerator;
}

/** Batches at once, where single requests have so many connections. More had lines refused. */
export function batchesBeside(connections: number): number {
  return Math.max(1, Math.min(4, connections >> 4));
}

/** What one contender did in one round. */
export interface Slice {
  /** Decisions a second; of an echo, answers. */
  readonly rate: number;
  /** Milliseconds of a request. */
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of processor time of all the server's processes, a decision. */
  readonly cpuMicros: number;
  /** The same of each of its processes. */
  readonly cpuParts: readonly number[];
  /** Microseconds that making the load took, a decision; none where the program makes its own. */
  readonly loadMicros: number;
}

export interface Series {
  readonly name: string;
  readonly title: string;
  readonly slices: Slice[];
}

/** Something that can be measured again and again. */
export interface Measurable {
  readonly name: string;
  readonly title: string;
  readonly means: string;
  slice(ms: number): Promise<Slice>;
  /** Ends it; fails unless it holds all that it acknowledged. */
  stop(): Promise<void>;
}

/** Processor time of all threads of a process, in microseconds; /proc counts hundredths of seconds. */
function cpuMicrosOf(pid: number): number {
  return ticksOf(`${pid}`, 11) * 10_000;
}

/** The same of all children of this process that have ended. */
function endedMicros(): number {
  return ticksOf("self", 13) * 10_000;
}

/** The sum of two fields of proc_pid_stat(5), counted from the one behind the name. */
function ticksOf(pid: string, field: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[field]) + Number(fields[field + 1]);
}

/** Fails unless every call is decided as the limits, told plainly, decide it. */
async function requireRight({ port, path, proof, isRefusal }: Served, name: string): Promise<void> {
  for (const { body, isRefused } of proof) {
    const headers = { "content-type": "application/json" };
    const url = `http://127.0.0.1:${port}${path}`;
    const answer = await fetch(url, { method: "POST", headers, body });
    const text = await answer.text();
    if (answer.status !== 200 || isRefusal(text) !== isRefused) {
      throw new Error(`${name} decides ${body} wrongly: ${answer.status} ${text}`);
    }
  }
}

/** A server under load from outside. */
export class HttpMeasured implements Measurable {
  readonly name: string;
  readonly title: string;
  readonly means: string;
  readonly #served: Served;
  readonly #plan: Plan;
  #acknowledged: number;
  /** What may have been under way each time that the load broke off. */
  #brokenOff = 0;

  constructor({ name, title, means }: Contender, served: Served, plan: Plan) {
    this.name = name;
    this.title = title;
    const { remark } = served;
    this.means = remark === undefined ? means : `${remark}; ${means}`;
    this.#served = served;
    this.#plan = plan;
    this.#acknowledged = served.proof.length;
  }

  static async start(
    contender: Contender,
    place: Parameters<Contender["start"]>[0],
    plan: Plan,
  ): Promise<HttpMeasured> {
    const served = await contender.start(place);
    await requireRight(served, contender.name);
    return new HttpMeasured(contender, served, plan);
  }

  async slice(ms: number): Promise<Slice> {
    const { pids, port, path, type, bodies, perBody } = this.#served;
    const { connections, load } = this.#plan;
    const lanes = perBody === 1 ? connections : batchesBeside(connections);
    settleDisk();
    const before = pids.map(cpuMicrosOf);
    const ended = endedMicros();
    const done = await load.run({ port, path, type, bodies, connections: lanes, ms });
    const after = pids.map(cpuMicrosOf);
    const loadMicros = (endedMicros() - ended) / (done.requests * perBody);
    if (done.errors > 0) throw new Error(`${this.name}: ${done.errors} requests failed`);
    const decisions = done.requests * perBody;
    this.#acknowledged += decisions;
    this.#brokenOff += lanes * perBody;
    const cpuParts = after.map((each, i) => (each - (before[i] ?? 0)) / decisions);
    return {
      rate: decisions / done.seconds,
      p50: done.p50,
      p99: done.p99,
      cpuMicros: cpuParts.reduce((sum, each) => sum + each, 0),
      cpuParts,
      loadMicros,
    };
  }

  async stop(): Promise<void> {
    await this.#served.stop();
    const held = this.#served.held?.();
    if (held === undefined) return;
    const more = held - this.#acknowledged;
    if (more < 0 || more > this.#brokenOff) {
      throw new Error(`${this.name} acknowledged ${this.#acknowledged} and holds ${held}`);
    }
  }
}

/** A program that enforces by itself, and a Bucket in a process of its own. */
export class InProcessMeasured implements Measurable {
  readonly name = "in-process";
  readonly title: string;
  readonly means =
    "a program that calls enforce itself, from the envelope's bytes to the answer; the Bucket is a process of its own; no HTTP";
  readonly #program: Child;
  readonly #bucket: Child;
  readonly #data: string;
  readonly #inFlight: number;
  #acknowledged = 0;

  private constructor(program: Child, bucket: Child, data: string, inFlight: number) {
    this.title = `Writ in process, ${inFlight} in flight`;
    this.#program = program;
    this.#bucket = bucket;
    this.#data = data;
    this.#inFlight = inFlight;
  }

  static async start(folder: string, inFlight: number): Promise<InProcessMeasured> {
    const { data, policy } = prepare(folder);
    const bucket = await startBucket(data);
    const { child } = await start(join(import.meta.dirname, "in-process.ts"), [data, policy]);
    return new InProcessMeasured(child, bucket, data, inFlight);
  }

  async slice(ms: number): Promise<Slice> {
    settleDisk();
    const warmUpMs = 200;
    const before = cpuMicrosOf(this.#bucket.pid);
    const request = { inFlight: this.#inFlight, warmUpMs, ms };
    const done = (await this.#program.ask(request)) as InProcessResult;
    const bucketMicros = (cpuMicrosOf(this.#bucket.pid) - before) / done.all;
    const ownMicros = done.cpuMicros / done.attempts;
    this.#acknowledged += done.all;
    return {
      rate: done.attempts / (ms / 1000),
      p50: done.p50,
      p99: done.p99,
      cpuMicros: ownMicros + bucketMicros,
      cpuParts: [ownMicros, bucketMicros],
      loadMicros: 0,
    };
  }

  async stop(): Promise<void> {
    await this.#program.stop();
    await this.#bucket.stop();
    const held = heldIn(this.#data);
    if (held !== this.#acknowledged) {
      throw new Error(`${this.name} acknowledged ${this.#acknowledged} and holds ${held}`);
    }
  }
}

/** A compiler takes tens of thousands of requests until it is done with a server. */
export function warmUpMs(ms: number): number {
  return Math.max(2_000, 1.5 * ms);
}

/**
 * Each once to warm up; then each once a round, every other round in the reverse order: a machine
 * that changes its pace strikes all of a round alike.
 */
export async function runRounds(
  all: readonly Measurable[],
  { rounds, ms }: Plan,
  say: (line: string) => void,
): Promise<readonly Series[]> {
  const series = all.map(({ name, title }): Series => ({ name, title, slices: [] }));
  for (const one of all) await one.slice(warmUpMs(ms));
  for (let round = 0; round < rounds; round += 1) {
    const order = [...all.keys()];
    for (const i of round % 2 === 0 ? order : order.reverse()) {
      const slice = await all[i]?.slice(ms);
      if (slice === undefined) continue;
      series[i]?.slices.push(slice);
      say(`round ${round + 1}/${rounds} ${(all[i]?.name ?? "").padEnd(12)} ${lineOf(slice)}`);
    }
  }
  return series;
}

function lineOf({ rate, p50, p99, cpuMicros }: Slice): string {
  const times = `p50 ${p50.toFixed(2)} ms  p99 ${p99.toFixed(2)} ms`;
  return `${rate.toFixed(0).padStart(7)}/s  ${times}  ${cpuMicros.toFixed(1)} µs CPU`;
}

/** The median over the rounds of one figure. */
export function medianOf({ slices }: Series, field: (slice: Slice) => number): number {
  return median(slices.map(field));
}
