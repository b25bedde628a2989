import { UNRECOGNIZED } from "@writ/contract/category";
import { MAX_NAME_BYTES } from "@writ/contract/event";
import { JsonObject } from "@writ/contract/json";
import type { ShapeType } from "@writ/contract/shape-type";
import { type FaultList, quoted } from "./fault.ts";
import { fault, fieldsOf, type Grammar, type Keys, textOf, unfit, wordOf } from "./fields.ts";
import type { Located } from "./located.ts";
import { utf8Length } from "./utf8.ts";

/** What an attempt of a category is called in its record. */
export interface ActionType {
  /** Every value that `of` can give, so that the largest event is known beforehand. */
  readonly values: readonly string[];
  /** `input` is in normal form. */
  of(input: JsonObject): string;
}

const ACTION: Grammar = {
  code: "ACTION_TYPE",
  admits: (text) => text !== "" && text !== UNRECOGNIZED && utf8Length(text) <= MAX_NAME_BYTES,
  what: "an action_type",
  form: `1 to ${MAX_NAME_BYTES} bytes, and not ${UNRECOGNIZED}`,
};
const POINTED: Keys = { what: "an action_type", required: ["pointer"], optional: [] };

/**
 * A constant, or a pointer to a member that is always there and always one of known strings. Null
 * means that `faults` says why; where the shape itself is at fault, `input` is null and nothing is
 * said about the pointer.
 */
export function readActionType(
  at: Located | undefined,
  input: ShapeType | null,
  faults: FaultList,
): ActionType | null {
  if (at === undefined) return null;
  if (at.members === null) {
    const constant = wordOf(at, ACTION, faults);
    return constant === null ? null : { values: [constant], of: () => constant };
  }
  const pointer = fieldsOf(at, POINTED, faults).get("pointer");
  const text = textOf(pointer, "pointer", faults);
  if (text === null || pointer === undefined || input === null) return null;
  const path = text.split("/").slice(1).map(unescaped);
  const values = text.startsWith("/") ? valuesAt(input, path) : null;
  if (values === null) {
    const message =
      "point through required members to a string with enum or const, or write a constant";
    fault(pointer, "ACTION_TYPE", message, faults);
    return null;
  }
  const refused = values.find((value) => !ACTION.admits(value));
  if (refused === undefined) return { values, of: (value) => walk(value, path) };
  fault(pointer, "ACTION_TYPE", `${unfit(ACTION)} (${quoted(refused)})`, faults);
  return null;
}

/** RFC 6901 §4. */
function unescaped(token: string): string {
  return token.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** All strings that may stand at the path; null unless one of finitely many always does. */
function valuesAt(type: ShapeType, path: readonly string[]): readonly string[] | null {
  if (type.nullable) return null;
  const [name, ...rest] = path;
  if (name === undefined) return type.kind === "string" ? knownStrings(type.enum) : null;
  if (type.kind !== "object") return null;
  const property = type.properties.find((each) => each.name === name);
  return property?.mandatory === true ? valuesAt(property.type, rest) : null;
}

function knownStrings(values: readonly unknown[] | undefined): readonly string[] | null {
  const strings = values?.filter((value) => typeof value === "string");
  return strings === undefined || strings.length !== values?.length ? null : strings;
}

function walk(input: JsonObject, path: readonly string[]): string {
  let at: unknown = input;
  for (const name of path) at = at instanceof JsonObject ? at.get(name) : undefined;
  if (typeof at === "string") return at;
  throw new Error("let the shape require the member that action_type points to");
}
