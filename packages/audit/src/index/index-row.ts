import { type DecisionId, parseDecisionId } from "@writ/contract/decision-id";
import type { Event } from "@writ/contract/event";
import type { KindField } from "./schema.ts";

/** What the index keeps of one event. */
export interface IndexRow {
  readonly kind: Readonly<Record<KindField, string | null>>;
  readonly decisionId: DecisionId;
  /** Milliseconds since 1970, by the event's own timestamp. */
  readonly time: number;
  /** The trace_id's 32 bytes. */
  readonly trace: Uint8Array;
}

/** The row of an event that came in a batch of `writer`. */
export function indexRow(event: Event, writer: string): IndexRow {
  const { decision, action_type, reason_code, adapter_name, status } = event;
  const { engine_version, caller } = event.evaluator_trace;
  return {
    kind: {
      decision,
      action_type,
      reason_code,
      adapter_name,
      status,
      engine_version,
      caller,
      writer,
    },
    decisionId: parseDecisionId(event.enforcement_decision_id),
    time: Date.parse(event.timestamp),
    trace: Buffer.from(event.trace_id, "hex"),
  };
}
