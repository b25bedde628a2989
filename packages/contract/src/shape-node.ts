import { canonicalString, sortedOrder } from "./jcs.ts";
import { type Json, JsonObject } from "./json.ts";
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  EMPTY_ARRAY,
  EMPTY_OBJECT,
  type Lead,
  leadOf,
  Members,
  NOTHING,
  OPEN_ARRAY,
  type Pass,
  writeAny,
} from "./normal-form.ts";
import type { ScalarKind, ShapeProperty, ShapeType } from "./shape-type.ts";
import { isTransient } from "./transient.ts";
import { utf8Length } from "./utf8.ts";

/**
 * One place in a shape, compiled. `read` takes a received value, writes its normal form to the
 * pass, notes there what is wrong, and gives the normalized value back. It goes on after a fault,
 * because a graver one may follow; what it then gives back is of no use.
 */
export interface ShapeNode {
  readonly type: ShapeType;
  read(value: Json, pass: Pass, lead: Lead): Json;
}

/** A value of another type than the shape's. */
function misfit(value: Json, nullable: boolean, pass: Pass, lead: Lead): null {
  if (value !== null || !nullable) pass.violated = true;
  pass.nothing(lead);
  return null;
}

export class AnyNode implements ShapeNode {
  readonly type: ShapeType = { kind: "any", nullable: true };

  read(value: Json, pass: Pass, lead: Lead): Json {
    return writeAny(value, pass, lead);
  }
}

/** What a string must be besides a string. Lengths are in code points of the normal form. */
export interface TextRules {
  readonly minLength: number;
  readonly maxLength: number;
  /** Whether a match is found anywhere in the text. */
  readonly pattern: ((text: string) => boolean) | undefined;
  /** The received string must be its own normal form. */
  readonly exact: boolean;
  /** A transient string is meant here: it names the thing acted on. */
  readonly persistent: boolean;
}

export class TextNode implements ShapeNode {
  readonly type: ShapeType;
  readonly #rules: TextRules;
  readonly #words: ReadonlySet<Json> | undefined;
  readonly #measured: boolean;

  constructor(rules: TextRules, words: readonly Json[] | undefined, nullable: boolean) {
    const type = scalarType("string", words, nullable);
    this.type = rules.persistent ? { ...type, persistent: true } : type;
    this.#rules = rules;
    this.#words = words && new Set(words);
    this.#measured = rules.minLength > 0 || rules.maxLength < Number.POSITIVE_INFINITY;
  }

  read(value: Json, pass: Pass, lead: Lead): Json {
    if (typeof value !== "string") return misfit(value, this.type.nullable, pass, lead);
    const text = pass.text(value, lead);
    const rules = this.#rules;
    if (!rules.persistent && isTransient(text)) pass.transient = true;
    if (rules.exact && text !== value) pass.violated = true;
    if (this.#measured && !this.#fits(text)) pass.violated = true;
    if (this.#words !== undefined && !this.#words.has(text)) pass.violated = true;
    if (rules.pattern !== undefined && !rules.pattern(text)) pass.violated = true;
    return text;
  }

  #fits(text: string): boolean {
    const length = codePoints(text);
    return length >= this.#rules.minLength && length <= this.#rules.maxLength;
  }
}

function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) count--;
  return count;
}

/** What a number must be besides a number; infinite where unbounded. */
export interface NumberRules {
  readonly minimum: number;
  readonly maximum: number;
  readonly exclusiveMinimum: number;
  readonly exclusiveMaximum: number;
}

export class NumberNode implements ShapeNode {
  readonly type: ShapeType;
  readonly #rules: NumberRules;
  readonly #integer: boolean;
  readonly #numbers: ReadonlySet<Json> | undefined;

  constructor(
    kind: "integer" | "number",
    rules: NumberRules,
    numbers: readonly Json[] | undefined,
    nullable: boolean,
  ) {
    this.type = scalarType(kind, numbers, nullable);
    this.#rules = rules;
    this.#integer = kind === "integer";
    this.#numbers = numbers && new Set(numbers);
  }

