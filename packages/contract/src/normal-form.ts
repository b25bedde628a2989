import { canonicalString, sortedOrder } from "./jcs.ts";
import { type Json, JsonObject } from "./json.ts";
import { isTransient } from "./transient.ts";
import { ESCAPED, normalPlainText, normalText, traits, WIDE } from "./unicode.ts";

/** What comes before a value: a bracket, comma, name or nothing; and the same before a string. */
export interface Lead {
  readonly bare: string;
  readonly quoted: string;
}

export function leadOf(bare: string): Lead {
  return { bare, quoted: `${bare}"` };
}

export const NOTHING: Lead = leadOf("");
export const FIRST: Lead = leadOf("[");
export const NEXT: Lead = leadOf(",");

/**
 * One pass over an input: the canonical text written so far, and what was found wrong on the way.
 * Once anything is wrong, the text no longer matters.
 */
export class Pass {
  form = "";
  /** The strings being written are plain (see `JsonObject`). */
  plain = false;
  /** A mandatory property is absent. */
  missing = false;
  /** Something is not as the shape says. */
  violated = false;
  /** A string is a moment or a request's identifier. */
  transient = false;

  /** Writes a string as step 2 leaves it, and gives that back. */
  text(value: string, lead: Lead): string {
    if (this.plain) {
      const text = normalPlainText(value);
      this.form += `${lead.quoted}${text}"`;
      return text;
    }
    const found = traits(value);
    const text = (found & WIDE) === 0 ? normalPlainText(value) : normalText(value);
    const simple = (found & ESCAPED) === 0 && ((found & WIDE) === 0 || text.isWellFormed());
    this.form += simple ? `${lead.quoted}${text}"` : lead.bare + canonicalString(text);
    return text;
  }
}

/** Steps 1 and 2 on any value within the limits: the form of what a shape refuses. */
export function genericForm(value: Json): string {
  const pass = new Pass();
  writeAny(value, pass, NOTHING);
  return pass.form;
}

/** Writes a value that no shape describes, and gives it back in its normal form. */
export function writeAny(value: Json, pass: Pass, lead: Lead): Json {
  if (typeof value === "string") {
    const text = pass.text(value, lead);
    if (isTransient(text)) pass.transient = true;
    return text;
  }
  if (typeof value === "number" || typeof value === "boolean" || value === null) {
    pass.form += lead.bare + String(value);
    return value;
  }
  pass.form += lead.bare;
  return value instanceof JsonObject ? writeObject(value, pass) : writeArray(value, pass);
}

function writeArray(value: readonly Json[], pass: Pass): Json {
  const values: Json[] = [];
  for (const element of value) {
    values.push(writeAny(element, pass, values.length === 0 ? FIRST : NEXT));
  }
  pass.form += values.length === 0 ? "[]" : "]";
  return values;
}

function writeObject(value: JsonObject, pass: Pass): Json {
  const names: string[] = [];
  const values: Json[] = [];
  const outer = pass.plain;
  pass.plain = value.plain;
  for (const at of sortedOrder(value.names)) {
    const name = value.names[at] ?? "";
    pass.form += `${names.length === 0 ? "{" : ","}${canonicalString(name)}:`;
    names.push(name);
    values.push(writeAny(value.values[at] ?? null, pass, NOTHING));
  }
  pass.form += names.length === 0 ? "{}" : "}";
  pass.plain = outer;
  return new JsonObject(names, values);
}
