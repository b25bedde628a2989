import type { LogEvent } from "@writ/audit/ledger/source";
import type { ProofReport } from "@writ/audit/prove";
import { parseDecisionId } from "@writ/contract/decision-id";
import type { Event } from "@writ/contract/event";
import { recorded } from "@writ/contract/outcome";
import { isFailureReason } from "@writ/contract/reason";
import { eventLine } from "./event-line.ts";
import { decisionWord, failedWord, heading, outcomeWord, quiet, warning } from "./outcome-mark.ts";
import { harmless } from "./terminal-text.ts";

/** Other events of the same input under the same policy. */
export interface Neighbours {
  /** Nearest first. */
  readonly before: readonly LogEvent[];
  readonly after: readonly LogEvent[];
  /** Whether there are more than these. */
  readonly isMore: boolean;
}

/** Everything that is shown of one event. */
export interface Shown {
  readonly one: LogEvent;
  /** Size of the tree that it was read in. */
  readonly size: number;
  readonly neighbours: Neighbours;
  readonly proof: ProofReport;
  /** Whether the key that the proof was checked with came from outside. */
  readonly isKeyGiven: boolean;
  /** How the place that it was read from is named in a command. */
  readonly place: string;
}

/** The event in a person's words: what happened, why, by which rules, before and after, and how to prove it. */
export function eventInWords(shown: Shown): string {
  const { one, size, place } = shown;
  const { event } = one;
  const rows = [...fieldRows(event)].map(
    ([name, value, words]) =>
      `  ${name.padEnd(23)} ${value}${words === "" ? "" : `\n  ${"".padEnd(23)} ${quiet(words)}`}`,
  );
  return [
    heading(`event ${one.index} of ${size}`),
    ...rows,
    "",
    ...evaluatorLines(event),
    ...validatorLines(event),
    "",
    ...neighbourLines(shown),
    "",
    ...proofLines(shown),
    `to give it away: ${proveCommand(place, one)}`,
  ].join("\n");
}

type Row = readonly [name: string, value: string, words: string];

function fieldRows(event: Event): Row[] {
  const { gateway, epoch, sequence } = parseDecisionId(event.enforcement_decision_id);
  const { engine_version, caller, rewrite_class } = event.evaluator_trace;
  const [semantics = "", digest = ""] = engine_version.split("+");
  return [
    ["decision", decisionWord(event.decision), DECISIONS[event.decision]],
    ["reason_code", harmless(event.reason_code), reasonInWords(event)],
    ...(rewrite_class === null
      ? []
      : [
          [
            "rewrite_class",
            harmless(rewrite_class),
            "what the caller was asked to change",
          ] as const,
        ]),
    ["status", event.status === "failed" ? failedWord() : event.status, statusInWords(event)],
    ["action_type", harmless(event.action_type), actionInWords(event)],
    [
      "enforcement_decision_id",
      event.enforcement_decision_id,
      `attempt ${sequence} of gateway ${gateway} in its epoch ${epoch}`,
    ],
    ["timestamp", event.timestamp, "by the gateway's clock; the index is the order"],
    [
      "caller",
      caller === null ? "nobody named" : harmless(caller),
      "who asked: the application around the agent, by the gateway's word",
    ],
    [
      "adapter_name",
      event.adapter_name === null ? "none" : harmless(event.adapter_name),
      event.adapter_name === null
        ? "the caller was told, and acts by itself"
        : "what carries an allowed action out",
    ],
    ["trace_id", event.trace_id, "the same input under the same policy has the same, always"],
    ["engine_version", engine_version, `semantics ${semantics}, bundle of digest ${digest}`],
  ];
}

const DECISIONS: Readonly<Record<Event["decision"], string>> = {
  ALLOW: "the policy lets it happen (EXECUTE)",
  REWRITE: "nothing was released; a rewritten input is a new attempt",
  BLOCK: "nothing was released",
};

