import { isCategory } from "@writ/contract/category";
import { bareInput } from "@writ/contract/envelope";
import { canonicalJson, jsonFrom } from "@writ/contract/jcs";
import { JsonObject } from "@writ/contract/json";
import { type Adapter, requireAdapter } from "@writ/enforce/adapter";
import type { Attempt, Enforcement, ExecuteAnswer } from "@writ/enforce/enforcement";
import { type Refusal, Refused } from "./refused.ts";

export { type Refusal, Refused } from "./refused.ts";

/** What became of one attempt, once its record is safe; the result of the function is not in it. */
export interface GuardVerdict {
  readonly category: string;
  /** What was judged beside the input: the caller and the facts, as far as there are. */
  readonly host: { readonly caller?: string; readonly facts?: object };
  readonly decision: "EXECUTE" | "REWRITE" | "BLOCK";
  readonly trace_id: string;
  readonly enforcement_decision_id: string;
  readonly status: "success" | "failed";
  readonly rewrite_class?: string;
}

export interface GuardOptions<Input> {
  readonly enforcement: Enforcement;
  /** By which the input is judged; as every one of these, yours to say and never the agent's. */
  readonly category: string;
  /** Who asks, as your authentication gave it; null if not given. */
  readonly caller?: string | null;
  /** What your program vouches for; the policy reads it as `input.host.facts`. */
  readonly facts?: (input: Input) => object;
  /** Stands in the record as `adapter_name`; the category if not given. */
  readonly name?: string;
  /** Milliseconds that the function may take, then it has failed; 60,000 if not given. */
  readonly deadlineMs?: number;
  /**
   * Told of every attempt, with the input as it was judged, when its record is safe and before
   * anything is released; it is waited for, and what it throws is dropped.
   */
  readonly onVerdict?: (input: Input, verdict: GuardVerdict) => unknown;
}

/** Options that nothing could be guarded with. */
export class GuardRefused extends Error {
  override readonly name = "GuardRefused";
  readonly code = "GUARD_REFUSED";
}

/**
 * The function behind an attempt of its own for each call: decide, have the record admitted, run it,
 * record what became of it, and only then release what it returned. It runs at most once a call, on
 * exactly the input that was judged: a JSON value of its own. The guarded function rejects with
 * Refused, and with nothing else, where policy, a failure or the function itself said no.
 *
 * Throws GuardRefused or AdapterRefused for options that cannot be.
 */
export function guard<Input extends object, Output>(
  fn: (input: Input, signal: AbortSignal) => Output,
  options: GuardOptions<Input>,
): (input: Input) => Promise<Awaited<Output>> {
  const stand = new Guard(options);
  return (input) => stand.call(fn, input);
}

/** Runs in place of a result, which stays here: the record holds none, and no copy has to be made. */
const HELD = null;
const HELD_BYTES = 4;

/** One category's guard, whatever the function. */
export class Guard<Input extends object> {
  readonly #options: GuardOptions<Input>;
  readonly #bounds: Omit<Adapter, "run">;

  constructor(options: GuardOptions<Input>) {
    const { category, name = category, deadlineMs = 60_000 } = options;
    if (!isCategory(category)) {
      throw new GuardRefused(`${category} is no category: give one that the policy has`);
    }
    this.#options = options;
    this.#bounds = { name, deadlineMs, maxResultBytes: HELD_BYTES };
    requireAdapter({ ...this.#bounds, run: async () => HELD });
  }

  async call<Output>(
    fn: (input: Input, signal: AbortSignal) => Output,
    given: Input,
  ): Promise<Awaited<Output>> {
    const { enforcement, category, caller = null, facts } = this.#options;
    const call = new HeldCall(fn);
    const { attempt, text, known } = beginning(() => {
      const input = canonicalJson(jsonFrom(present(given)));
      const vouched = facts === undefined ? undefined : objectOf(facts(JSON.parse(input)));
      return { text: input, known: vouched, attempt: enforcement.begin() };
    });
    const received = bareInput(new TextEncoder().encode(text), category);
    const answer = await attempt.execute(received, caller, known, {
      ...this.#bounds,
      run: (action, signal) => call.run(action.input as Input, signal),
    });
    await this.#tell(JSON.parse(text), known, answer);
    if (answer.decision === "EXECUTE" && call.held !== undefined) return call.held.output;
    throw new Refused(refusalOf(answer), call.thrown);
  }

  async #tell(
    input: Input,
    known: JsonObject | undefined,
    { result: _, ...said }: ExecuteAnswer,
  ): Promise<void> {
    const { category, caller = null, onVerdict } = this.#options;
    const facts = known === undefined ? {} : { facts: JSON.parse(canonicalJson(known)) };
    const host = caller === null ? facts : { caller, ...facts };
    try {
      await onVerdict?.(input, { category, host, ...said });
    } catch {
      // What an operator keeps is no reason to withhold what is recorded, nor to release it.
    }
  }
}

/** One run of the function, and what it left. */
class HeldCall<Input, Output> {
  readonly #fn: (input: Input, signal: AbortSignal) => Output;
  held: { readonly output: Awaited<Output> } | undefined;
  thrown: unknown;

  constructor(fn: (input: Input, signal: AbortSignal) => Output) {
    this.#fn = fn;
  }

  async run(input: Input, signal: AbortSignal): Promise<typeof HELD> {
    try {
      this.held = { output: await this.#fn(input, signal) };
      return HELD;
    } catch (error) {
      this.thrown = error;
      throw error;
    }
  }
}

interface Beginning {
  readonly text: string;
  readonly known: JsonObject | undefined;
  readonly attempt: Attempt;
}

/** What fails here makes no attempt: an input that is no JSON, too many attempts in flight. */
function beginning(begin: () => Beginning): Beginning {
  try {
    return begin();
  } catch (error) {
    throw new Refused({ decision: "BLOCK", status: "failed" }, error);
  }
}

function refusalOf({ decision, ...answer }: ExecuteAnswer): Refusal {
  const { trace_id, enforcement_decision_id, rewrite_class } = answer;
  const ids = { trace_id, enforcement_decision_id, status: "failed" } as const;
  if (decision !== "REWRITE" || rewrite_class === undefined) return { decision: "BLOCK", ...ids };
  return { decision, ...ids, rewrite_class };
}

/** A member that is undefined is as good as absent; JSON has no word for either. */
function present(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(present);
  if (typeof value !== "object" || value === null || !isPlain(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, present(member)]));
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function objectOf(plain: object): JsonObject {
  const value = jsonFrom(present(plain));
  if (value instanceof JsonObject) return value;
  throw new TypeError("facts are an object");
}
