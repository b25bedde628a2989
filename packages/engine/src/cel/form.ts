import { canonicalJson } from "@writ/contract/jcs";
import { genericForm } from "@writ/contract/normal-form";
import { isTransient } from "@writ/contract/transient";
import type { CelFault } from "./fault.ts";
import type { Expr, Literal } from "./syntax.ts";
import { conflictOf, TAGS, type Type, valuesOf } from "./type.ts";

/**
 * What is known of the strings in a value: `normal` ones are trimmed and lower-cased (all that
 * comes from the input), `lower` ones lower-cased only (a concatenation), `free` ones anything.
 */
export type Form = "normal" | "lower" | "free";

const ORDER: readonly Form[] = ["normal", "lower", "free"];

export function joinForms(a: Form, b: Form): Form {
  return ORDER.indexOf(a) > ORDER.indexOf(b) ? a : b;
}

function isNormal(text: string): boolean {
  return genericForm(text) === canonicalJson(text);
}

/** Lower-casing alone: between two letters nothing is trimmed. */
export function isLower(text: string): boolean {
  return isNormal(`x${text}x`);
}

export function formOf(text: string): Form {
  if (isNormal(text)) return "normal";
  return isLower(text) ? "lower" : "free";
}

/** What a literal is held against. */
export interface Other {
  readonly type: Type;
  readonly form: Form;
}

const NOT_LOWER = "write it in lower case: policy sees strings lower-cased";
const TRANSIENT =
  "no UUID and no date-time is let in here: let the shape say persistent: true, if this one is meant";
const NOT_TRIMMED = "remove the white space at its ends: policy sees strings trimmed";

/** Whether it comes from the input as it is, at a place where the shape refuses what is transient. */
function refusesTransient({ type, form }: Other): boolean {
  return form === "normal" && type.kind === "string" && type.persistent !== true;
}

/** Why a literal can never be equal to `other`; null if it can. */
export function whyNeverEqual(
  { value, tag }: Pick<Literal, "value" | "tag">,
  other: Other,
): string | null {
  const conflict = conflictOf(TAGS[tag], other.type);
  if (conflict !== null) return conflict.message;
  const values = valuesOf(other.type);
  if (typeof value === "string") {
    const form = formOf(value);
    if (form === "free" && other.form !== "free") return NOT_LOWER;
    if (form === "lower" && other.form === "normal") return NOT_TRIMMED;
    if (isTransient(value) && refusesTransient(other)) return TRANSIENT;
  }
  if (values === null || value === null || values.includes(value)) return null;
  return `write one of the declared values: ${values.map((each) => JSON.stringify(each)).join(", ")}`;
}

/** Faults of the literals in `expr`, whose value is compared for equality with `other`. */
export function neverEqual(expr: Expr, other: Other): readonly CelFault[] {
  if (expr.kind === "choice") {
    return [...neverEqual(expr.yes, other), ...neverEqual(expr.no, other)];
  }
  if (expr.kind === "list" && other.type.kind === "array") {
    const item = { type: other.type.items, form: other.form };
    return expr.items.flatMap((each) => neverEqual(each, item));
  }
  if (expr.kind !== "literal") return [];
  const why = whyNeverEqual(expr, other);
  if (why === null) return [];
  const message = `${JSON.stringify(expr.value)} can never be equal here; ${why}`;
  return [{ offset: expr.at, code: "NEVER_EQUAL", message }];
}

/** How each text search is confined: which end it is anchored to. */
export type Search = "startsWith" | "endsWith" | "contains";

const SEARCHES: Readonly<
  Record<
    Search,
    { whole: (value: string, part: string) => boolean; ends: (part: string) => string }
  >
> = {
  // The far end may be white space that the receiver has inside: only the near end is trimmed.
  startsWith: { whole: (value, part) => value.startsWith(part), ends: (part) => `${part}x` },
  endsWith: { whole: (value, part) => value.endsWith(part), ends: (part) => `x${part}` },
  contains: { whole: (value, part) => value.includes(part), ends: (part) => `x${part}x` },
};

function unfound(search: Search, part: string, receiver: Other): string | null {
  if (receiver.form === "free") return null;
  if (!isLower(part)) return NOT_LOWER;
  const { whole, ends } = SEARCHES[search];
  if (receiver.form === "normal" && !isNormal(ends(part))) return NOT_TRIMMED;
  const values = valuesOf(receiver.type);
  if (values?.some((value) => typeof value === "string" && whole(value, part)) === false) {
    return "no declared value has it";
  }
  return null;
}

/** The fault of a literal that `search` can never find in `receiver`. */
export function neverFound(search: Search, expr: Expr, receiver: Other): readonly CelFault[] {
  if (expr.kind !== "literal" || typeof expr.value !== "string") return [];
  const why = unfound(search, expr.value, receiver);
  if (why === null) return [];
  const message = `${JSON.stringify(expr.value)} can never be found here; ${why}`;
  return [{ offset: expr.at, code: "NEVER_EQUAL", message }];
}
