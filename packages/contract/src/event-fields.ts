import { spellActing } from "./acting-text.ts";
import { isDecisionId } from "./decision-id.ts";
import { isPlainObject } from "./jcs.ts";
import { isOutcome, type Outcome, type RecordedDecision } from "./outcome.ts";
import { isReasonCode } from "./reason.ts";
import { utf8Length } from "./utf8.ts";

/** How the evaluators answered, for auditors. Names are 1 to 64 bytes of UTF-8. */
export interface EvaluatorTrace {
  readonly engine_version: string;
  readonly caller: string | null;
  readonly rewrite_class: string | null;
  /** By the validator's name: its outcome and its reason. */
  readonly validators: Readonly<Record<string, readonly [outcome: Outcome, reason: string]>>;
  /** In the order they ran. */
  readonly evaluators: readonly (readonly [
    name: string,
    outcome: Outcome,
    reason: string | null,
  ])[];
}

/** rules §3: the one record of an attempt. These nine fields, no others, no input. */
export interface Event {
  /** 64 lowercase hex digits. */
  readonly trace_id: string;
  readonly enforcement_decision_id: string;
  readonly action_type: string;
  readonly decision: RecordedDecision;
  readonly reason_code: string;
  readonly evaluator_trace: EvaluatorTrace;
  /** RFC 3339, UTC, milliseconds: `2026-11-21T20:45:10.123Z`. Orders nothing. */
  readonly timestamp: string;
  readonly adapter_name: string | null;
  readonly status: "success" | "failed";
}

export const MAX_NAME_BYTES = 64;

