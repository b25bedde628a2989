import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openEnvelope } from "@writ/contract/envelope";
import { encodeEvent } from "@writ/contract/event";
import { recorded } from "@writ/contract/outcome";
import { loadBundle } from "@writ/engine/bundle";
import { arm } from "@writ/engine/engine";
import type { Verdict } from "@writ/engine/verdict";

const airline = join(import.meta.dirname, "..", "..", "policies", "airline");
const encoder = new TextEncoder();
/** Every sequence has nine digits, so that an event's next one is written over its last. */
const FIRST_SEQUENCE = 100_000_000;
const DIGITS = 9;

/** What the airline's policy decides about its sample calls, in their order. */
export function sampleVerdicts(): readonly Verdict[] {
  const names = ["bundle.yaml", "canaries.yaml"];
  const files = names.map((path) => ({ path, text: readFileSync(join(airline, path), "utf8") }));
  const loaded = loadBundle(files);
  if ("faults" in loaded) throw new Error(JSON.stringify(loaded.faults));
  const engine = arm(loaded.bundle);
  const lines = readFileSync(join(airline, "sample.jsonl"), "utf8").trimEnd().split("\n");
  return lines.map((line) => engine.decide(openEnvelope(encoder.encode(line))));
}

interface Slot {
  readonly bytes: Uint8Array;
  readonly digitsAt: number;
}

/**
 * Events of one writer and epoch, each with a sequence of its own, as a gateway would record the
 * sample. They come from a ring: an event must have ended before `ringLength` others were taken.
 */
export class EventSource {
  readonly #slots: readonly Slot[];
  #next = 0;
  #sequence = FIRST_SEQUENCE;

  constructor(writer: string, epoch: number, verdicts: readonly Verdict[], ringLength: number) {
    this.#slots = Array.from({ length: ringLength }, (_, i) => {
      const verdict = verdicts[i % verdicts.length];
      if (verdict === undefined) throw new Error("the sample has no calls");
      return slotOf(verdict, `${writer}.${epoch}.`, i);
    });
  }

  /** The next event, whose bytes stay as they are until the ring comes round. */
  take(): Uint8Array {
    const slot = this.#slots[this.#next];
    if (slot === undefined) throw new Error("the ring is empty");
    this.#next = (this.#next + 1) % this.#slots.length;
    writeDigits(slot, this.#sequence);
    this.#sequence += 1;
    return slot.bytes;
  }

  get meanBytes(): number {
    return this.#slots.reduce((sum, { bytes }) => sum + bytes.length, 0) / this.#slots.length;
  }
}

function slotOf(verdict: Verdict, prefix: string, i: number): Slot {
  const id = `${prefix}${FIRST_SEQUENCE}`;
  const event = encodeEvent({
    // No two alike, as calls to a real agent are: nothing below may live on repetition.
    trace_id: i.toString(16).padStart(8, "0") + verdict.trace_id.slice(8),
    enforcement_decision_id: id,
    action_type: verdict.action_type,
    decision: recorded(verdict.outcome),
    reason_code: verdict.reason_code,
    evaluator_trace: {
      engine_version: verdict.engine_version,
      caller: null,
      rewrite_class: verdict.rewrite_class,
      validators: verdict.validators,
      evaluators: verdict.evaluators,
    },
    timestamp: new Date(1_763_700_000_000 + i * 37).toISOString(),
    adapter_name: null,
    status: verdict.failed ? "failed" : "success",
  });
  const digitsAt = Buffer.from(event).indexOf(id) + prefix.length;
  return { bytes: event, digitsAt };
}

function writeDigits({ bytes, digitsAt }: Slot, sequence: number): void {
  let rest = sequence;
  for (let at = digitsAt + DIGITS - 1; at >= digitsAt; at -= 1) {
    bytes[at] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}
