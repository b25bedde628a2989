import type { AppendDoor } from "@writ/bucket/append";
import type { Received } from "@writ/contract/envelope";
import { encodeEvent } from "@writ/contract/event";
import type { JsonObject } from "@writ/contract/json";
import { recorded } from "@writ/contract/outcome";
import type { Engine } from "@writ/engine/engine";
import type { Verdict } from "@writ/engine/verdict";
import { type Answer, blocked } from "./answer.ts";
import { BucketLine, type LineOptions, type Place } from "./bucket-line.ts";
import { hostOf } from "./host.ts";
import type { ValidatorAsker } from "./validators.ts";

/** A refusal before an attempt begins: nothing is decided, numbered or written. */
export class TooManyInFlight extends Error {
  readonly code: "TOO_MANY_IN_FLIGHT" = "TOO_MANY_IN_FLIGHT";
}

/** An attempt was used a second time; one attempt writes at most once (rules §4). */
export class AttemptSpent extends Error {
  readonly code: "ATTEMPT_SPENT" = "ATTEMPT_SPENT";
}

export interface EnforcementOptions extends LineOptions {
  readonly engine: Engine;
  /** Asks the validators that the policy declares; without it every one of them is absent. */
  readonly validators?: ValidatorAsker;
  /** RFC 3339 UTC with milliseconds. The only clock; it orders nothing. */
  readonly now: () => string;
  /** At most this many attempts at once; keep it under the Bucket's in-flight quota. */
  readonly maxInFlight: number;
  /** Told of every attempt that tried to write twice. */
  readonly onViolation: (message: string) => void;
}

/**
 * The only place where deciding, recording and releasing meet.
 *
 * Durability: an Answer other than BLOCK was recorded, synced and covered by a signed tree head
 * before it is returned. Concurrency: attempts overlap freely; their records land in any order.
 */
export interface Enforcement {
  /** Begins an attempt and takes its number. Throws `TooManyInFlight`. */
  begin(): Attempt;
  /** Whether an attempt could be recorded now. */
  readonly ready: boolean;
  readonly epoch: number;
  readonly inFlight: number;
  /** Ends the connection. Attempts still under way end as BLOCK. */
  close(): Promise<void>;
}

/** One passage through enforcement. */
export interface Attempt {
  readonly decisionId: string;
  /**
   * Hears the validators, decides, records, then releases. Never rejects but for `AttemptSpent`.
   * `caller` is the name that authentication gave, null where there is none; `facts` are what the
   * embedder itself vouches for.
   */
  enforce(received: Received, caller: string | null, facts?: JsonObject): Promise<Answer>;
}

export async function openEnforcement(options: EnforcementOptions): Promise<Enforcement> {
  return new OpenEnforcement(options, await BucketLine.open(options));
}

class OpenEnforcement implements Enforcement {
  readonly #options: EnforcementOptions;
  readonly #line: BucketLine;
  #inFlight = 0;

  constructor(options: EnforcementOptions, line: BucketLine) {
    this.#options = options;
    this.#line = line;
  }

  get ready(): boolean {
    return this.#line.connected;
  }

  get epoch(): number {
    return this.#line.epoch;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  begin(): Attempt {
    if (this.#inFlight >= this.#options.maxInFlight) {
      throw new TooManyInFlight(`${this.#inFlight} attempts are in flight; try again later`);
    }
    const place = this.#line.take();
    this.#inFlight += 1;
    return new OneAttempt(this.#options, place, () => {
      this.#inFlight -= 1;
    });
  }

  close(): Promise<void> {
    return this.#line.close();
  }
}

class OneAttempt implements Attempt {
  readonly #options: EnforcementOptions;
  readonly #place: Place;
  readonly #ended: () => void;
  #spent = false;

  constructor(options: EnforcementOptions, place: Place, ended: () => void) {
    this.#options = options;
    this.#place = place;
    this.#ended = ended;
  }

  get decisionId(): string {
    return this.#place.decisionId;
  }

  async enforce(received: Received, caller: string | null, facts?: JsonObject): Promise<Answer> {
    this.#spend();
    const { engine, validators } = this.#options;
    try {
      const known = facts === undefined ? { caller } : { caller, facts };
      const verdict = engine.decide(received, await hostOf(received, known, engine, validators));
      return await this.#recordAndRelease(verdict, caller);
    } finally {
      this.#ended();
    }
  }

  async #recordAndRelease(verdict: Verdict, caller: string | null): Promise<Answer> {
    const { decisionId, door } = this.#place;
    try {
      const event = recordOf(verdict, decisionId, caller, this.#options.now());
      const isRecorded = await append(door, event);
      return isRecorded ? release(verdict, decisionId) : blocked(verdict.trace_id, decisionId);
    } catch {
      // Whatever kept the record from being written, nothing may leave but a refusal (contract §4).
      return blocked(verdict.trace_id, decisionId);
    }
  }

  #spend(): void {
    if (this.#spent) {
      const fault = `attempt ${this.decisionId} was used a second time; begin a new one`;
      this.#options.onViolation(fault);
      throw new AttemptSpent(fault);
    }
    this.#spent = true;
  }
}

async function append(door: AppendDoor | null, event: Uint8Array): Promise<boolean> {
  if (door === null) return false;
  return (await door.append(event)).ending === "committed";
}

function recordOf(
  verdict: Verdict,
  decisionId: string,
  caller: string | null,
  timestamp: string,
): Uint8Array {
  return encodeEvent({
    trace_id: verdict.trace_id,
    enforcement_decision_id: decisionId,
    action_type: verdict.action_type,
    decision: recorded(verdict.outcome),
    reason_code: verdict.reason_code,
    evaluator_trace: {
      engine_version: verdict.engine_version,
      caller,
      rewrite_class: verdict.rewrite_class,
      validators: verdict.validators,
      evaluators: verdict.evaluators,
    },
    timestamp,
    adapter_name: null,
    status: verdict.failed ? "failed" : "success",
  });
}

function release(verdict: Verdict, decisionId: string): Answer {
  const { outcome, trace_id, rewrite_class } = verdict;
  const ids = { trace_id, enforcement_decision_id: decisionId };
  if (outcome === "EXECUTE") return { decision: outcome, ...ids, status: "success" };
  if (outcome !== "REWRITE") return blocked(trace_id, decisionId);
  const answer = { decision: outcome, ...ids, status: "failed" } as const;
  return rewrite_class === null ? answer : { ...answer, rewrite_class };
}
