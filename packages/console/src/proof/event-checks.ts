import { decodeEvent, type Event, EventRefused } from "@writ/contract/event";
import { Fails, needed, type Report, refusedAs, Unneeded } from "./check.ts";

/** What an auditor asked for, where it was not the index: the event must be that one. */
export interface Asked {
  readonly decisionId?: string | undefined;
  readonly traceId?: string | undefined;
}

/** Asks about the event's bytes alone. Returns what they say, if they are an event. */
export function checkEvent(report: Report, bytes: Uint8Array, asked: Asked): Event | undefined {
  const event = report.ask("event", () => {
    const found = refusedAs([EventRefused], "EVENT_REFUSED", () => decodeEvent(bytes));
    return [`Its ${bytes.length} bytes are canonical JSON of exactly the nine fields.`, found];
  });
  report.ask("trace", () => [checkTrace(event), undefined]);
  report.ask("asked", () => [checkAsked(event, asked), undefined]);
  return event;
}

function checkTrace(event: Event | undefined): string {
  const { trace_id } = needed(event, "the event could not be read");
  if (!/^[0-9a-f]{64}$/.test(trace_id)) {
    throw new Fails("EVENT_REFUSED", "It is not 64 lowercase hexadecimal digits.");
  }
  return "It is a SHA-256; whether it is that of an input, Replay tells with the input and the policy.";
}

function checkAsked(event: Event | undefined, { decisionId, traceId }: Asked): string {
  if (decisionId === undefined && traceId === undefined) {
    throw new Unneeded("It was asked for by its place in the log, which other checks are about.");
  }
  const found = needed(event, "the event could not be read");
  if (decisionId !== undefined && found.enforcement_decision_id !== decisionId) {
    throw new Fails("EVENT_OTHER", `It is of the decision ${found.enforcement_decision_id}.`);
  }
  if (traceId !== undefined && found.trace_id !== traceId) {
    throw new Fails("EVENT_OTHER", `Its trace_id is ${found.trace_id}.`);
  }
  return "Its identifiers are those that were asked for.";
}
