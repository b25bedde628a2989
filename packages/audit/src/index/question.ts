import { type DecisionId, NotADecisionId, parseDecisionId } from "@writ/contract/decision-id";
import { KIND_FIELDS, type KindField } from "./schema.ts";

/** Which events are asked for: those that meet every condition. */
export interface Filter {
  /** For each field, the values that will do; null is one of them where a field may be null. */
  readonly fields: Readonly<Partial<Record<KindField, readonly (string | null)[]>>>;
  /** 64 hex digits, or the first 8 or more of them. */
  readonly traceId: string | undefined;
  readonly decisionId: DecisionId | undefined;
  /** Seconds since 1970 by the events' own timestamps: from this one on … */
  readonly from: number | undefined;
  /** … and before this one. */
  readonly to: number | undefined;
}

/** A page of the events that a filter takes, in the log's order. */
export interface FindQuestion {
  readonly filter: Filter;
  readonly order: "newest" | "oldest";
  /** Go on behind this index, which the page before gave as its `next`. */
  readonly after: number | undefined;
  readonly limit: number;
}

/** How many events of each outcome there are in each bucket of time. */
export interface HistogramQuestion {
  readonly filter: Filter & { readonly from: number; readonly to: number };
  /** Width of a bucket in seconds. */
  readonly step: number;
}

/** A question that cannot be answered as it was put. */
export class QuestionRefused extends Error {
  override readonly name = "QuestionRefused";
  readonly code = "QUESTION_REFUSED";
}

/** Question parameters by name; one may be given several times. */
export type Parameters = Pick<URLSearchParams, "get" | "getAll" | "keys">;

export const MOST_FOUND = 1000;
export const MOST_BUCKETS = 1000;
/** Widths that buckets of time may have, in seconds: whole multiples of those that counts are kept for. */
export const STEPS: readonly number[] = [
  1, 5, 10, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 604_800,
];
const DEFAULT_FOUND = 100;
const MOST_VALUES = 64;
const FILTERS: readonly string[] = [...KIND_FIELDS, "trace_id", "decision_id", "from", "to"];
const NULLABLE: ReadonlySet<KindField> = new Set(["adapter_name", "caller"]);
const TRACE_ID = /^[0-9a-f]{8,64}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
const DECIMAL = /^(?:0|[1-9]\d{0,15})$/;

/** Reads a search question. Throws QuestionRefused. */
export function findQuestion(parameters: Parameters): FindQuestion {
  requireKnown(parameters, ["order", "after", "limit"]);
  const order = parameters.get("order") ?? "newest";
  if (order !== "newest" && order !== "oldest") throw refused("order", "newest or oldest");
  const [after, limit] = [decimal(parameters, "after"), listed(parameters)];
  return { filter: readFilter(parameters), order, after, limit };
}

/** Reads a question for counts over time. Throws QuestionRefused. */
export function histogramQuestion(parameters: Parameters): HistogramQuestion {
  requireKnown(parameters, ["step"]);
  const filter = readFilter(parameters);
  const step = decimal(parameters, "step");
  if (filter.from === undefined) throw refused("from", "a time, such as 2026-11-21T20:00:00Z");
  if (filter.to === undefined) throw refused("to", "a time, such as 2026-11-21T21:00:00Z");
  if (step === undefined || !STEPS.includes(step)) {
    throw refused("step", `seconds, one of ${STEPS.join(", ")}`);
  }
  if (filter.traceId !== undefined || filter.decisionId !== undefined) {
    throw new QuestionRefused("leave trace_id and decision_id out: they are not counted over time");
  }
  // Whole buckets: counts are kept by second, and half a bucket would look like a fall.
  const from = Math.floor(filter.from / step) * step;
  const to = Math.ceil(filter.to / step) * step;
  if ((to - from) / step > MOST_BUCKETS)
    throw refused("step", `for at most ${MOST_BUCKETS} buckets`);
  return { filter: { ...filter, from, to }, step };
}

/** A page of the streams that began before an event. */
export interface StreamsQuestion {
  readonly before: number | undefined;
  readonly limit: number;
}

/** A page of holes, behind the one that begins with this attempt. */
export interface HolesQuestion {
  readonly after: DecisionId | undefined;
  readonly limit: number;
}

/** Reads a question for counts by field. Throws QuestionRefused. */
export function facetsQuestion(parameters: Parameters): Filter {
  requireKnown(parameters, []);
  const filter = readFilter(parameters);
  if (filter.traceId !== undefined || filter.decisionId !== undefined) {
    throw new QuestionRefused("leave trace_id and decision_id out: search for them");
  }
  return filter;
}

