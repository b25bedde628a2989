import { parseUnambiguous } from "./json-text.ts";

/** Which of the two guarantees is asked for: somebody else acts, or the gateway's adapter does. */
export type Verb = "enforce" | "execute";

/** Permitted, and recorded before it was said. Act now. */
export interface Executed {
  readonly decision: "EXECUTE";
  readonly trace_id: string;
  readonly enforcement_decision_id: string;
  readonly status: "success";
  /** What the adapter returned: a JSON value. Of `execute` alone. */
  readonly result?: unknown;
}

/** Not as it stands. Whoever applies the class submits the result as a new attempt. */
export interface Rewritten {
  readonly decision: "REWRITE";
  readonly trace_id: string;
  readonly enforcement_decision_id: string;
  readonly status: "failed";
  readonly rewrite_class: string;
}

/**
 * Why there is no permission.
 *
 * `DECIDED`: the gateway said BLOCK; the cause stands in the record alone. `HTTP_STATUS`: any status
 * but 200. `INPUT`: the input is no JSON, nothing was sent. `UNREACHABLE`: no whole answer came.
 * `LATE`: not in time. `ABORTED`: by the caller's own signal. `CONTENT_TYPE`, `BODY`, `TOO_LARGE`:
 * what came is no answer of a gateway.
 */
export type BlockedWhy =
  | "DECIDED"
  | "HTTP_STATUS"
  | "INPUT"
  | "UNREACHABLE"
  | "LATE"
  | "ABORTED"
  | "CONTENT_TYPE"
  | "BODY"
  | "TOO_LARGE";

/**
 * Do nothing. The ids stand here where the gateway gave them. `why`, `http_status` and `detail` are
 * for the operator's log and never for the agent.
 */
export interface Blocked {
  readonly decision: "BLOCK";
  readonly trace_id: string | null;
  readonly enforcement_decision_id: string | null;
  readonly status: "failed";
  readonly why: BlockedWhy;
  readonly http_status: number | null;
  readonly detail: string;
}

export type Answer = Executed | Rewritten | Blocked;

export function blocked(
  why: BlockedWhy,
  detail: string,
  http_status: number | null = null,
): Blocked {
  return {
    decision: "BLOCK",
    trace_id: null,
    enforcement_decision_id: null,
    status: "failed",
    why,
    http_status,
    detail,
  };
}

const TRACE_ID = /^[0-9a-f]{64}$/;
const DECISION_ID = /^[0-9a-f]{16}\.[1-9][0-9]{0,15}\.[1-9][0-9]{0,15}$/;
const REWRITE_CLASS = /^[A-Z][A-Z0-9_]{0,63}$/;

/** The members of each answer, no more and no fewer, and what each must be. */
const ids = { trace_id: matches(TRACE_ID), enforcement_decision_id: matches(DECISION_ID) };
const executed = { decision: is("EXECUTE"), ...ids, status: is("success") };
const done = { ...executed, result: () => true };
const rewritten = {
  decision: is("REWRITE"),
  ...ids,
  status: is("failed"),
  rewrite_class: matches(REWRITE_CLASS),
};
const refused = { decision: is("BLOCK"), ...ids, status: is("failed") };

type Members = Readonly<Record<string, (value: unknown) => boolean>>;

/** Reads one answer. What is not exactly one that the gateway gives is BLOCK (contract §4). */
export function readAnswer(verb: Verb, text: string): Answer {
  let value: unknown;
  try {
    value = parseUnambiguous(text);
  } catch (error) {
    return blocked("BODY", error instanceof Error ? error.message : String(error));
  }
  if (fits<Executed>(value, verb === "enforce" ? executed : done)) return value;
  if (fits<Rewritten>(value, rewritten)) return value;
  if (fits<Blocked>(value, refused)) {
    const { trace_id, enforcement_decision_id } = value;
    const said = blocked("DECIDED", "the gateway said BLOCK; its record says why");
    return { ...said, trace_id, enforcement_decision_id };
  }
  return blocked("BODY", "the body is no answer of a gateway");
}

function fits<T>(value: unknown, members: Members): value is T {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length === Object.keys(members).length &&
    entries.every(([name, member]) => Object.hasOwn(members, name) && members[name]?.(member))
  );
}

function is(word: string): (value: unknown) => boolean {
  return (value) => value === word;
}

function matches(pattern: RegExp): (value: unknown) => boolean {
  return (value) => typeof value === "string" && pattern.test(value);
}
