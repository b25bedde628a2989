import { canonicalString, sortedOrder } from "./jcs.ts";
import { type Json, JsonObject } from "./json.ts";
import { isTransient } from "./transient.ts";
import { ESCAPED, normalPlainText, normalText, traits, WIDE } from "./unicode.ts";

/**
 * A bracket, comma or name that is written before a value or after the last, with what may follow
 * it at once and what may be left to write before it. Joining strings is what a form costs most.
 */
export interface Lead {
  readonly bare: string;
  readonly quote: string;
  readonly nothing: string;
  /** The same behind a string whose closing quote is not written yet. */
  readonly quoteBare: string;
  readonly quoteQuote: string;
  readonly quoteNothing: string;
}

export function leadOf(bare: string): Lead {
  return {
    bare,
    quote: `${bare}"`,
    nothing: `${bare}null`,
    quoteBare: `"${bare}`,
    quoteQuote: `"${bare}"`,
    quoteNothing: `"${bare}null`,
  };
}

export const NOTHING: Lead = leadOf("");
export const OPEN_ARRAY: Lead = leadOf("[");
export const COMMA: Lead = leadOf(",");
export const CLOSE_ARRAY: Lead = leadOf("]");
export const EMPTY_ARRAY: Lead = leadOf("[]");
export const OPEN_OBJECT: Lead = leadOf("{");
export const CLOSE_OBJECT: Lead = leadOf("}");
export const EMPTY_OBJECT: Lead = leadOf("{}");

/** What the nulls for absent properties may take, each with its name, colon and comma. */
export const MAX_FILLED_BYTES = 8_388_608;

/** What keeps something of a pass while it lasts. */
export interface Remembering {
  forget(): void;
}

/**
 * One pass over an input: the canonical text written so far, and what was found wrong on the way.
 * Once anything is wrong, the text no longer matters.
 */
export class Pass {
  /** The strings being written are plain (see `JsonObject`). */
  plain = false;
  /** A mandatory property is absent. */
  missing = false;
  /** Something is not as the shape says. */
  violated = false;
  /** A string is a moment or a request's identifier. */
  transient = false;
  readonly remembering: Remembering[] = [];
  /** Bytes of the nulls filled in so far. */
  #filled = 0;
  #form = "";
  /** The last string's closing quote is not written yet. */
  #quoted = false;

  /**
   * Whether a null of so many bytes may still be filled in. If not, the input is refused, and no
   * more is kept of it: two bytes of `{}` could stand for any number of nulls.
   */
  fills(bytes: number): boolean {
    this.#filled += bytes;
    if (this.#filled <= MAX_FILLED_BYTES) return true;
    this.violated = true;
    return false;
  }

  /** Takes away what is written. */
  take(): string {
    const form = this.#quoted ? `${this.#form}"` : this.#form;
    this.#form = "";
    this.#quoted = false;
    return form;
  }

  /** Writes a lead alone. */
  lead(lead: Lead): void {
    this.#form += this.#quoted ? lead.quoteBare : lead.bare;
    this.#quoted = false;
  }

  /** Writes a number, a literal or what is already canonical. */
  bare(text: string, lead: Lead): void {
    this.#form += this.#quoted ? lead.quoteBare : lead.bare;
    this.#form += text;
    this.#quoted = false;
  }

  /** Writes null. */
  nothing(lead: Lead): void {
    this.#form += this.#quoted ? lead.quoteNothing : lead.nothing;
    this.#quoted = false;
  }

  /** Writes a string as step 2 leaves it, and gives that back. */
  text(value: string, lead: Lead): string {
    if (this.plain) {
      const text = normalPlainText(value);
      this.#quote(text, lead);
      return text;
    }
    const found = traits(value);
    const text = (found & WIDE) === 0 ? normalPlainText(value) : normalText(value);
    const simple = (found & ESCAPED) === 0 && ((found & WIDE) === 0 || text.isWellFormed());
    if (simple) this.#quote(text, lead);
    else this.bare(canonicalString(text), lead);
    return text;
  }

  #quote(text: string, lead: Lead): void {
    this.#form += this.#quoted ? lead.quoteQuote : lead.quote;
    this.#form += text;
    this.#quoted = true;
  }
}

/** Steps 1 and 2 on any value within the limits: the form of what a shape refuses. */
export function genericForm(value: Json): string {
  const pass = new Pass();
  writeAny(value, pass, NOTHING);
  return pass.take();
}

/** Writes a value that no shape describes, and gives it back in its normal form. */
export function writeAny(value: Json, pass: Pass, lead: Lead): Json {
  if (typeof value === "string") {
    const text = pass.text(value, lead);
    if (isTransient(text)) pass.transient = true;
    return text;
  }
  if (typeof value === "number" || typeof value === "boolean" || value === null) {
    pass.bare(String(value), lead);
    return value;
  }
  pass.lead(lead);
  return value instanceof JsonObject ? writeObject(value, pass) : writeArray(value, pass);
}

function writeArray(value: readonly Json[], pass: Pass): Json {
  const values: Json[] = [];
  for (const element of value) {
    values.push(writeAny(element, pass, values.length === 0 ? OPEN_ARRAY : COMMA));
  }
  pass.lead(values.length === 0 ? EMPTY_ARRAY : CLOSE_ARRAY);
  return values;
}

function writeObject(value: JsonObject, pass: Pass): Json {
  const members = new Members(pass);
  const outer = pass.plain;
  pass.plain = value.plain;
  for (const at of sortedOrder(value.names)) {
    members.begin(value.names[at] ?? "");
    members.values.push(writeAny(value.values[at] ?? null, pass, NOTHING));
  }
  pass.plain = outer;
  return members.end();
}

/** The members of an object being written, in order. */
export class Members {
  readonly values: Json[] = [];
  readonly #names: string[] = [];
  readonly #pass: Pass;

  constructor(pass: Pass) {
    this.#pass = pass;
  }

  /** Writes what comes before a member's value. */
  begin(name: string): void {
    const lead = this.#names.length === 0 ? OPEN_OBJECT : COMMA;
    this.#pass.bare(`${canonicalString(name)}:`, lead);
    this.#names.push(name);
  }

  end(): JsonObject {
    this.#pass.lead(this.#names.length === 0 ? EMPTY_OBJECT : CLOSE_OBJECT);
    return new JsonObject(this.#names, this.values);
  }
}
