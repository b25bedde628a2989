import type { AppendDoor, Ending, RejectionCode } from "@writ/bucket/append";
import type { Received } from "@writ/contract/envelope";
import { canonicalJson } from "@writ/contract/jcs";
import { JsonObject } from "@writ/contract/json";
import type { Engine } from "@writ/engine/engine";
import type { Verdict } from "@writ/engine/verdict";
import { type Action, type Adapter, carryOut, type Effect } from "./adapter.ts";
import { type Answer, blocked, type ExecuteAnswer } from "./answer.ts";
import type { AttemptReport, RecordEnding } from "./attempt-report.ts";
import type { Place } from "./bucket-line.ts";
import { hostOf } from "./host.ts";
import { recordOf } from "./record.ts";
import type { ValidatorAsker } from "./validators.ts";

/** An attempt was used a second time; one attempt writes at most once (rules §4). */
export class AttemptSpent extends Error {
  override readonly name = "AttemptSpent";
  readonly code: "ATTEMPT_SPENT" = "ATTEMPT_SPENT";
}

/** One passage through enforcement: one of its two verbs may be used, once. */
export interface Attempt {
  readonly decisionId: string;
  /**
   * Someone else acts: decides, records, then releases. Never rejects but for `AttemptSpent`.
   * `caller` is the name that authentication gave, null where there is none; `facts` are what the
   * embedder itself vouches for.
   */
  enforce(received: Received, caller: string | null, facts?: JsonObject): Promise<Answer>;
  /**
   * The category's adapter acts: decides, has the record admitted, runs the adapter, records what
   * became of it, then releases its result. Never rejects but for `AttemptSpent`. `adapter` acts in
   * the place of the category's: for an embedder who guards a function of its own, and never for
   * what a caller wishes.
   */
  execute(
    received: Received,
    caller: string | null,
    facts?: JsonObject,
    adapter?: Adapter,
  ): Promise<ExecuteAnswer>;
}

/** What an attempt works with, as it stood when the attempt began. */
export interface AttemptParts {
  readonly engine: Engine;
  readonly validators: ValidatorAsker | undefined;
  /** Who carries out which category. */
  readonly adapters: ReadonlyMap<string, Adapter>;
  readonly now: () => string;
  readonly place: Place;
  readonly onViolation: (message: string) => void;
  /** Told once, when the attempt is over. */
  readonly onEnd: (report: AttemptReport | null) => void;
}

interface Recorded {
  readonly ending: RecordEnding;
  readonly rejection: RejectionCode | null;
}

interface Acted extends Recorded {
  /** The adapter that ran, and what became of the action. */
  readonly adapter: string | null;
  readonly effect: Effect | null;
  readonly adapterMs: number | null;
}

const UNCONNECTED: Recorded = { ending: "unconnected", rejection: null };
const UNWRITABLE: Recorded = { ending: "unwritable", rejection: null };
const NOBODY_ACTED = { adapter: null, effect: null, adapterMs: null } as const;
const COMMITTED_ALONE: Acted = { ending: "committed", rejection: null, ...NOBODY_ACTED };
const UNWRITABLE_ALONE: Acted = { ...UNWRITABLE, ...NOBODY_ACTED };
const NO_ADAPTER: Effect = {
  done: false,
  failure: "NO_ADAPTER",
  detail: "no adapter is configured for this category",
};

/** The only caller of `append`, and each of these calls it at most once (rules §4). */
export class OneAttempt implements Attempt {
  readonly #parts: AttemptParts;
  #spent = false;

  constructor(parts: AttemptParts) {
    this.#parts = parts;
  }

  get decisionId(): string {
    return this.#parts.place.decisionId;
  }

  enforce(received: Received, caller: string | null, facts?: JsonObject): Promise<Answer> {
    return this.#pass(received, caller, facts, (verdict) => this.#record(verdict, caller));
  }

