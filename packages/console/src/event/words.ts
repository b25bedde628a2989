import type { EvaluatorTrace, Event } from "@writ/contract/event";
import type { ReservedReason } from "@writ/contract/reason";
import { plainText } from "../parts/plain-text.ts";

/** One field of an event: its name in the record, what it says, and what that means. */
export interface FieldInWords {
  readonly name: keyof Event;
  /** As it stands in the record, but for characters that act; of the evaluator trace, its summary. */
  readonly value: string;
  readonly words: string;
}

const DECISIONS: Readonly<Record<Event["decision"], string>> = {
  ALLOW: "It was allowed.",
  REWRITE: "It was not allowed as it was; a rewritten one may be put forward as a new attempt.",
  BLOCK: "It was refused.",
};

const REASONS: Readonly<Record<ReservedReason, string>> = {
  ALLOWED: "No rule objected.",
  MALFORMED_INPUT: "What arrived was no strict JSON object; nothing of it was judged.",
  UNKNOWN_CATEGORY: "The policy has no such category.",
  MISSING_MANDATORY_INPUT: "The input lacked something that the policy cannot do without.",
  INPUT_SHAPE_VIOLATION: "The input had not the form that the policy declares.",
  TRANSIENT_FIELD: "The input named a moment or a request, which no identity may rest on.",
  VALIDATOR_UNAVAILABLE: "A validator whose verdict is needed did not answer.",
  EVALUATOR_DISAGREEMENT: "Judges who must agree did not.",
  EVALUATOR_FAILED: "A rule could not be evaluated.",
  INTERNAL_ERROR: "Something failed inside; what fails is refused.",
};

/** The event in one sentence. */
export function headline(event: Event): string {
  const { decision, action_type, evaluator_trace } = event;
  const by = evaluator_trace.caller === null ? "" : ` for ${evaluator_trace.caller}`;
  const how =
    evaluator_trace.rewrite_class === null
      ? ""
      : ` (to be rewritten: ${evaluator_trace.rewrite_class})`;
  return plainText(`${decision}: ${action_type}${by}${how}`);
}

/** The nine fields, in the order in which a person asks for them. */
export function inWords(event: Event): readonly FieldInWords[] {
  return [
    field(event, "decision", DECISIONS[event.decision]),
    field(event, "reason_code", reasonWords(event.reason_code)),
    field(
      event,
      "action_type",
      "What was about to be said or done, by the policy's own word for it.",
    ),
    field(event, "status", statusWords(event)),
    field(event, "adapter_name", adapterWords(event.adapter_name)),
    field(
      event,
      "timestamp",
      "By the gateway's clock. The place in the log is the order, not this.",
    ),
    field(event, "enforcement_decision_id", attemptWords(event.enforcement_decision_id)),
    field(
      event,
      "trace_id",
      "Names what was judged: the input, its category and the policy. The same name is the same decision, always.",
    ),
    {
      name: "evaluator_trace",
      value: evaluatorsCounted(event.evaluator_trace),
      words: "Every evaluator of the category, the highest constraint first.",
    },
  ];
}

/**
 * The place in the trace of the evaluator that settled the decision: the first that gave the
 * outcome which stands in the record. -1 where none did, as with every failure.
 */
export function decisive({ decision, reason_code, evaluator_trace }: Event): number {
  if (decision === "ALLOW") return -1;
  return evaluator_trace.evaluators.findIndex(
    ([, outcome, reason]) => outcome === decision && reason === reason_code,
  );
}

function field(
  event: Event,
  name: Exclude<keyof Event, "evaluator_trace">,
  words: string,
): FieldInWords {
  return { name, value: plainText(event[name] ?? "null"), words };
}

function reasonWords(reason: string): string {
  return Object.hasOwn(REASONS, reason)
    ? REASONS[reason as ReservedReason]
    : "The policy's own reason.";
}

function statusWords({ status, decision }: Event): string {
  if (status === "failed") {
    return decision === "ALLOW"
      ? "It was allowed, and the adapter that was to carry it out did not succeed."
      : "A failure closed it, not a rule.";
  }
  return decision === "ALLOW"
    ? "It counts as done or permitted."
    : "The policy closed it; nothing failed.";
}

function adapterWords(adapter: string | null): string {
  return adapter === null
    ? "Writ carried nothing out: the caller acts upon the answer."
    : "What carried the action out.";
}

function attemptWords(id: string): string {
  const [gateway = "", epoch = "", sequence = ""] = id.split(".");
  return `Attempt ${sequence} of the gateway ${gateway}, in its epoch ${epoch}.`;
}

function evaluatorsCounted({ evaluators, validators }: EvaluatorTrace): string {
  const asked = Object.keys(validators).length;
  const judges = asked === 0 ? "" : `, ${asked} validator${asked === 1 ? "" : "s"}`;
  return `${evaluators.length} evaluator${evaluators.length === 1 ? "" : "s"}${judges}`;
}
