import { isCategory } from "@writ/contract/category";
import { isReasonCode, RESERVED_REASONS } from "@writ/contract/reason";
import { type FaultCode, type FaultList, quoted } from "./fault.ts";
import type { Located } from "./located.ts";

/** The keys that one kind of mapping in a bundle has; any other is a fault. */
export interface Keys {
  /** As it reads in a message, with its article. */
  readonly what: string;
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** A name or word of the bundle: what it must look like, and what to say when it does not. */
export interface Grammar {
  /** As it reads in a message, with its article. */
  readonly what: string;
  readonly code: FaultCode;
  readonly admits: (text: string) => boolean;
  readonly form: string;
}

/** All are ASCII, so 64 characters are 64 bytes: the bound that makes an event's size provable. */
export const CATEGORY: Grammar = {
  code: "NAME",
  admits: isCategory,
  what: "a category",
  form: "at most 64 of a-z and _, beginning with a letter",
};
export const NAME: Grammar = {
  code: "NAME",
  admits: (text) => /^[a-z][a-z0-9_]{0,63}$/.test(text),
  what: "a name",
  form: "at most 64 of a-z, 0-9 and _, beginning with a letter",
};
export const REASON: Grammar = {
  code: "REASON",
  admits: isReasonCode,
  what: "a reason",
  form: "UPPER_SNAKE_CASE of at most 64 characters",
};
export const REWRITE_CLASS: Grammar = {
  code: "REWRITE_CLASS",
  admits: isReasonCode,
  what: "a rewrite_class",
  form: "UPPER_SNAKE_CASE of at most 64 characters",
};

export function fault(at: Located, code: FaultCode, message: string, faults: FaultList): void {
  faults.add(at.source, at.start, code, message);
}

/** The members of a mapping; of one that is none, the empty mapping. */
export function fieldsOf(at: Located, keys: Keys, faults: FaultList): ReadonlyMap<string, Located> {
  const fields = new Map<string, Located>();
  if (at.members === null) {
    fault(at, "WRONG_TYPE", `${keys.what} is a mapping: write keys and values`, faults);
    return fields;
  }
  for (const [key, member] of at.members) {
    if (keys.required.includes(key) || keys.optional.includes(key)) {
      fields.set(key, member.value);
      continue;
    }
    const known = [...keys.required, ...keys.optional].join(", ");
    const message = `remove the key ${quoted(key)}: ${keys.what} has ${known}`;
    faults.add(at.source, member.keyStart, "UNKNOWN_KEY", message);
  }
  for (const key of keys.required) {
    if (!fields.has(key))
      fault(at, "MISSING_KEY", `${keys.what} needs the key ${key}: add it`, faults);
  }
  return fields;
}

/** The elements of a list; of what is no list, none. */
export function itemsOf(
  at: Located | undefined,
  what: string,
  faults: FaultList,
): readonly Located[] {
  if (at === undefined) return [];
  if (at.items === null) fault(at, "WRONG_TYPE", `${what} is a list: write - before each`, faults);
  return at.items ?? [];
}

/** The text of a string; null where there is none. */
export function textOf(at: Located | undefined, what: string, faults: FaultList): string | null {
  if (at === undefined) return null;
  if (typeof at.json === "string") return at.json;
  fault(
    at,
    "WRONG_TYPE",
    `${what} is a string: write text, in quotes where YAML needs them`,
    faults,
  );
  return null;
}

export function wordOf(
  at: Located | undefined,
  grammar: Grammar,
  faults: FaultList,
): string | null {
  const text = textOf(at, grammar.what, faults);
  if (text === null || at === undefined || grammar.admits(text)) return text;
  fault(at, grammar.code, unfit(grammar), faults);
  return null;
}

export function unfit({ what, form }: Grammar): string {
  return `${what} is ${form}: rename this`;
}

export function reasonOf(at: Located | undefined, faults: FaultList): string | null {
  const reason = wordOf(at, REASON, faults);
  if (at === undefined || reason === null || !RESERVED_REASONS.has(reason)) return reason;
  fault(at, "RESERVED_REASON", `choose another reason: ${reason} is the engine's own`, faults);
  return null;
}
