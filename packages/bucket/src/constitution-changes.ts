import type { Constitution, Quota, Writer } from "./constitution.ts";

/** One rule that two constitutions do not share. */
export interface Change {
  /** What it is about, such as `writer 0123456789abcdef` or `quotas events`. */
  readonly of: string;
  /** Null where there was none. */
  readonly before: string | null;
  /** Null where there is none any more. */
  readonly after: string | null;
}

/**
 * What a constitution changes, rule by rule; without `before`, all that it lays down. Only what
 * rules: `from` and `predecessor` differ in every constitution. Two texts without a change between
 * them say the same.
 */
export function changesBetween(before: Constitution | undefined, after: Constitution): Change[] {
  const old = before === undefined ? new Map<string, string>() : rulesOf(before);
  const rules = rulesOf(after);
  const names = new Set([...old.keys(), ...rules.keys()]);
  return [...names]
    .map((of) => ({ of, before: old.get(of) ?? null, after: rules.get(of) ?? null }))
    .filter((change) => change.before !== change.after);
}

/** A constitution as a flat table: what is ruled, and how. */
function rulesOf(constitution: Constitution): Map<string, string> {
  const { origin, log_key, event_schema, writers, quotas, governance, witnesses } = constitution;
  return new Map([
    ["origin", origin],
    ["log key", log_key],
    ["event schema", String(event_schema)],
    ["quota of events", String(quotas.events)],
    ["quota of bytes", String(quotas.bytes)],
    ["quota in flight", String(quotas.in_flight)],
    ...writers.map((writer): [string, string] => [`writer ${writer.name}`, writerText(writer)]),
    ["governors needed", String(governance.threshold)],
    ...governance.keys.map((key): [string, string] => [`governor ${nameIn(key)}`, key]),
    ...witnesses.map(({ key, url }): [string, string] => [
      `witness ${nameIn(key)}`,
      url === null ? key : `${key} at ${url}`,
    ]),
  ]);
}

function writerText({ key, quota }: Writer): string {
  return `${key}, ${quotaText(quota)}`;
}

function quotaText({ events, bytes }: Quota): string {
  return `${events} events, ${bytes} bytes`;
}

/** What a change calls a key: its name and ID, since two keys may share a name. */
function nameIn(vkey: string): string {
  return vkey.split("+", 2).join("+");
}
