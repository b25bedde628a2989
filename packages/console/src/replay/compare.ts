import type { Event } from "@writ/contract/event";
import type { Judged } from "./judging.ts";

/** What the log has of one input. */
export interface Recording {
  readonly index: number;
  readonly event: Event;
  /** How many events have this trace_id. */
  readonly count: number;
}

/** What came of one line of the file. */
export interface Replayed {
  /** Counted from 1. */
  readonly line: number;
  readonly trace_id: string;
  readonly category: string;
  readonly decision: Event["decision"];
  readonly reason_code: string;
  readonly rewrite_class: string | null;
  readonly found: "equal" | "different" | "never";
  /** The first event that records it; null if none does. */
  readonly index: number | null;
  readonly events: number;
  /** The engine_version of that record; another than the bundle's means another policy judged it. */
  readonly recorded_under: string | null;
  readonly recorded_decision: Event["decision"] | null;
  readonly recorded_reason: string | null;
  /** What differs, by the record's names. */
  readonly different: readonly string[];
}

/** Holds what an input gives now against what was recorded of it. */
export function compare(line: number, judged: Judged, recording: Recording | undefined): Replayed {
  const { decision, category, reason, rewriteClass } = judged;
  const now = { line, category, decision, reason_code: reason, rewrite_class: rewriteClass };
  if (recording === undefined) {
    return { ...now, trace_id: judged.traceId, found: "never", ...NO_RECORD };
  }
  const { index, event, count } = recording;
  const different = fieldsThatDiffer(judged, event);
  return {
    ...now,
    trace_id: event.trace_id,
    found: different.length === 0 ? "equal" : "different",
    index,
    events: count,
    recorded_under: event.evaluator_trace.engine_version,
    recorded_decision: event.decision,
    recorded_reason: event.reason_code,
    different,
  };
}

const NO_RECORD = {
  index: null,
  events: 0,
  recorded_under: null,
  recorded_decision: null,
  recorded_reason: null,
  different: [],
} as const;

/**
 * What the engine answers for: decision, reason, action type, rewrite and each evaluator. A record
 * by another policy is held to what that policy and this one both say of the input, its outcome:
 * their evaluators need not even have the same names.
 */
function fieldsThatDiffer(judged: Judged, event: Event): readonly string[] {
  const { decision, reason_code, action_type, evaluator_trace, trace_id } = event;
  const outcome: readonly Pair[] = [
    ["decision", judged.decision, decision],
    ["reason_code", judged.reason, reason_code],
    ["action_type", judged.actionType, action_type],
    ["rewrite_class", judged.rewriteClass, evaluator_trace.rewrite_class],
  ];
  const evaluators: Pair = [
    "evaluators",
    JSON.stringify(judged.evaluators),
    JSON.stringify(evaluator_trace.evaluators),
  ];
  const isOwn = trace_id === judged.traceId;
  return [...outcome, ...(isOwn ? [evaluators] : [])]
    .filter(([, now, then]) => now !== then)
    .map(([name]) => name);
}

type Pair = readonly [name: string, now: unknown, then: unknown];