/** Throws QuestionRefused. */
export function streamsQuestion(parameters: Parameters): StreamsQuestion {
  requireOnly(parameters, ["before", "limit"]);
  return { before: decimal(parameters, "before"), limit: listed(parameters) };
}

/** Throws QuestionRefused. */
export function holesQuestion(parameters: Parameters): HolesQuestion {
  requireOnly(parameters, ["after", "limit"]);
  return { after: decisionId(parameters, "after"), limit: listed(parameters) };
}

function listed(parameters: Parameters): number {
  const limit = decimal(parameters, "limit") ?? DEFAULT_FOUND;
  if (limit < 1 || limit > MOST_FOUND) throw refused("limit", `1 to ${MOST_FOUND}`);
  return limit;
}

/** The parameters that a filter is read from. */
export function filterParameters(filter: Filter): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const field of KIND_FIELDS) {
    for (const value of filter.fields[field] ?? []) parameters.append(field, value ?? "");
  }
  const { traceId, decisionId, from, to } = filter;
  if (traceId !== undefined) parameters.set("trace_id", traceId);
  if (decisionId !== undefined) {
    const { gateway, epoch, sequence } = decisionId;
    parameters.set("decision_id", `${gateway}.${epoch}.${sequence}`);
  }
  for (const [name, at] of Object.entries({ from, to })) {
    if (at === undefined) continue;
    parameters.set(name, new Date(at * 1000).toISOString().replace(".000Z", "Z"));
  }
  return parameters;
}

/** A decimal number of a question; `undefined` if it is not there. Throws QuestionRefused. */
export function decimal(parameters: Parameters, name: string): number | undefined {
  const text = parameters.get(name);
  if (text === null) return undefined;
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw refused(name, "a decimal number");
  return value;
}

/** Throws QuestionRefused for a parameter that is none of the filters or of `others`, or given too often. */
function requireKnown(parameters: Parameters, others: readonly string[]): void {
  requireOnly(parameters, [...FILTERS, ...others]);
}

function requireOnly(parameters: Parameters, known: readonly string[]): void {
  for (const name of new Set(parameters.keys())) {
    if (!known.includes(name)) {
      throw new QuestionRefused(`there is no parameter ${JSON.stringify(name.slice(0, 40))}`);
    }
    const isField = KIND_FIELDS.some((field) => field === name);
    const given = parameters.getAll(name).length;
    if (given > (isField ? MOST_VALUES : 1)) throw new QuestionRefused(`give ${name} less often`);
  }
}

function readFilter(parameters: Parameters): Filter {
  const traceId = parameters.get("trace_id") ?? undefined;
  if (traceId !== undefined && !TRACE_ID.test(traceId)) {
    throw refused("trace_id", "64 lowercase hex digits, or the first 8 or more of them");
  }
  const [from, to] = [time(parameters, "from"), time(parameters, "to")];
  if (from !== undefined && to !== undefined && from >= to)
    throw refused("to", "a time after from");
  return {
    fields: readFields(parameters),
    traceId,
    decisionId: decisionId(parameters, "decision_id"),
    from,
    to,
  };
}

function readFields(parameters: Parameters): Filter["fields"] {
  const fields: Partial<Record<KindField, readonly (string | null)[]>> = {};
  for (const field of KIND_FIELDS) {
    const values = parameters.getAll(field);
    if (values.length === 0) continue;
    // No name is empty, so an empty value is free to mean that there is none.
    fields[field] = values.map((value) => (value === "" && NULLABLE.has(field) ? null : value));
  }
  return fields;
}

function decisionId(parameters: Parameters, name: string): DecisionId | undefined {
  const text = parameters.get(name);
  try {
    return text === null ? undefined : parseDecisionId(text);
  } catch (error) {
    if (error instanceof NotADecisionId) throw refused(name, "<16 hex>.<epoch>.<sequence>");
    throw error;
  }
}

function time(parameters: Parameters, name: string): number | undefined {
  const text = parameters.get(name);
  if (text === null) return undefined;
  const milliseconds = TIME.test(text) ? Date.parse(text) : Number.NaN;
  // Round again: a day that its month lacks would be taken for one of the next.
  if (
    Number.isNaN(milliseconds) ||
    !new Date(milliseconds).toISOString().startsWith(text.slice(0, -1))
  ) {
    throw refused(name, "a time in whole seconds, such as 2026-11-21T20:45:10Z");
  }
  return milliseconds / 1000;
}

function refused(name: string, wanted: string): QuestionRefused {
  return new QuestionRefused(`give ${name} as ${wanted}`);
}
