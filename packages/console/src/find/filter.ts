/** The fields to filter by, with the words for them. */
export const FIELDS = [
  ["decision", "Outcome"],
  ["reason_code", "Reason"],
  ["action_type", "Action"],
  ["status", "Status"],
  ["caller", "Caller"],
  ["adapter_name", "Adapter"],
  ["writer", "Writer"],
  ["engine_version", "Engine and policy"],
] as const;

/** Parameters that the address and the audit process share. */
const KNOWN: readonly string[] = [
  ...FIELDS.map(([name]) => name),
  "trace_id",
  "decision_id",
  "from",
  "to",
  "order",
];

/** The part of an address that is a filter: what the audit process is asked with. */
export function filterOf(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query].filter(([name]) => KNOWN.includes(name)));
}

/** The same filter with another value of one parameter; without it, if that is null. */
export function withValue(
  filter: URLSearchParams,
  name: string,
  value: string | null,
): URLSearchParams {
  const changed = new URLSearchParams(filter);
  if (value === null) changed.delete(name);
  else changed.set(name, value);
  return changed;
}

/** Whether the matching events can be counted over time: not those of one id. */
export function isCounted(filter: URLSearchParams): boolean {
  return !filter.has("trace_id") && !filter.has("decision_id");
}

/** The parameters for counts: all but the order. */
export function countsQuery(filter: URLSearchParams): string {
  return withValue(filter, "order", null).toString();
}

/** `2026-11-21T20:45:10Z` → what a date field holds, in UTC; empty for nothing. */
export function toField(time: string | null): string {
  return time === null ? "" : time.replace(/Z$/, "");
}

/** What a date field holds → the parameter; null for nothing. Browsers leave out seconds of zero. */
export function fromField(value: string): string | null {
  if (value === "") return null;
  return `${value.length === 16 ? `${value}:00` : value.slice(0, 19)}Z`;
}
