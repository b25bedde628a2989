import { canonicalString, sortedOrder } from "./jcs.ts";
import { type Json, JsonObject } from "./json.ts";
import { isTransient } from "./transient.ts";
import { ESCAPED, normalTextOf, traits, WIDE } from "./unicode.ts";

/**
 * One pass over an input: the canonical text written so far, and what was found wrong on the way.
 * Once anything is wrong, the text no longer matters.
 */
export class Pass {
  form = "";
  /** A mandatory property is absent. */
  missing = false;
  /** Something is not as the shape says. */
  violated = false;
  /** A string is a moment or a request's identifier. */
  transient = false;
}

/** Steps 1 and 2 on any value within the limits: the form of what a shape refuses. */
export function genericForm(value: Json): string {
  const pass = new Pass();
  writeAny(value, pass);
  return pass.form;
}

/** Writes a value that no shape describes, and gives it back in its normal form. */
export function writeAny(value: Json, pass: Pass): Json {
  if (typeof value === "string") {
    const text = writeText(value, pass);
    if (isTransient(text)) pass.transient = true;
    return text;
  }
  if (typeof value === "number" || typeof value === "boolean" || value === null) {
    pass.form += String(value);
    return value;
  }
  return value instanceof JsonObject ? writeObject(value, pass) : writeArray(value, pass);
}

/** Writes a string as step 2 leaves it, and gives that back. */
export function writeText(value: string, pass: Pass): string {
  const found = traits(value);
  const text = normalTextOf(value, found);
  pass.form += (found & (ESCAPED | WIDE)) === 0 ? `"${text}"` : canonicalString(text);
  return text;
}

function writeArray(value: readonly Json[], pass: Pass): Json {
  pass.form += "[";
  const values = value.map((element, at) => {
    if (at > 0) pass.form += ",";
    return writeAny(element, pass);
  });
  pass.form += "]";
  return values;
}

function writeObject(value: JsonObject, pass: Pass): Json {
  const names: string[] = [];
  const values: Json[] = [];
  let separator = "{";
  for (const at of sortedOrder(value.names)) {
    const name = value.names[at] ?? "";
    pass.form += `${separator}${canonicalString(name)}:`;
    names.push(name);
    values.push(writeAny(value.values[at] ?? null, pass));
    separator = ",";
  }
  pass.form += names.length === 0 ? "{}" : "}";
  return new JsonObject(names, values);
}