  execute(
    received: Received,
    caller: string | null,
    facts?: JsonObject,
    adapter?: Adapter,
  ): Promise<ExecuteAnswer> {
    return this.#pass(received, caller, facts, (verdict) =>
      verdict.outcome === "EXECUTE" && "input" in received
        ? this.#act(verdict, received, caller, adapter)
        : this.#record(verdict, caller),
    );
  }

  /** The one path. Whatever fails on it, nothing may leave but a refusal (contract §4). */
  async #pass(
    received: Received,
    caller: string | null,
    facts: JsonObject | undefined,
    act: (verdict: Verdict) => Promise<Acted>,
  ): Promise<ExecuteAnswer> {
    this.#spend();
    const { engine, validators, onEnd } = this.#parts;
    let report: AttemptReport | null = null;
    try {
      const known = facts === undefined ? { caller } : { caller, facts };
      const began = performance.now();
      const host = hostOf(received, known, engine, validators);
      const verdict = engine.decide(received, host instanceof JsonObject ? host : await host);
      const decided = performance.now();
      let acted = UNWRITABLE_ALONE;
      try {
        acted = await act(verdict);
      } catch {
        // Nothing on the way is known to throw; what does all the same releases nothing.
      }
      const answer = release(verdict, this.decisionId, acted);
      report = this.#reportOf(caller, verdict, acted, answer, [began, decided]);
      return answer;
    } finally {
      onEnd(report);
    }
  }

  /** Records a verdict that no adapter acts upon. */
  async #record(verdict: Verdict, caller: string | null): Promise<Acted> {
    const { door } = this.#parts.place;
    if (door === null) return { ...UNCONNECTED, ...NOBODY_ACTED };
    const event = this.#event(verdict, caller, null, verdict.failed);
    if (event === null) return UNWRITABLE_ALONE;
    const ending = await door.append(event);
    if (ending.ending === "committed") return COMMITTED_ALONE;
    return { ...recordedAs(ending), ...NOBODY_ACTED };
  }

  async #act(
    verdict: Verdict,
    received: Extract<Received, { input: JsonObject }>,
    caller: string | null,
    named: Adapter | undefined,
  ): Promise<Acted> {
    const adapter = named ?? this.#parts.adapters.get(received.category);
    const { door } = this.#parts.place;
    if (adapter === undefined) return this.#recordUndone(verdict, caller);
    if (door === null) return { ...UNCONNECTED, ...NOBODY_ACTED };
    return this.#actAdmitted(door, adapter, verdict, received, caller);
  }

  /** Allowed, but nobody is there to do it: the record says so, and the caller is refused. */
  async #recordUndone(verdict: Verdict, caller: string | null): Promise<Acted> {
    const acted = await this.#record({ ...verdict, failed: true }, caller);
    return { ...acted, effect: NO_ADAPTER };
  }

  /** Every rejection that the rules name falls before the effect; the one write comes after it. */
  async #actAdmitted(
    door: AppendDoor,
    adapter: Adapter,
    verdict: Verdict,
    { category, input }: Extract<Received, { input: JsonObject }>,
    caller: string | null,
  ): Promise<Acted> {
    // `success` is the longer word, and a timestamp has one length: no later form is larger.
    const largest = this.#event(verdict, caller, adapter.name, false);
    if (largest === null) return UNWRITABLE_ALONE;
    const action = actionOf(verdict, this.decisionId, category, input);
    const admission = await door.admit(largest);
    if (admission.ending !== "admitted") return { ...recordedAs(admission), ...NOBODY_ACTED };
    const began = performance.now();
    const effect = await carryOut(adapter, action);
    const acted = { adapter: adapter.name, effect, adapterMs: performance.now() - began };
    const event = this.#event(verdict, caller, adapter.name, !effect.done);
    if (event !== null) return { ...recordedAs(await admission.append(event)), ...acted };
    admission.release();
    return { ...UNWRITABLE, ...acted };
  }

  #event(
    verdict: Verdict,
    caller: string | null,
    adapter: string | null,
    failed: boolean,
  ): Uint8Array | null {
    try {
      const { decisionId } = this;
      return recordOf(verdict, {
        decisionId,
        caller,
        timestamp: this.#parts.now(),
        adapter,
        failed,
      });
    } catch {
      return null;
    }
  }

  #reportOf(
    caller: string | null,
    verdict: Verdict,
    { ending, rejection, adapter, effect, adapterMs }: Acted,
    answer: Answer,
    [began, decided]: readonly [number, number],
  ): AttemptReport {
    const failure =
      effect === null || effect.done ? null : { cause: effect.failure, detail: effect.detail };
    const append = performance.now() - decided - (adapterMs ?? 0);
    const ms = { decide: decided - began, adapter: adapterMs, append };
    const released = answer.status === "success";
    return {
      decisionId: this.decisionId,
      caller,
      verdict,
      ending,
      rejection,
      released,
      adapter,
      failure,
      ms,
    };
  }

  #spend(): void {
    if (this.#spent) {
      const fault = `attempt ${this.decisionId} was used a second time; begin a new one`;
      this.#parts.onViolation(fault);
      throw new AttemptSpent(fault);
    }
    this.#spent = true;
  }
}

function recordedAs(ending: Ending): Recorded {
  return ending.ending === "rejected"
    ? { ending: "rejected", rejection: ending.code }
    : { ending: ending.ending, rejection: null };
}

function actionOf(
  verdict: Verdict,
  decisionId: string,
  category: string,
  input: JsonObject,
): Action {
  const inputText = canonicalJson(input);
  return {
    category,
    actionType: verdict.action_type,
    traceId: verdict.trace_id,
    decisionId,
    input: JSON.parse(inputText),
    inputText,
  };
}

/** What may leave: nothing but a refusal, unless the record is safe and nothing failed. */
function release(
  { outcome, trace_id, rewrite_class }: Verdict,
  decisionId: string,
  { ending, effect }: Acted,
): ExecuteAnswer {
  if (ending !== "committed") return blocked(trace_id, decisionId);
  const ids = { trace_id, enforcement_decision_id: decisionId };
  if (outcome === "REWRITE") {
    const answer = { decision: outcome, ...ids, status: "failed" } as const;
    return rewrite_class === null ? answer : { ...answer, rewrite_class };
  }
  if (outcome !== "EXECUTE") return blocked(trace_id, decisionId);
  if (effect === null) return { decision: outcome, ...ids, status: "success" };
  return effect.done
    ? { decision: outcome, ...ids, status: "success", result: JSON.parse(effect.result) }
    : blocked(trace_id, decisionId);
}
