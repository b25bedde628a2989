import { UNRECOGNIZED } from "@writ/contract/category";
import { type Event, EventRefused, encodeEvent, MAX_NAME_BYTES } from "@writ/contract/event";
import { SEMANTICS } from "@writ/contract/identity";
import type { Evaluator } from "./evaluator.ts";
import { utf8Length } from "./utf8.ts";
import type { EvaluatorAnswer } from "./verdict.ts";

/**
 * Why the largest event that a category can give rise to would be refused, or null if it would
 * not. Found out while loading, because afterwards it would be an attempt that cannot be recorded.
 */
export function eventFault(
  actions: readonly string[],
  evaluators: readonly Evaluator[],
  validators: readonly string[],
): string | null {
  try {
    encodeEvent(largestEvent(actions, evaluators, validators));
    return null;
  } catch (error) {
    if (error instanceof EventRefused) return error.message;
    throw error;
  }
}

/** A name that takes the most bytes in JSON: each of its own bytes becomes an escape of six. */
const LONGEST_NAME = "\u0001".repeat(MAX_NAME_BYTES);
const LONGEST_REASON = "A".repeat(MAX_NAME_BYTES);
const LARGEST_COUNTER = Number.MAX_SAFE_INTEGER;

function largestEvent(
  actions: readonly string[],
  evaluators: readonly Evaluator[],
  validators: readonly string[],
): Event {
  const verdict = ["EXECUTE", LONGEST_NAME] as const;
  return {
    trace_id: "0".repeat(64),
    enforcement_decision_id: `${"0".repeat(16)}.${LARGEST_COUNTER}.${LARGEST_COUNTER}`,
    action_type: longest([UNRECOGNIZED, ...actions]),
    decision: "REWRITE",
    reason_code: LONGEST_REASON,
    evaluator_trace: {
      engine_version: `${SEMANTICS}+${"0".repeat(64)}`,
      caller: LONGEST_NAME,
      rewrite_class: LONGEST_REASON,
      validators: Object.fromEntries(validators.map((name) => [name, verdict])),
      evaluators: evaluators.map(longestAnswer),
    },
    timestamp: "9999-12-31T23:59:59.999Z",
    adapter_name: LONGEST_NAME,
    status: "success",
  };
}

function longestAnswer(evaluator: Evaluator): EvaluatorAnswer {
  return longest([evaluator.passed, evaluator.fired, evaluator.broken, evaluator.divided]);
}

/** The value that takes the most bytes in canonical JSON; of strings and lists, `JSON` writes it. */
function longest<T>(values: readonly [T, ...T[]]): T {
  return values.reduce((a, b) => (bytesIn(b) > bytesIn(a) ? b : a));
}

function bytesIn(value: unknown): number {
  return utf8Length(JSON.stringify(value));
}
