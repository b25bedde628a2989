import type { LogEvent } from "@writ/audit/ledger/source";
import type { Event } from "@writ/contract/event";
import { decisionWord, failedWord, quiet } from "./outcome-mark.ts";
import { harmless, harmlessJson } from "./terminal-text.ts";

/** One event as a line of text: what a person looks for first comes first. */
export function eventLine({ index, event }: LogEvent, width: number): string {
  const { timestamp, decision, action_type, reason_code, enforcement_decision_id } = event;
  const { caller, rewrite_class } = event.evaluator_trace;
  const more = [
    event.status === "failed" ? failedWord() : undefined,
    rewrite_class === null ? undefined : `→ ${harmless(rewrite_class)}`,
    caller === null ? undefined : `by ${harmless(caller)}`,
    event.adapter_name === null ? undefined : `via ${harmless(event.adapter_name)}`,
  ].filter((part) => part !== undefined);
  return [
    String(index).padStart(width),
    quiet(timestamp),
    decisionWord(decision, 9),
    harmless(action_type).padEnd(26),
    harmless(reason_code).padEnd(24),
    quiet(enforcement_decision_id),
    ...more,
  ].join("  ");
}

/** Columns that the indices of a log of this size take. */
export function indexWidth(size: number): number {
  return Math.max(4, String(Math.max(0, size - 1)).length);
}

/** The same as a line of JSON: the log's own event, all nine fields. */
export function eventJson({ index, bytes }: LogEvent): string {
  return harmlessJson(`{"index":${index},"event":${Buffer.from(bytes).toString("utf8")}}`);
}

/** How an event ended, for a sentence. */
export function endingOf({ decision, reason_code }: Event): string {
  return `${decision} ${harmless(reason_code)}`;
}