  read(value: Json, pass: Pass, lead: Lead): Json {
    if (typeof value !== "number") return misfit(value, this.type.nullable, pass, lead);
    pass.bare(String(value), lead);
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = this.#rules;
    const bounded =
      value >= minimum && value <= maximum && value > exclusiveMinimum && value < exclusiveMaximum;
    if (!bounded) pass.violated = true;
    if (this.#integer && !Number.isSafeInteger(value)) pass.violated = true;
    if (this.#numbers !== undefined && !this.#numbers.has(value)) pass.violated = true;
    return value;
  }
}

export class BooleanNode implements ShapeNode {
  readonly type: ShapeType;
  readonly #only: readonly Json[] | undefined;

  constructor(only: readonly Json[] | undefined, nullable: boolean) {
    this.type = scalarType("boolean", only, nullable);
    this.#only = only;
  }

  read(value: Json, pass: Pass, lead: Lead): Json {
    if (typeof value !== "boolean") return misfit(value, this.type.nullable, pass, lead);
    pass.bare(String(value), lead);
    if (this.#only !== undefined && !this.#only.includes(value)) pass.violated = true;
    return value;
  }
}

export class NullNode implements ShapeNode {
  readonly type: ShapeType = { kind: "null", nullable: true };

  read(value: Json, pass: Pass, lead: Lead): Json {
    return misfit(value, true, pass, lead);
  }
}

function scalarType(
  kind: ScalarKind,
  only: readonly Json[] | undefined,
  nullable: boolean,
): Extract<ShapeType, { kind: ScalarKind }> {
  return only === undefined ? { kind, nullable } : { kind, nullable, enum: only };
}

export interface ArrayRules {
  readonly minItems: number;
  readonly maxItems: number;
  readonly unordered: boolean;
}

export class ArrayNode implements ShapeNode {
  readonly type: ShapeType;
  readonly #items: ShapeNode;
  readonly #rules: ArrayRules;

  constructor(items: ShapeNode, rules: ArrayRules, nullable: boolean) {
    this.type = { kind: "array", nullable, items: items.type };
    this.#items = items;
    this.#rules = rules;
  }

  read(value: Json, pass: Pass, lead: Lead): Json {
    if (!Array.isArray(value)) return misfit(value, this.type.nullable, pass, lead);
    const { minItems, maxItems, unordered } = this.#rules;
    if (value.length < minItems || value.length > maxItems) pass.violated = true;
    pass.lead(lead);
    return unordered ? this.#readUnordered(value, pass) : this.#readOrdered(value, pass);
  }

  #readOrdered(elements: readonly Json[], pass: Pass): Json {
    const values: Json[] = [];
    for (const element of elements) {
      values.push(this.#items.read(element, pass, values.length === 0 ? OPEN_ARRAY : COMMA));
    }
    pass.lead(values.length === 0 ? EMPTY_ARRAY : CLOSE_ARRAY);
    return values;
  }

  /** Step 3: each element is written by itself first, because its form is what it sorts by. */
  #readUnordered(elements: readonly Json[], pass: Pass): Json {
    const before = pass.take();
    const sorted = elements.map((element) => {
      const value = this.#items.read(element, pass, NOTHING);
      return { form: pass.take(), value };
    });
    sorted.sort((a, b) => (a.form < b.form ? -1 : a.form > b.form ? 1 : 0));
    pass.bare(`${before}[${sorted.map(({ form }) => form).join(",")}]`, NOTHING);
    return sorted.map((element) => element.value);
  }
}

export interface NodeProperty {
  readonly name: string;
  readonly node: ShapeNode;
  readonly mandatory: boolean;
}

/** What the null of an absent property takes in a form: name, colon, comma and all. */
function nullBytes({ name }: NodeProperty): number {
  return utf8Length(`${canonicalString(name)}:null,`);
}

/** Writes a declared property that is there; null stands for absence where that is allowed. */
function readProperty(property: NodeProperty, value: Json, pass: Pass, lead: Lead): Json {
  if (value !== null || property.mandatory) return property.node.read(value, pass, lead);
  pass.nothing(lead);
  return null;
}

/** Step 4: a declared property that is absent is null, and a fault if it is mandatory. */
function fills(property: NodeProperty, bytes: number, pass: Pass): boolean {
  if (property.mandatory) pass.missing = true;
  return pass.fills(bytes);
}

function objectType(
  properties: readonly NodeProperty[],
  additional: ShapeType | null,
  nullable: boolean,
): ShapeType {
  const typed: ShapeProperty[] = properties.map(({ name, node, mandatory }) => ({
    name,
    mandatory,
    type: mandatory ? node.type : { ...node.type, nullable: true },
  }));
  return { kind: "object", nullable, properties: typed, additional };
}

const ABSENT = -1;

/** An object that has its declared properties and no others. */
export class ClosedNode implements ShapeNode {
  readonly type: ShapeType;
  readonly #properties: readonly NodeProperty[];
  /** Shared by every normalized value, so that a property always has the same index. */
  readonly #names: readonly string[];
  /** What stands before each property's value: a brace or comma, the name, a colon. */
  readonly #leads: readonly Lead[];
  readonly #nullBytes: readonly number[];
  readonly #slots: ReadonlyMap<string, number>;
  /** Senders repeat themselves: the last order of names, and where each property stood in it. */
  #lastNames: readonly string[] = [];
  #lastPlaces: readonly number[];
  /** The received list of just these names; no longer than a pass, for it holds received text. */
  #received: readonly string[] | undefined;

  /** @param properties sorted by name */
  constructor(properties: readonly NodeProperty[], nullable: boolean) {
    this.type = objectType(properties, null, nullable);
    this.#properties = properties;
    this.#names = properties.map((property) => property.name);
    this.#leads = this.#names.map((name, i) => {
      return leadOf(`${i === 0 ? "{" : ","}${canonicalString(name)}:`);
    });
    this.#nullBytes = properties.map(nullBytes);
    this.#slots = new Map(this.#names.map((name, slot) => [name, slot]));
    this.#lastPlaces = properties.map(() => ABSENT);
  }

