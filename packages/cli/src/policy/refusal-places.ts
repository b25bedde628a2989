import { canonicalJson } from "@writ/contract/jcs";
import { type Json, JsonObject } from "@writ/contract/json";
import { compileShape, type ShapeRefusal } from "@writ/contract/shape";
import { searchOf } from "@writ/engine/shapes";

/** One place of an input that its category's shape refuses. */
export interface Refused {
  /** RFC 6901, into the input; empty for the input itself. */
  readonly pointer: string;
  readonly refusal: ShapeRefusal;
  readonly why: string;
}

const PRECEDENCE: readonly ShapeRefusal[] = [
  ...(["MISSING_MANDATORY_INPUT", "INPUT_SHAPE_VIOLATION", "TRANSIENT_FIELD"] as const),
];

/**
 * Every place at which a shape refuses an input, those of the refusal that decides first. What a
 * single value must be is asked of the shape's own code; only the way there is walked here.
 *
 * @param schema the schema of a category that has loaded
 * @param input with the member `host` as the shape sees it, if it sees one
 */
export function refusedPlaces(schema: Json, defs: Json, input: Json): readonly Refused[] {
  return byPrecedence(new Walk(defs).at(schema, input, ""));
}

/** The refusal that decides first; among equals the order stays. */
export function byPrecedence(places: readonly Refused[]): readonly Refused[] {
  const rank = ({ refusal }: Refused): number => PRECEDENCE.indexOf(refusal);
  return places.toSorted((a, b) => rank(a) - rank(b));
}

const NO_MEMBERS = new JsonObject([], []);

class Walk {
  readonly #defs: Json;

  constructor(defs: Json) {
    this.#defs = defs;
  }

  at(schema: Json, value: Json, pointer: string): readonly Refused[] {
    const plain = this.#resolved(schema);
    if (!(plain instanceof JsonObject)) return this.#anything(value, pointer);
    const isObject = plain.get("properties") !== undefined || names(plain, "object");
    if (isObject && value instanceof JsonObject) return this.#members(plain, value, pointer);
    if (names(plain, "array") && Array.isArray(value)) return this.#items(plain, value, pointer);
    const refusal = this.#trial(plain, value);
    return refusal === null ? [] : [{ pointer, refusal, why: whyNot(plain, value, refusal) }];
  }

  /** A schema that is only a reference stands for what it refers to. */
  #resolved(schema: Json): Json {
    if (!(schema instanceof JsonObject)) return schema;
    const reference = schema.get("$ref");
    if (typeof reference !== "string" || !(this.#defs instanceof JsonObject)) return schema;
    const name = reference.slice("#/$defs/".length).replaceAll("~1", "/").replaceAll("~0", "~");
    return this.#resolved(this.#defs.get(name) ?? true);
  }

  #members(schema: JsonObject, value: JsonObject, pointer: string): readonly Refused[] {
    const declared = schema.get("properties");
    const properties = declared instanceof JsonObject ? declared : NO_MEMBERS;
    const required = new Set(listOf(schema.get("required")));
    const absent = [...required].filter((name) => value.get(String(name)) === undefined);
    const additional = schema.get("additionalProperties") ?? false;
    return [
      ...absent.map((name): Refused => {
        const why = "must be there, and is absent";
        return { pointer: below(pointer, String(name)), refusal: "MISSING_MANDATORY_INPUT", why };
      }),
      ...value.names.flatMap((name, index) => {
        const member = value.values[index] ?? null;
        const own = properties.get(name);
        const place = below(pointer, name);
        if (own === undefined) return this.#undeclared(additional, member, place);
        return member === null && !required.has(name) ? [] : this.at(own, member, place);
      }),
    ];
  }

  #undeclared(additional: Json, value: Json, pointer: string): readonly Refused[] {
    if (additional !== false) return this.at(additional, value, pointer);
    const why = "is no member that the shape declares";
    return [{ pointer, refusal: "INPUT_SHAPE_VIOLATION", why }];
  }

  #items(schema: JsonObject, value: readonly Json[], pointer: string): readonly Refused[] {
    const least = schema.get("minItems") ?? 0;
    const most = schema.get("maxItems") ?? Number.POSITIVE_INFINITY;
    const items = schema.get("items") ?? true;
    const why = `has ${value.length} elements: the shape admits ${String(least)} to ${String(most)}`;
    const fits = value.length >= Number(least) && value.length <= Number(most);
    return [
      ...(fits ? [] : [{ pointer, refusal: "INPUT_SHAPE_VIOLATION", why } as const]),
      ...value.flatMap((item, index) => this.at(items, item, below(pointer, String(index)))),
    ];
  }

  /** A value that no schema describes may still hold a moment. */
  #anything(value: Json, pointer: string): readonly Refused[] {
    if (value instanceof JsonObject) {
      return value.names.flatMap((name, index) =>
        this.#anything(value.values[index] ?? null, below(pointer, name)),
      );
    }
    if (Array.isArray(value)) {
      return value.flatMap((item: Json, index) =>
        this.#anything(item, below(pointer, String(index))),
      );
    }
    const refusal = this.#trial(true, value);
    return refusal === null ? [] : [{ pointer, refusal, why: MOMENT }];
  }

  /** What the shape itself says to a value alone. */
  #trial(schema: Json, value: Json): ShapeRefusal | null {
    const alone = new JsonObject(
      ["type", "additionalProperties", "required", "properties"],
      ["object", false, ["value"], new JsonObject(["value"], [schema])],
    );
    const compiled = compileShape(alone, this.#defs, searchOf);
    if ("faults" in compiled) return null;
    const normalized = compiled.shape.normalize(new JsonObject(["value"], [value]));
    return normalized.ok ? null : normalized.refusal;
  }
}

const MOMENT = "is a moment or a request's identifier: only a string marked persistent may be one";
const SAID: ReadonlySet<string> = new Set([
  "title",
  "description",
  "$comment",
  "properties",
  "items",
]);

function whyNot(schema: JsonObject, value: Json, refusal: ShapeRefusal): string {
  if (refusal === "TRANSIENT_FIELD") return MOMENT;
  const kept = schema.names.flatMap((name, index) => (SAID.has(name) ? [] : [index]));
  const said = new JsonObject(
    kept.map((index) => schema.names[index] ?? ""),
    kept.map((index) => schema.values[index] ?? null),
  );
  return `is ${brief(value)}: the shape asks for ${canonicalJson(said)}`;
}

/** At most so many characters of a value are shown. */
const BRIEF = 80;

function brief(value: Json): string {
  const text = canonicalJson(value);
  return text.length > BRIEF ? `${text.slice(0, BRIEF).toWellFormed()}…` : text;
}

function names(schema: JsonObject, type: string): boolean {
  return listOf(schema.get("type")).includes(type);
}

function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as Json];
}

function below(pointer: string, token: string): string {
  return `${pointer}/${token.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
