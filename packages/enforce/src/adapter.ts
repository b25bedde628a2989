/**
 * Carries an allowed action out: an HTTP endpoint, an MCP server, a function of yours. Which adapter
 * carries which category is the operator's configuration, never the caller's wish.
 *
 * `run` is called at most once an attempt, after the Bucket has admitted its record and before the
 * record is written; it never runs for REWRITE or BLOCK, and is never run again.
 */
export interface Adapter {
  /** Stands in the record as `adapter_name`: `^[a-z][a-z0-9_.-]{0,63}$`. */
  readonly name: string;
  /** Milliseconds from the call of `run` to its result; then the outcome is `failed`. */
  readonly deadlineMs: number;
  /** UTF-8 bytes that the result may have as JSON; beyond, the outcome is `failed`. */
  readonly maxResultBytes: number;
  /**
   * Does it. Resolves with a JSON value (null where there is nothing to say), which the caller gets
   * once the record is safe. A throw is the outcome `failed`, and its message goes to the operator.
   *
   * @param signal aborts at the deadline; a `run` that goes on after it is heard no more
   */
  run(action: Action, signal: AbortSignal): Promise<unknown>;
}

/** What is to be done: exactly the input that was judged, read once, by the engine's own reader. */
export interface Action {
  readonly category: string;
  /** The action's name, as the policy gives it. */
  readonly actionType: string;
  readonly traceId: string;
  readonly decisionId: string;
  /**
   * The input as received, as a plain JSON value of this action's own. A policy compares its normal
   * form; where upper and lower case are two things, its shape says `exact`.
   */
  readonly input: unknown;
  /** The same as canonical JSON (RFC 8785). */
  readonly inputText: string;
}

/** Why an effect counts as failed, whatever it may have done. */
export type AdapterFailure =
  | "NO_ADAPTER"
  | "THREW"
  | "LATE"
  | "RESULT_NOT_JSON"
  | "RESULT_TOO_LARGE";

/** What became of an action: its result as JSON text, or why it failed. */
export type Effect =
  | { readonly done: true; readonly result: string }
  | { readonly done: false; readonly failure: AdapterFailure; readonly detail: string };

/** An adapter that cannot be used as it is configured. */
export class AdapterRefused extends Error {
  override readonly name = "AdapterRefused";
  readonly code = "ADAPTER_REFUSED";
}

/** Longest deadline that a timer can keep. */
const LONGEST_MS = 2 ** 31 - 1;

/** Throws AdapterRefused if a record could not name it, or no bound holds it. */
export function requireAdapter({ name, deadlineMs, maxResultBytes }: Adapter): void {
  if (!/^[a-z][a-z0-9_.-]{0,63}$/.test(name)) {
    throw new AdapterRefused(`adapter ${name}: name it ^[a-z][a-z0-9_.-]{0,63}$`);
  }
  if (!isWithin(deadlineMs, LONGEST_MS)) {
    throw new AdapterRefused(`adapter ${name}: give deadlineMs as 1 to ${LONGEST_MS} milliseconds`);
  }
  if (!isWithin(maxResultBytes, Number.MAX_SAFE_INTEGER)) {
    throw new AdapterRefused(`adapter ${name}: give maxResultBytes as a positive whole number`);
  }
}

function isWithin(value: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= most;
}

/** Runs an adapter once, within its bounds. Never rejects. */
export async function carryOut(adapter: Adapter, action: Action): Promise<Effect> {
  const abort = new AbortController();
  let late: NodeJS.Timeout | undefined;
  const deadline = new Promise<Effect>((resolve) => {
    late = setTimeout(() => {
      resolve(failed("LATE", `no result within ${adapter.deadlineMs} ms`));
      abort.abort(new Error("the adapter's deadline has passed"));
    }, adapter.deadlineMs);
  });
  try {
    return await Promise.race([run(adapter, action, abort.signal), deadline]);
  } finally {
    clearTimeout(late);
  }
}

async function run(adapter: Adapter, action: Action, signal: AbortSignal): Promise<Effect> {
  try {
    return resultOf(await adapter.run(action, signal), adapter.maxResultBytes);
  } catch (error) {
    return failed("THREW", error instanceof Error ? error.message : String(error));
  }
}

function resultOf(value: unknown, maxBytes: number): Effect {
  let result: string | undefined;
  try {
    result = JSON.stringify(value);
  } catch {
    // A cycle or a BigInt: as little a JSON value as a function is.
  }
  if (result === undefined) return failed("RESULT_NOT_JSON", "the result is no JSON value");
  const bytes = Buffer.byteLength(result);
  if (bytes <= maxBytes) return { done: true, result };
  return failed("RESULT_TOO_LARGE", `the result has ${bytes} bytes, more than ${maxBytes}`);
}

function failed(failure: AdapterFailure, detail: string): Effect {
  return { done: false, failure, detail };
}
