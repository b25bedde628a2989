/**
 * Callers who keep to what they may: `node honest.ts PORT KEY FILE`. Each asks now and then, and waits.
 * Says how they fared whenever its parent asks.
 */
import { setTimeout as pause } from "node:timers/promises";
import { ENVELOPES } from "../gateway/workload.ts";
import { ReleasedFile } from "./kept.ts";
import { Line, post } from "./wire.ts";

/** How the callers fared since they were last asked. */
export interface Fared {
  /** Got the decision that the policy gives. */
  readonly answered: number;
  /** Got a refusal of an attempt that the policy allows. */
  readonly closed: number;
  /** By status, where there was no attempt; `lost` where there was no answer. */
  readonly refused: Readonly<Record<string, number>>;
  /** Milliseconds of those answered; null where none was. */
  readonly p50: number | null;
  readonly p99: number | null;
}

const CALLERS = 30;
const PAUSE_MS = 300;
const [port = "", key = "", file = ""] = process.argv.slice(2);
const released = new ReleasedFile(file);

let answered = 0;
let closed = 0;
let refused: Record<string, number> = {};
let latencies: number[] = [];

async function caller(index: number): Promise<never> {
  const line = new Line(Number(port));
  for (let at = index; ; at += 1) {
    await pause(2 * PAUSE_MS * Math.random());
    const { body, isRefused } = ENVELOPES[at % ENVELOPES.length] ?? { body: "", isRefused: true };
    const verb = at % 2 === 0 ? "enforce" : "execute";
    const began = performance.now();
    const answer = await line.ask(post(`/v1/${verb}`, key, body));
    if (answer?.status !== 200) {
      const how = answer === undefined ? "lost" : `${answer.status}`;
      refused[how] = 1 + (refused[how] ?? 0);
      continue;
    }
    const isReleased = answer.body.startsWith('{"decision":"EXECUTE"');
    if (isReleased) released.add(verb, answer.body);
    if (isReleased && isRefused) throw new Error(`released against the policy: ${answer.body}`);
    if (isReleased === isRefused) closed += 1;
    else answered += 1;
    latencies.push(performance.now() - began);
  }
}

function fared(): Fared {
  const sorted = latencies.sort((a, b) => a - b);
  const at = (part: number): number | null => sorted[Math.floor(sorted.length * part)] ?? null;
  const told = { answered, closed, refused, p50: at(0.5), p99: at(0.99) };
  answered = closed = 0;
  refused = {};
  latencies = [];
  return told;
}

process.on("message", () => process.send?.(fared()));
process.on("SIGTERM", () => {
  released.close();
  process.exit();
});
process.on("disconnect", () => process.exit());
for (let index = 0; index < CALLERS; index += 1) void caller(index * 17);
process.send?.({ kind: "ready" });
