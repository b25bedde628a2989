import { isDecisionId } from "./decision-id.ts";
import {
  answersText,
  type EvaluatorTrace,
  type Event,
  isName,
  isNameOrNull,
  isTimestamp,
} from "./event-fields.ts";
import { isReasonCode } from "./reason.ts";

/*
 * An event's canonical JSON is nearly a regular language: nine fields in one order, nothing
 * between them. So one expression reads it, and whatever is not the one way to write an event does
 * not match. No two of its branches begin alike: matching takes linear time.
 */

/** A canonical string, quotes and escapes included (RFC 8785 §3.2.2.2). */
const STRING: string = String.raw`"[^"\\\x00-\x1f]*(?:\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f]))[^"\\\x00-\x1f]*)*"`;
const STRING_OR_NULL: string = `(?:null|${STRING})`;
const OUTCOME = '"(?:BLOCK|EXECUTE|REWRITE)"';
const COUNTER = "(?:0|[1-9][0-9]{0,3})";

/** An array's elements or an object's members. */
function listOf(item: string): string {
  return `((?:${item}(?:,${item})*)?)`;
}

const EVENT = new RegExp(
  [
    String.raw`^\{"action_type":(${STRING})`,
    `"adapter_name":(${STRING_OR_NULL})`,
    '"decision":"(ALLOW|BLOCK|REWRITE)"',
    '"enforcement_decision_id":"([0-9a-f.]{20,50})"',
    String.raw`"evaluator_trace":\{"caller":(${STRING_OR_NULL})`,
    String.raw`"engine_version":"(${COUNTER}\.${COUNTER}\.${COUNTER}\+[0-9a-f]{64})"`,
    String.raw`"evaluators":\[${listOf(String.raw`\[${STRING},${OUTCOME},${STRING_OR_NULL}\]`)}\]`,
    `"rewrite_class":(${STRING_OR_NULL})`,
    String.raw`"validators":\{${listOf(String.raw`${STRING}:\[${OUTCOME},${STRING}\]`)}\}\}`,
    '"reason_code":"([A-Z0-9_]{1,64})"',
    '"status":"(failed|success)"',
    '"timestamp":"([0-9T:.Z-]{24})"',
    String.raw`"trace_id":"([0-9a-f]{64})"\}$`,
  ].join(","),
);

/** The event that a text records; undefined unless the text is its canonical form. */
export function readEvent(text: string): Event | undefined {
  const parts = EVENT.exec(text);
  if (parts === null) return undefined;
  const part = (at: number): string => parts[at] ?? "";
  const evaluator_trace: EvaluatorTrace = {
    engine_version: part(6),
    caller: unquoted(part(5)),
    rewrite_class: unquoted(part(8)),
    // The expression has matched each of them.
    validators: part(9) === "" ? {} : JSON.parse(`{${part(9)}}`),
    evaluators: part(7) === "" ? [] : JSON.parse(`[${part(7)}]`),
  };
  const event = {
    trace_id: part(13),
    enforcement_decision_id: part(4),
    action_type: unquoted(part(1)),
    decision: part(3),
    reason_code: part(10),
    evaluator_trace,
    timestamp: part(12),
    adapter_name: unquoted(part(2)),
    status: part(11),
  } as Event;
  const held = validatorsText(evaluator_trace.validators) === part(9) && holds(event);
  return held ? event : undefined;
}

/** What the expression leaves open. */
function holds(event: Event): boolean {
  const { caller, rewrite_class, validators, evaluators } = event.evaluator_trace;
  return (
    isDecisionId(event.enforcement_decision_id) &&
    isReasonCode(event.reason_code) &&
    isTimestamp(event.timestamp) &&
    isName(event.action_type) &&
    isNameOrNull(event.adapter_name) &&
    isNameOrNull(caller) &&
    isNameOrNull(rewrite_class) &&
    evaluators.every(([name, , reason]) => isName(name) && isNameOrNull(reason)) &&
    Object.entries(validators).every(([name, [, reason]]) => isName(name) && isName(reason))
  );
}

function unquoted(token: string): string | null {
  return token.includes("\\") || token === "null" ? JSON.parse(token) : token.slice(1, -1);
}

/** The canonical form of an event whose fields are checked: only names can need escapes. */
export function eventText(event: Event): string {
  const trace = event.evaluator_trace;
  return (
    `{"action_type":${JSON.stringify(event.action_type)},` +
    `"adapter_name":${JSON.stringify(event.adapter_name)},"decision":"${event.decision}",` +
    `"enforcement_decision_id":"${event.enforcement_decision_id}",` +
    `"evaluator_trace":{"caller":${JSON.stringify(trace.caller)},` +
    `"engine_version":"${trace.engine_version}","evaluators":[${answersText(trace.evaluators)}],` +
    `"rewrite_class":${JSON.stringify(trace.rewrite_class)},` +
    `"validators":{${validatorsText(trace.validators)}}},` +
    `"reason_code":"${event.reason_code}","status":"${event.status}",` +
    `"timestamp":"${event.timestamp}","trace_id":"${event.trace_id}"}`
  );
}

function validatorsText(validators: EvaluatorTrace["validators"]): string {
  const entries = Object.entries(validators);
  if (entries.length === 0) return "";
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return entries
    .map(([name, [outcome, reason]]) => {
      return `${JSON.stringify(name)}:["${outcome}",${JSON.stringify(reason)}]`;
    })
    .join(",");
}
