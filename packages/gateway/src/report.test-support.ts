import type { AttemptReport } from "@writ/enforce/attempt-report";

/** A report as enforce makes it, of an attempt that was allowed and carried out. */
export function reportOf(change: Partial<AttemptReport> = {}): AttemptReport {
  return {
    decisionId: "0123456789abcdef.3.17",
    caller: "billing",
    verdict: {
      outcome: "EXECUTE",
      trace_id: "ab".repeat(32),
      reason_code: "ALLOWED",
      rewrite_class: null,
      action_type: "send_payment",
      evaluators: [],
      validators: {},
      engine_version: `3.0.0+${"cd".repeat(32)}`,
      category: "send_payment",
      failed: false,
    },
    ending: "committed",
    rejection: null,
    released: true,
    adapter: "payments",
    failure: null,
    ms: { decide: 0.25, adapter: 12, append: 1.5 },
    ...change,
  };
}
