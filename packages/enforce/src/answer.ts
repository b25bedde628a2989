import type { Outcome } from "@writ/contract/outcome";

/**
 * What leaves the house for one attempt, and all of it (contract §5: no policy logic, no reasons).
 * `status` is `success` only where the execution may count as permitted.
 */
export interface Answer {
  readonly decision: Outcome;
  readonly trace_id: string;
  readonly enforcement_decision_id: string;
  readonly status: "success" | "failed";
  /** Present on REWRITE alone: how the caller may change the input for a new attempt. */
  readonly rewrite_class?: string;
}

/** The answer to an attempt that an adapter was to carry out. */
export interface ExecuteAnswer extends Answer {
  /** Present where the action was done and is recorded: what the adapter returned, a JSON value. */
  readonly result?: unknown;
}

/** The one shape of every refusal, whatever its cause. */
export function blocked(traceId: string, decisionId: string): Answer {
  return {
    decision: "BLOCK",
    trace_id: traceId,
    enforcement_decision_id: decisionId,
    status: "failed",
  };
}
