import { type Event, encodeEvent } from "@writ/contract/event";
import { recorded } from "@writ/contract/outcome";
import type { Verdict } from "@writ/engine/verdict";

/** What a record says beside the verdict. */
export interface Outcome {
  readonly decisionId: string;
  readonly caller: string | null;
  /** RFC 3339 UTC with milliseconds. */
  readonly timestamp: string;
  /** The adapter that the action was given to, null where none was. */
  readonly adapter: string | null;
  /** Whether anything failed: the decision's making, or the adapter. */
  readonly failed: boolean;
}

/** Node's pool: a buffer of its own costs a small event more than its bytes do. */
function pooledUtf8(text: string): Uint8Array {
  return Buffer.from(text);
}

/** The bytes of an attempt's one record (rules §3). Throws EventRefused if they cannot be made. */
export function recordOf(verdict: Verdict, outcome: Outcome): Uint8Array {
  const event: Event = {
    trace_id: verdict.trace_id,
    enforcement_decision_id: outcome.decisionId,
    action_type: verdict.action_type,
    decision: recorded(verdict.outcome),
    reason_code: verdict.reason_code,
    evaluator_trace: {
      engine_version: verdict.engine_version,
      caller: outcome.caller,
      rewrite_class: verdict.rewrite_class,
      validators: verdict.validators,
      evaluators: verdict.evaluators,
    },
    timestamp: outcome.timestamp,
    adapter_name: outcome.adapter,
    status: outcome.failed ? "failed" : "success",
  };
  return encodeEvent(event, pooledUtf8);
}