/** The engine's own reasons; every other is the policy's. */
const REASONS: Readonly<Record<string, string>> = {
  ALLOWED: "no rule spoke against it",
  MALFORMED_INPUT: "what came was no strict JSON object within the limits",
  UNKNOWN_CATEGORY: "the policy has no such category",
  MISSING_MANDATORY_INPUT: "the input lacked a member that its category demands",
  INPUT_SHAPE_VIOLATION: "the input was not of its category's shape",
  TRANSIENT_FIELD: "the input held a moment or the name of a request",
  VALIDATOR_UNAVAILABLE: "an outside judge that the policy asks gave no answer",
  EVALUATOR_DISAGREEMENT: "evaluators that must agree did not",
  EVALUATOR_FAILED: "an evaluator failed",
  INTERNAL_ERROR: "something within enforcement failed",
};

function reasonInWords({ reason_code }: Event): string {
  return REASONS[reason_code] ?? "a rule of the policy";
}

function statusInWords({ status, decision, reason_code }: Event): string {
  if (status === "success") return "it ended as was decided";
  if (decision === "ALLOW") return "it was allowed, and the adapter did not carry it out";
  return isFailureReason(reason_code)
    ? "a failure closed it, not a rule"
    : "it was closed by a failure";
}

function actionInWords({ action_type }: Event): string {
  return action_type === "unrecognized"
    ? "the input did not say what it would do"
    : "what the policy calls the action";
}

function evaluatorLines({ decision, reason_code, evaluator_trace }: Event): string[] {
  const { evaluators } = evaluator_trace;
  if (evaluators.length === 0) return ["no evaluator was asked"];
  const decider = evaluators.findIndex(
    ([, outcome, reason]) => recorded(outcome) === decision && reason === reason_code,
  );
  const width = Math.max(...evaluators.map(([name]) => harmless(name).length));
  return [
    "evaluators, from the highest constraint down:",
    ...evaluators.map(([name, outcome, reason], at) => {
      const why = reason === null ? "" : `  ${harmless(reason)}`;
      const mark = at === decider && decision !== "ALLOW" ? "  ← decided" : "";
      const line = `  ${outcomeWord(outcome, 9)}  ${harmless(name).padEnd(width)}${why}${mark}`;
      return line.trimEnd();
    }),
  ];
}

function validatorLines({ evaluator_trace: { validators } }: Event): string[] {
  const rows = Object.entries(validators);
  if (rows.length === 0) return [];
  return [
    "outside judges, by their own word:",
    ...rows.map(
      ([name, [outcome, reason]]) => `  ${harmless(name)}: ${outcome} ${harmless(reason)}`,
    ),
  ];
}

function neighbourLines({ one, size, neighbours, place }: Shown): string[] {
  const { before, after, isMore } = neighbours;
  if (before.length + after.length === 0) return ["the same input was not judged another time"];
  const width = String(size).length;
  const lines = (title: string, events: readonly LogEvent[]): string[] =>
    events.length === 0 ? [] : [title, ...events.map((event) => `  ${eventLine(event, width)}`)];
  return [
    ...lines("the same input was judged before:", before),
    ...lines("the same input was judged later:", after),
    ...(isMore ? [`  and more: writ find ${place} ${one.event.trace_id}`] : []),
  ];
}

function proofLines({ proof, isKeyGiven }: Shown): string[] {
  const whose = isKeyGiven ? "the key given" : "the ledger's own key; give --key to check by yours";
  return [
    `proof, checked by ${whose}:`,
    ...proof.checks.map(({ ok, title, message }) =>
      ok ? `  ✓ ${title}` : warning(`  ✗ ${title}: ${harmless(message ?? "")}`),
    ),
  ];
}

function proveCommand(place: string, { index, event }: LogEvent): string {
  return place.startsWith("--audit")
    ? `ask /proof/inclusion?index=${index} and /v1/event?index=${index} of the audit process`
    : `writ prove ${place} ${event.enforcement_decision_id}`;
}
