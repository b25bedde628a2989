import type { Ledger } from "@writ/audit/ledger";
import type { Received } from "@writ/contract/envelope";
import type { Event } from "@writ/contract/event";
import { JsonObject } from "@writ/contract/json";
import { recorded } from "@writ/contract/outcome";
import { NotStrictJson, parseStrictJson } from "@writ/contract/strict-json";
import type { Engine } from "@writ/engine/engine";
import type { Verdict } from "@writ/engine/verdict";

/** What one input is now, and what the log has of it. */
export interface Replayed {
  readonly trace_id: string;
  readonly decision: Event["decision"];
  readonly reason_code: string;
  readonly rewrite_class: string | null;
  readonly found: "equal" | "different" | "never recorded";
  /** Events of this trace_id that were compared; more are not, they say nothing new. */
  readonly events: number;
  /** Index of the first of them; null if there is none. */
  readonly first: number | null;
  /** Those that differ, the first few. */
  readonly different: readonly Difference[];
}

/** A recorded event that is not what its input gives now. */
export interface Difference {
  readonly index: number;
  readonly fields: readonly string[];
  readonly decision: Event["decision"];
  readonly reason_code: string;
  readonly rewrite_class: string | null;
}

/** Events compared for one input, and differences kept of it. */
const MOST_COMPARED = 1000;
const MOST_KEPT = 5;
/** Inputs whose recordings are remembered, as recorded calls come again and again. */
const MOST_KNOWN = 100_000;

type Recordings = Pick<Replayed, "events" | "first" | "different">;

/** Judges inputs anew and holds what comes out against a ledger. */
export class Replay {
  readonly #engine: Engine;
  readonly #ledger: Ledger;
  readonly #host: JsonObject | undefined;
  readonly #known = new Map<string, Recordings>();

  /** `host` is what enforcement added to every input, unless it is said of one. */
  constructor(engine: Engine, ledger: Ledger, host: JsonObject | undefined) {
    this.#engine = engine;
    this.#ledger = ledger;
    this.#host = host;
  }

  /** What has come of an input; `host` is what enforcement added to it, if not the replay's. */
  async input(received: Received, host: JsonObject | undefined): Promise<Replayed> {
    const verdict = this.#engine.decide(received, host ?? this.#host);
    const { trace_id, outcome, reason_code, rewrite_class } = verdict;
    const known = this.#known.get(trace_id) ?? (await this.#compare(verdict));
    if (this.#known.size < MOST_KNOWN) this.#known.set(trace_id, known);
    const { events, different } = known;
    const found = events === 0 ? "never recorded" : different.length === 0 ? "equal" : "different";
    return { trace_id, decision: recorded(outcome), reason_code, rewrite_class, found, ...known };
  }

  /** The same trace_id means the same input under the same policy, so all of them must say the same. */
  async #compare(verdict: Verdict): Promise<Recordings> {
    const different: Difference[] = [];
    let events = 0;
    let first: number | null = null;
    for await (const { index, event } of this.#ledger.recordings(verdict.trace_id)) {
      first ??= index;
      events += 1;
      const fields = fieldsThatDiffer(verdict, event);
      if (fields.length > 0 && different.length < MOST_KEPT) {
        const { decision, reason_code, evaluator_trace } = event;
        const { rewrite_class } = evaluator_trace;
        different.push({ index, fields, decision, reason_code, rewrite_class });
      }
      if (events === MOST_COMPARED) break;
    }
    return { events, first, different };
  }
}

/** What the engine answers for is compared; time, attempt, caller, adapter and status are each attempt's own. */
function fieldsThatDiffer(verdict: Verdict, event: Event): string[] {
  const { evaluator_trace: trace } = event;
  const pairs: readonly (readonly [field: string, now: unknown, then: unknown])[] = [
    ["decision", recorded(verdict.outcome), event.decision],
    ["reason_code", verdict.reason_code, event.reason_code],
    ["action_type", verdict.action_type, event.action_type],
    ["rewrite_class", verdict.rewrite_class, trace.rewrite_class],
    ["engine_version", verdict.engine_version, trace.engine_version],
    ["evaluators", JSON.stringify(verdict.evaluators), JSON.stringify(trace.evaluators)],
  ];
  return pairs.filter(([, now, then]) => now !== then).map(([field]) => field);
}

const HOST = Buffer.from('"host"');

/** The member `host` of an envelope, beside the input; inside of it, it is the sender's and refused. */
export function hostIn(bytes: Uint8Array): JsonObject | undefined {
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(HOST)) return undefined;
  try {
    const line = parseStrictJson(bytes);
    const host = line instanceof JsonObject ? line.get("host") : undefined;
    return host instanceof JsonObject ? host : undefined;
  } catch (error) {
    if (error instanceof NotStrictJson) return undefined;
    throw error;
  }
}