  read(value: Json, pass: Pass, lead: Lead): Json {
    if (!(value instanceof JsonObject)) return misfit(value, this.type.nullable, pass, lead);
    const places = this.#places(value.names, pass);
    const outer = pass.plain;
    pass.plain = value.plain;
    pass.lead(lead);
    const values: Json[] = [];
    this.#properties.forEach((property, slot) => {
      const before = this.#leads[slot] ?? NOTHING;
      const at = places[slot] ?? ABSENT;
      const member = at === ABSENT ? undefined : value.values[at];
      if (member !== undefined) {
        values.push(readProperty(property, member, pass, before));
      } else if (fills(property, this.#nullBytes[slot] ?? 0, pass)) {
        pass.nothing(before);
        values.push(null);
      }
    });
    pass.lead(values.length === 0 ? EMPTY_OBJECT : CLOSE_OBJECT);
    pass.plain = outer;
    return new JsonObject(this.#names, values);
  }

  forget(): void {
    this.#received = undefined;
  }

  /** For each property its index among the received names, or ABSENT. */
  #places(names: readonly string[], pass: Pass): readonly number[] {
    if (names === this.#received) return this.#lastPlaces;
    if (!sameNames(names, this.#lastNames)) {
      const slots = names.map((name) => this.#slots.get(name) ?? ABSENT);
      const places = this.#names.map((_, slot) => slots.indexOf(slot));
      if (slots.includes(ABSENT)) {
        pass.violated = true;
        return places;
      }
      this.#lastNames = slots.map((slot) => this.#names[slot] ?? "");
      this.#lastPlaces = places;
    }
    if (this.#received === undefined) pass.remembering.push(this);
    this.#received = names;
    return this.#lastPlaces;
  }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** An object that may have further members, all of one schema. */
export class OpenNode implements ShapeNode {
  readonly type: ShapeType;
  readonly #properties: readonly NodeProperty[];
  readonly #nullBytes: readonly number[];
  readonly #additional: ShapeNode;

  /** @param properties sorted by name */
  constructor(properties: readonly NodeProperty[], additional: ShapeNode, nullable: boolean) {
    this.type = objectType(properties, additional.type, nullable);
    this.#properties = properties;
    this.#nullBytes = properties.map(nullBytes);
    this.#additional = additional;
  }

  /** Merges two sorted lists: the declared properties, and the received members. */
  read(value: Json, pass: Pass, lead: Lead): Json {
    if (!(value instanceof JsonObject)) return misfit(value, this.type.nullable, pass, lead);
    const outer = pass.plain;
    pass.plain = value.plain;
    pass.lead(lead);
    const out = new Members(pass);
    let next = 0;
    for (const at of sortedOrder(value.names)) {
      const name = value.names[at] ?? "";
      const member = value.values[at] ?? null;
      next = this.#fillUpTo(name, next, out, pass);
      const property = this.#properties[next];
      out.begin(name);
      if (property?.name === name) {
        out.values.push(readProperty(property, member, pass, NOTHING));
        next++;
      } else {
        out.values.push(this.#additional.read(member, pass, NOTHING));
      }
    }
    this.#fillUpTo(undefined, next, out, pass);
    pass.plain = outer;
    return out.end();
  }

  /** Fills the declared properties that sort before `name`, or all that are left. */
  #fillUpTo(name: string | undefined, from: number, out: Members, pass: Pass): number {
    let next = from;
    let property = this.#properties[next];
    while (property !== undefined && (name === undefined || property.name < name)) {
      if (fills(property, this.#nullBytes[next] ?? 0, pass)) {
        out.begin(property.name);
        pass.nothing(NOTHING);
        out.values.push(null);
      }
      property = this.#properties[++next];
    }
    return next;
  }
}
