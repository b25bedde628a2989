import { bareInput, type Received } from "@writ/contract/envelope";
import { type Json, JsonObject } from "@writ/contract/json";
import type { Outcome } from "@writ/contract/outcome";
import { isReasonCode } from "@writ/contract/reason";
import type { Place } from "@writ/engine/anatomy";
import { type FaultList, quoted } from "@writ/engine/fault";
import { fault, itemsOf, type Keys, REWRITE_CLASS, textOf, wordOf } from "@writ/engine/fields";
import type { Located } from "@writ/engine/located";
import { pointerTokens, putAt, removeAt } from "./pointer-edit.ts";

export interface Expected {
  readonly outcome: Outcome;
  readonly reason: string;
  readonly rewriteClass: string | null;
}

/** One question put to a bundle, and the answer that its author expects. */
export interface Case {
  readonly name: string;
  readonly place: Place;
  readonly category: string;
  readonly received: Received;
  readonly host: JsonObject | undefined;
  readonly expected: Expected;
}

export const CASE: Keys = {
  what: "a case",
  required: ["name", "category", "outcome"],
  optional: ["input", "received", "set", "remove", "host", "reason", "rewrite_class"],
};

/** Keys of a case that a column may hold. */
export const VALUES: readonly string[] = [
  ...["name", "category", "input", "received", "outcome", "reason", "rewrite_class"],
];

/** What a case is put together from: its own keys, and those of the table that it is a row of. */
export interface CaseParts {
  readonly at: Located;
  readonly name: string;
  readonly own: ReadonlyMap<string, Located>;
  readonly common: ReadonlyMap<string, Located>;
  /** Values under columns that are headed by a pointer. */
  readonly cells: readonly { readonly pointer: Located; readonly value: Located }[];
}

/** The case, or null with a fault. */
export function readCase(
  parts: CaseParts,
  inputs: ReadonlyMap<string, Located>,
  faults: FaultList,
): Case | null {
  const { at, name, own, common } = parts;
  const category = own.get("category") ?? common.get("category");
  // A case of its own has been asked for its keys already.
  if (category === undefined && common.size > 0) missing(at, "category", faults);
  const expected = readExpected(parts, faults);
  const text = textOf(category, "a category", faults);
  const host = readHost(own.get("host") ?? common.get("host"), faults);
  const received = readReceived(parts, text ?? "", inputs, faults);
  if (text === null || expected === null || received === null || host === null) return null;
  const place = { path: at.source.path, ...at.source.place(at.start) };
  return { name, place, category: text, received, host, expected };
}

function missing(at: Located, key: string, faults: FaultList): void {
  const message = `this row needs the key ${key}: add it here or to the table`;
  fault(at, "MISSING_KEY", message, faults);
}

const OUTCOMES: ReadonlySet<Json> = new Set(["EXECUTE", "REWRITE", "BLOCK"]);

function isOutcome(value: Json | undefined): value is Outcome {
  return value !== undefined && OUTCOMES.has(value);
}

function readExpected({ at, own, common }: CaseParts, faults: FaultList): Expected | null {
  const outcomeAt = own.get("outcome") ?? common.get("outcome");
  if (outcomeAt === undefined) {
    if (common.size > 0) missing(at, "outcome", faults);
    return null;
  }
  const outcome = outcomeAt.json;
  if (!isOutcome(outcome)) {
    fault(outcomeAt, "OUTCOME", "outcome is EXECUTE, REWRITE or BLOCK: write one", faults);
    return null;
  }
  // What a table says of reason and class is meant for those of its rows that have one.
  const reasonAt = own.get("reason") ?? (outcome === "EXECUTE" ? undefined : common.get("reason"));
  const classAt =
    own.get("rewrite_class") ?? (outcome === "REWRITE" ? common.get("rewrite_class") : undefined);
  const reason = readReason(at, reasonAt, outcome, faults);
  const rewriteClass = readClass(at, classAt, outcome, faults);
  return reason === null || rewriteClass === undefined ? null : { outcome, reason, rewriteClass };
}

function readReason(
  at: Located,
  reasonAt: Located | undefined,
  outcome: Outcome,
  faults: FaultList,
): string | null {
  if (reasonAt === undefined && outcome === "EXECUTE") return "ALLOWED";
  if (reasonAt === undefined) {
    fault(at, "CASE", `add the reason: ${outcome} without one could come from any rule`, faults);
    return null;
  }
  const reason = textOf(reasonAt, "a reason", faults);
  if (reason === null) return null;
  if ((reason === "ALLOWED") === (outcome === "EXECUTE") && isReasonCode(reason)) return reason;
  const message =
    outcome === "EXECUTE"
      ? "the reason of EXECUTE is ALLOWED: write that, or leave it out"
      : `write the reason of the ${outcome}, in UPPER_SNAKE_CASE`;
  fault(reasonAt, "REASON", message, faults);
  return null;
}