/** Whoever made up the event named the field: a message about it is to act on no terminal. */
function spelled(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** An event that the schema refuses. `field` is a JSON pointer, empty for the whole event. */
export class EventRefused extends Error {
  readonly code = "EVENT_SCHEMA";
  readonly field: string;

  constructor(field: string, message: string) {
    super(`${field === "" ? "event" : spellActing(field, spelled)}: ${message}`);
    this.name = "EventRefused";
    this.field = field;
  }
}

/**
 * Looks for the first field of an event that is missing, foreign or out of its grammar.
 *
 * @param event made of plain objects and arrays, or not an event at all
 * @throws EventRefused if there is one
 */
export function checkFields(event: unknown): void {
  if (isWhole(event)) return;
  const fault = EVENT(event);
  if (fault !== undefined) throw new EventRefused(fault.field, fault.message);
}

export function isName(value: unknown): boolean {
  if (typeof value !== "string" || value === "" || value.length > MAX_NAME_BYTES) return false;
  // No unit takes more than three bytes.
  const isShort = 3 * value.length <= MAX_NAME_BYTES || utf8Length(value) <= MAX_NAME_BYTES;
  return isShort && value.isWellFormed();
}

export function isNameOrNull(value: unknown): boolean {
  return value === null || isName(value);
}

const TIMESTAMP =
  /^([0-9]{4})-(0[1-9]|1[0-2])-([0-9]{2})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z$/;
const MONTH_DAYS: readonly number[] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** RFC 3339 in UTC with milliseconds; the day exists in its month. */
export function isTimestamp(value: unknown): boolean {
  const match = typeof value === "string" ? TIMESTAMP.exec(value) : null;
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day >= 1 && day <= (MONTH_DAYS[month - 1] ?? 0) + (leap ? 1 : 0);
}

/** What is wrong with a value, and where in it: a JSON pointer, empty for the value itself. */
interface Fault {
  readonly field: string;
  readonly message: string;
}

type Check = (value: unknown) => Fault | undefined;

function check(holds: (value: unknown) => boolean, message: string): Check {
  const fault: Fault = { field: "", message };
  return (value) => (holds(value) ? undefined : fault);
}

/** A fault of a member, as one of what contains it (RFC 6901). */
function within(name: string, { field, message }: Fault): Fault {
  return { field: `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}${field}`, message };
}

function matches(grammar: RegExp): (value: unknown) => boolean {
  return (value) => typeof value === "string" && grammar.test(value);
}

function oneOf(...words: readonly string[]): Check {
  return check(
    (value) => typeof value === "string" && words.includes(value),
    `use one of ${words.join(", ")}`,
  );
}

/** A closed record: each of its fields once, no other. */
function recordOf(fields: readonly (readonly [name: string, check: Check])[]): Check {
  const known = new Set(fields.map(([name]) => name));
  return (value) => {
    if (!isPlainObject(value)) return { field: "", message: "use an object" };
    const names = Object.keys(value);
    for (const [name, checkField] of fields) {
      if (!Object.hasOwn(value, name))
        return within(name, { field: "", message: "add this field" });
      const fault = checkField(value[name]);
      if (fault !== undefined) return within(name, fault);
    }
    const foreign = names.find((name) => !known.has(name));
    if (foreign === undefined) return undefined;
    return within(foreign, { field: "", message: "leave this field out" });
  };
}

function tupleOf(...checks: readonly Check[]): Check {
  const fault: Fault = { field: "", message: `use an array of ${checks.length}` };
  return (value) => {
    if (!Array.isArray(value) || value.length !== checks.length) return fault;
    return firstFault(value, (part, at) => checks[at]?.(part));
  };
}

function firstFault(
  values: readonly unknown[],
  checkAt: (value: unknown, at: number) => Fault | undefined,
): Fault | undefined {
  for (let at = 0; at < values.length; at++) {
    const fault = checkAt(values[at], at);
    if (fault !== undefined) return within(String(at), fault);
  }
  return undefined;
}

const NAME: Check = check(isName, `use a string of 1 to ${MAX_NAME_BYTES} bytes`);
const NAME_OR_NULL: Check = check(
  isNameOrNull,
  `use null or a string of 1 to ${MAX_NAME_BYTES} bytes`,
);
const OUTCOME: Check = check(isOutcome, "use EXECUTE, REWRITE or BLOCK");

const VALIDATOR: Check = tupleOf(OUTCOME, NAME);
const EVALUATOR: Check = tupleOf(NAME, OUTCOME, NAME_OR_NULL);

function validatorsFault(value: unknown): Fault | undefined {
  if (!isPlainObject(value)) return { field: "", message: "use an object" };
  for (const name of Object.keys(value)) {
    const fault = NAME(name) ?? VALIDATOR(value[name]);
    if (fault !== undefined) return within(name, fault);
  }
  return undefined;
}

type EvaluatorAnswer = EvaluatorTrace["evaluators"][number];

/**
 * Answers found whole, and lists of them, with their texts. An engine answers with the same few
 * objects each time, made beforehand and frozen: what was true of such a one once is true for good.
 */
const answerTexts = new WeakMap<object, string>();
const listTexts = new WeakMap<object, string>();

function evaluatorFault(value: unknown): Fault | undefined {
  return Array.isArray(value) && answerTexts.has(value) ? undefined : EVALUATOR(value);
}

function evaluatorsFault(value: unknown): Fault | undefined {
  if (!Array.isArray(value)) return { field: "", message: "use an array" };
  return listTexts.has(value) ? undefined : firstFault(value, evaluatorFault);
}

/** The canonical form of answers that are checked, but for the brackets around them. */
export function answersText(answers: EvaluatorTrace["evaluators"]): string {
  const known = listTexts.get(answers);
  if (known !== undefined) return known;
  let text = "";
  // Where nobody objects an engine gives the same list each time; another list is like no other.
  let isCommon = Object.isFrozen(answers);
  for (const answer of answers) {
    text += text === "" ? answerText(answer) : `,${answerText(answer)}`;
    isCommon &&= answer[1] === "EXECUTE" && answerTexts.has(answer);
  }
  if (isCommon) listTexts.set(answers, text);
  return text;
}

function answerText(answer: EvaluatorAnswer): string {
  const known = answerTexts.get(answer);
  if (known !== undefined) return known;
  const [name, outcome, reason] = answer;
  const text = `[${JSON.stringify(name)},"${outcome}",${JSON.stringify(reason)}]`;
  if (Object.isFrozen(answer)) answerTexts.set(answer, text);
  return text;
}

const isEngineVersion = matches(
  /^(?:0|[1-9][0-9]{0,3})\.(?:0|[1-9][0-9]{0,3})\.(?:0|[1-9][0-9]{0,3})\+[0-9a-f]{64}$/,
);
const isTraceId = matches(/^[0-9a-f]{64}$/);

const EVALUATOR_TRACE: Check = recordOf([
  ["engine_version", check(isEngineVersion, "use <semantics>+<64 hex digits>")],
  ["caller", NAME_OR_NULL],
  ["rewrite_class", NAME_OR_NULL],
  ["validators", validatorsFault],
  ["evaluators", evaluatorsFault],
]);

function isId(value: unknown): boolean {
  return typeof value === "string" && isDecisionId(value);
}

function isReason(value: unknown): boolean {
  return typeof value === "string" && isReasonCode(value);
}

const FIELDS = 9;
const TRACE_FIELDS = 5;

const EVENT: Check = recordOf([
  ["trace_id", check(isTraceId, "use 64 lowercase hex digits")],
  ["enforcement_decision_id", check(isId, "use <16 hex digits>.<epoch>.<sequence>")],
  ["action_type", NAME],
  ["decision", oneOf("ALLOW", "REWRITE", "BLOCK")],
  ["reason_code", check(isReason, "use upper snake case")],
  ["evaluator_trace", EVALUATOR_TRACE],
  ["timestamp", check(isTimestamp, "use RFC 3339 in UTC with milliseconds and Z")],
  ["adapter_name", NAME_OR_NULL],
  ["status", oneOf("success", "failed")],
]);

/**
 * Whether `EVENT` certainly finds nothing, for it is asked about each event that is made. A plain
 * object with as many members as there are fields, and each field, has no others. False says nothing.
 */
function isWhole(event: unknown): boolean {
  if (!isPlainObject(event) || Object.keys(event).length !== FIELDS) return false;
  const { decision, status } = event;
  return (
    (decision === "ALLOW" || decision === "BLOCK" || decision === "REWRITE") &&
    (status === "success" || status === "failed") &&
    isTraceId(event.trace_id) &&
    isId(event.enforcement_decision_id) &&
    isName(event.action_type) &&
    isReason(event.reason_code) &&
    isWholeTrace(event.evaluator_trace) &&
    isTimestamp(event.timestamp) &&
    isNameOrNull(event.adapter_name)
  );
}

function isWholeTrace(trace: unknown): boolean {
  return (
    isPlainObject(trace) &&
    Object.keys(trace).length === TRACE_FIELDS &&
    isEngineVersion(trace.engine_version) &&
    isNameOrNull(trace.caller) &&
    isNameOrNull(trace.rewrite_class) &&
    validatorsFault(trace.validators) === undefined &&
    evaluatorsFault(trace.evaluators) === undefined
  );
}
