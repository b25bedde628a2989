import { jsonFrom } from "@writ/contract/jcs";
import { genericForm } from "@writ/contract/normal-form";
import { looksExact } from "./looks-exact.ts";
import { refusal } from "./refusal.ts";
import { flattened, isSchema, kindOf, resolvePointer, type Schema, typeOf } from "./schema-form.ts";
import { anything, plainShape, type ShapeText } from "./shape-text.ts";

/** What shapes say nothing about: annotations, and what stands for itself elsewhere. */
const SILENT: ReadonlySet<string> = new Set([
  "$schema",
  "$id",
  "$anchor",
  "$comment",
  "$defs",
  "definitions",
  "$ref",
  "title",
  "description",
  "default",
  "examples",
  "example",
  "deprecated",
  "readOnly",
  "writeOnly",
  "format",
  "type",
]);

/** The keywords that are translated, by type. */
const SPOKEN: Readonly<Record<string, readonly string[]>> = {
  object: ["properties", "required", "additionalProperties"],
  array: ["items", "minItems", "maxItems"],
  string: ["enum", "const", "minLength", "maxLength", "pattern"],
  integer: ["enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  number: ["enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  boolean: ["enum", "const"],
  null: [],
};

/** Nesting and size beyond what a person would judge; the rest is let in as any value. */
const MAX_DEPTH = 16;
const MAX_NODES = 2_000;

interface At {
  /** Of the member, or of the list that it stands in: what the value likely is. */
  readonly name: string;
  readonly depth: number;
  /** References on the way here. */
  readonly within: readonly unknown[];
}

/**
 * A tool's JSON Schema as a shape: exactly, where shapes can say it; else closed and narrow, or any
 * value, always with a note. What it makes loads.
 */
export function translateSchema(schema: unknown): ShapeText {
  const root = isSchema(schema) ? schema : {};
  const translation = new Translation(root);
  const shape = translation.of({ type: "object", ...root }, { name: "", depth: 0, within: [] });
  return shape.type === "object"
    ? shape
    : emptyObject(...shape.notes, "not an object: no argument is let in");
}

function emptyObject(...notes: readonly string[]): ShapeText {
  return { notes, type: "object", keywords: [], additional: false, properties: [] };
}

class Translation {
  readonly #root: Schema;
  #nodes = 0;

  constructor(root: Schema) {
    this.#root = root;
  }

  of(schema: unknown, at: At): ShapeText {
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES || at.depth > MAX_DEPTH)
      return anything("too large or deep: any value");
    if (!isSchema(schema)) return anything("the server does not say what stands here: any value");
    if (schema.$ref !== undefined) return this.#reference(schema, at);
    const flat = flattened(schema);
    if (flat === null)
      return anything("takes one of several forms: any value; state the one that you allow");
    if (flat.schema.$ref !== undefined) return this.#reference(flat.schema, at);
    const typed = typeOf(flat.schema);
    if (typed === null || SPOKEN[typed.type] === undefined) {
      return anything("of no single type: any value; state the one that you allow");
    }
    const { type } = typed;
    const nullable = (flat.nullable || typed.nullable) && type !== "null";
    const shape = this.#typed(type, flat.schema, at);
    const notes = [...shape.notes, ...unspoken(flat.schema, type)];
    return {
      ...shape,
      notes,
      type: nullable ? [type, "null"] : type,
      keywords: withNull(shape, nullable),
    };
  }

  #reference(schema: Schema, at: At): ShapeText {
    const target = resolvePointer(this.#root, schema.$ref);
    if (target === undefined) return anything("refers to what is not there: any value");
    if (at.within.includes(target)) return anything("contains itself: any value from here on");
    const { $ref, ...beside } = schema;
    const whole = isSchema(target) ? { ...target, ...beside } : target;
    return this.of(whole, { ...at, depth: at.depth + 1, within: [...at.within, target] });
  }

  #typed(type: string, schema: Schema, at: At): ShapeText {
    if (type === "object") return this.#object(schema, at);
    if (type === "array") return this.#array(schema, at);
    return scalar(type, schema, at.name);
  }

  #object(schema: Schema, at: At): ShapeText {
    const required = namesOf(schema.required);
    const demanded = required.map((name) => [name, undefined] as const);
    const declared = { ...Object.fromEntries(demanded), ...propertiesOf(schema) };
    const notes: string[] = [];
    const properties: (readonly [string, ShapeText])[] = [];
    for (const [name, member] of Object.entries(declared)) {
      const refused = member === false ? "the server forbids it" : refusal(name, true);
      if (refused === null)
        properties.push([name, this.of(member, { ...at, name, depth: at.depth + 1 })]);
      else notes.push(`left out ${name}, so a call that has it is refused: ${refused}`);
    }
    const there = properties.map(([name]) => name).filter((name) => required.includes(name));
    const additional = this.#additional(schema, properties.length, at, notes);
    return {
      notes,
      type: "object",
      keywords: there.length === 0 ? [] : [["required", there]],
      additional,
      properties,
    };
  }

  /** What nobody declared is let in only where nothing is declared: nothing else would be left. */
  #additional(schema: Schema, declared: number, at: At, notes: string[]): ShapeText | boolean {
    const { additionalProperties } = schema;
    if (additionalProperties === false) return false;
    if (isSchema(additionalProperties) && Object.keys(additionalProperties).length > 0) {
      return this.of(additionalProperties, { ...at, depth: at.depth + 1 });
    }
    if (declared > 0 || (at.depth === 0 && additionalProperties === undefined)) {
      if (additionalProperties !== undefined)
        notes.push("the server takes further members: refused here");
      return false;
    }
    notes.push("the server does not say what it holds: any members");
    return true;
  }

  #array(schema: Schema, at: At): ShapeText {
    const bounds = counts(schema, ["minItems", "maxItems"]);
    const fits = refusal("x", { type: "array", ...Object.fromEntries(bounds) });
    const items = Array.isArray(schema.items)
      ? anything("a list of fixed places: any value in each")
      : this.of(schema.items, { ...at, depth: at.depth + 1 });
    const notes = fits === null ? [] : [`bounds left out: ${fits}`];
    return { notes, type: "array", keywords: fits === null ? bounds : [], items };
  }
}

function namesOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function propertiesOf({ properties }: Schema): Schema {
  return isSchema(properties) ? properties : {};
}

function counts(schema: Schema, names: readonly string[]): readonly (readonly [string, unknown])[] {
  return names.flatMap((name) =>
    typeof schema[name] === "number" ? [[name, schema[name]] as const] : [],
  );
}

function scalar(type: string, schema: Schema, name: string): ShapeText {
  const notes: string[] = [];
  const literals = literalsOf(type, schema, notes);
  const bounds = counts(schema, SPOKEN[type]?.filter((each) => each !== "pattern") ?? []);
  const offered: readonly (readonly [string, unknown])[] = [
    ...(literals === null ? [] : [literals]),
    ...(literals === null ? bounds.filter(([each]) => each !== "const") : []),
    ...(type === "string" && literals === null && schema.pattern !== undefined
      ? [["pattern", schema.pattern] as const]
      : []),
  ];
  const keywords = offered.filter(([keyword, value], index) => {
    const before = Object.fromEntries(offered.slice(0, index));
    const refused = refusal("x", { type, ...before, [keyword]: value });
    if (refused !== null) notes.push(`${keyword} left out: ${refused}`);
    return refused === null;
  });
  if (type !== "string" || literals !== null) return { notes, type, keywords };
  return {
    notes: [...notes, ...aboutFormat(schema.format)],
    type,
    keywords: [...keywords, ...marks(name, schema)],
  };
}

function marks(name: string, { format }: Schema): readonly (readonly [string, unknown])[] {
  const exact = looksExact(name, format) ? [["exact", true] as const] : [];
  // An argument that is a UUID names what the tool acts on: a request's own would not be asked for.
  return format === "uuid" ? [...exact, ["persistent", true] as const] : exact;
}

function aboutFormat(format: unknown): readonly string[] {
  if (format !== "date-time") return [];
  return ["a moment is refused; add persistent: true if it names what the tool acts on"];
}

/** `enum` or `const`, in normal form; null if there is neither. */
function literalsOf(
  type: string,
  schema: Schema,
  notes: string[],
): readonly [string, unknown] | null {
  const constant = "const" in schema;
  const listed = constant ? [schema.const] : schema.enum;
  if (!Array.isArray(listed)) return null;
  const fitting = listed.filter((each) => {
    const kind = kindOf(each);
    return kind === type || (kind === "integer" && type === "number");
  });
  const normal = [...new Set(fitting.map(normalOf))];
  if (fitting.some((each, at) => each !== normal[at])) {
    notes.push("listed in normal form: policy judges text trimmed and in lower case");
  }
  if (normal.length === 0) return null;
  return constant ? ["const", normal[0]] : ["enum", normal];
}

function normalOf(value: unknown): unknown {
  if (typeof value !== "string" || !value.isWellFormed()) return value;
  return JSON.parse(genericForm(jsonFrom(value)));
}

/** A shape's literals list null if it is admitted, and only then. */
function withNull({ keywords }: ShapeText, nullable: boolean): ShapeText["keywords"] {
  if (!nullable) return keywords;
  return keywords.map(([name, value]) => {
    if (name === "const") return ["enum", [value, null]] as const;
    return [name, name === "enum" && Array.isArray(value) ? [...value, null] : value] as const;
  });
}

function unspoken(schema: Schema, type: string): readonly string[] {
  const spoken = SPOKEN[type] ?? [];
  const names = Object.keys(schema).filter((name) => !SILENT.has(name) && !spoken.includes(name));
  return names.length === 0
    ? []
    : [`left out, as shapes have no such keyword here: ${names.join(", ")}`];
}

/** Whether the loader takes a shape; what is translated always passes. */
export function whyRefused(shape: ShapeText): string | null {
  return refusal("arguments", plainShape(shape));
}