/** Null where none belongs, undefined where a fault was found. */
function readClass(
  at: Located,
  classAt: Located | undefined,
  outcome: Outcome,
  faults: FaultList,
): string | null | undefined {
  if (outcome === "REWRITE") {
    if (classAt !== undefined) return wordOf(classAt, REWRITE_CLASS, faults) ?? undefined;
    fault(at, "REWRITE_CLASS", "add the rewrite_class: REWRITE says which rewrite", faults);
    return undefined;
  }
  if (classAt === undefined) return null;
  fault(classAt, "REWRITE_CLASS", "only REWRITE has a rewrite_class: remove it", faults);
  return undefined;
}

/** Undefined where there is none, null where a fault was found. */
function readHost(at: Located | undefined, faults: FaultList): JsonObject | undefined | null {
  if (at === undefined) return undefined;
  if (at.json instanceof JsonObject) return at.json;
  fault(at, "WRONG_TYPE", "host is a mapping: caller, validators or facts", faults);
  return null;
}

function readReceived(
  parts: CaseParts,
  category: string,
  inputs: ReadonlyMap<string, Located>,
  faults: FaultList,
): Received | null {
  const { at, own, common, cells } = parts;
  const stated = own.has("input") || own.has("received") ? own : common;
  const input = stated.get("input");
  const text = stated.get("received");
  if ((input === undefined) === (text === undefined)) {
    fault(at, "CASE", "give either input, or received: the text as it arrives", faults);
    return null;
  }
  const edits = [common, own].some((fields) => fields.has("set") || fields.has("remove"));
  if (text !== undefined) {
    if (edits || cells.length > 0) {
      fault(text, "CASE", "set and remove need an input: received is taken as it is", faults);
    }
    const received = textOf(text, "received", faults);
    return received === null ? null : bareInput(new TextEncoder().encode(received), category);
  }
  const base = input === undefined ? null : baseOf(input, inputs, faults);
  const edited = base === null ? null : applyEdits(base, parts, faults);
  if (edited === null) return null;
  return { category, input: edited };
}

function baseOf(
  at: Located,
  inputs: ReadonlyMap<string, Located>,
  faults: FaultList,
): JsonObject | null {
  const named = typeof at.json === "string" ? inputs.get(at.json) : at;
  if (named === undefined) {
    const known = inputs.size === 0 ? "none" : [...inputs.keys()].join(", ");
    const message = `there is no input ${quoted(String(at.json))}: there are ${known}`;
    fault(at, "CASE", message, faults);
    return null;
  }
  if (named.json instanceof JsonObject) return named.json;
  if (named === at) fault(at, "WRONG_TYPE", "input is a name or a mapping: write one", faults);
  return null;
}

/** The table's edits, then the row's own; in each, what is removed before what is set. */
function applyEdits(base: JsonObject, parts: CaseParts, faults: FaultList): JsonObject | null {
  let edited: Json | undefined = base;
  for (const fields of [parts.common, parts.own]) {
    edited = removeAll(edited, itemsOf(fields.get("remove"), "remove", faults), faults);
    edited = setAll(edited, fields.get("set"), faults);
  }
  for (const { pointer, value } of parts.cells) {
    const text = textOf(pointer, "a pointer", faults);
    edited =
      text === null
        ? undefined
        : put(edited, text, value.json, () => unreachable(pointer, text, faults));
  }
  return edited instanceof JsonObject ? edited : null;
}

function removeAll(
  from: Json | undefined,
  pointers: readonly Located[],
  faults: FaultList,
): Json | undefined {
  let edited = from;
  for (const at of pointers) {
    const text = textOf(at, "a pointer", faults);
    const tokens = text === null ? null : pointerTokens(text);
    const left: Json | undefined =
      edited === undefined || tokens === null ? undefined : removeAt(edited, tokens);
    if (left === undefined && edited !== undefined && text !== null) unreachable(at, text, faults);
    edited = left;
  }
  return edited;
}

function setAll(
  into: Json | undefined,
  section: Located | undefined,
  faults: FaultList,
): Json | undefined {
  if (section === undefined) return into;
  if (section.members === null) {
    fault(section, "WRONG_TYPE", "set is a mapping: write pointers and values", faults);
    return undefined;
  }
  let edited = into;
  for (const [pointer, { keyStart, value }] of section.members) {
    const report = (): void => {
      faults.add(section.source, keyStart, "POINTER", noPlace(pointer));
    };
    edited = put(edited, pointer, value.json, report);
  }
  return edited;
}

function put(
  into: Json | undefined,
  pointer: string,
  value: Json,
  report: () => void,
): Json | undefined {
  if (into === undefined) return undefined;
  const tokens = pointerTokens(pointer);
  const edited = tokens === null ? undefined : putAt(into, tokens, value);
  if (edited === undefined) report();
  return edited;
}

function unreachable(at: Located, pointer: string, faults: FaultList): void {
  fault(at, "POINTER", noPlace(pointer), faults);
}

function noPlace(pointer: string): string {
  return `${quoted(pointer)} leads nowhere in this input: write a JSON pointer to a place in it`;
}
