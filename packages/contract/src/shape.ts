import { bracketForm } from "./identity.ts";
import { type Json, JsonObject } from "./json.ts";
import { genericForm, NOTHING, Pass } from "./normal-form.ts";
import type { Refusal } from "./reason.ts";
import type { ShapeNode } from "./shape-node.ts";
import { type CompilePattern, type FaultySchema, readSchema } from "./shape-schema.ts";
import type { ShapeType } from "./shape-type.ts";

export type { CompilePattern, FaultySchema, ShapeFault } from "./shape-schema.ts";

/**
 * An input in its normal form, or why it has none. `form` is the text that its trace_id is made
 * of (contract §1.2): of a refused one, steps 1 and 2 of what was judged, in brackets.
 */
export type Normalized =
  | { readonly ok: true; readonly form: string; readonly value: JsonObject }
  | { readonly ok: false; readonly refusal: ShapeRefusal; readonly form: string };

/** Where several hold, anywhere in the input, the first of them is the refusal. */
export type ShapeRefusal = Extract<
  Refusal,
  "MISSING_MANDATORY_INPUT" | "INPUT_SHAPE_VIOLATION" | "TRANSIENT_FIELD"
>;

/** The member that only enforcement writes. */
export const HOST = "host";

/** With it, an input is as deep as any may be. */
const MAX_HOST_DEPTH = 63;

/** A category's input shape, compiled. */
export class Shape {
  readonly type: ShapeType;
  readonly #root: ShapeNode;
  /** What the shape declares of `host`; undefined if nothing. */
  readonly #host: ShapeType | undefined;

  constructor(root: ShapeNode) {
    this.type = root.type;
    this.#root = root;
    this.#host = propertyType(root.type, HOST);
  }

  /**
   * Contract §1.4 on an input. Pure: equal arguments give equal results, and nothing is changed.
   *
   * @param host what enforcement itself knows (caller, validators, facts). What the shape
   *   declares of it is judged as the input's member `host`; the rest is left out. An input that
   *   already has a member `host` is refused.
   * @throws RangeError if host is to be used and is more than 63 deep: enforcement wrote what no
   *   input may be
   */
  normalize(input: JsonObject, host?: JsonObject): Normalized {
    const forged = input.names.includes(HOST);
    const judged = forged ? input : this.#withHost(input, host);
    const pass = new Pass();
    pass.violated = forged;
    const value = this.#read(judged, pass);
    const refusal = refusalOf(pass);
    if (refusal === undefined && value instanceof JsonObject) {
      return { ok: true, form: pass.take(), value };
    }
    return {
      ok: false,
      refusal: refusal ?? "INPUT_SHAPE_VIOLATION",
      form: bracketForm(genericForm(judged)),
    };
  }

  #read(judged: JsonObject, pass: Pass): Json {
    try {
      return this.#root.read(judged, pass, NOTHING);
    } finally {
      for (const node of pass.remembering) node.forget();
    }
  }

  #withHost(input: JsonObject, host: JsonObject | undefined): JsonObject {
    if (host === undefined || this.#host === undefined) return input;
    if (isDeeper(host, MAX_HOST_DEPTH)) {
      throw new RangeError(`give a host at most ${MAX_HOST_DEPTH} deep`);
    }
    const declared = restrict(host, this.#host);
    return new JsonObject([...input.names, HOST], [...input.values, declared]);
  }
}

/**
 * Compiles the documented subset of JSON Schema 2020-12 (SPEC: shapes). All faults are reported
 * at once.
 *
 * @param schema the shape of an input: an object schema
 * @param defs what `#/$defs/<name>` refers to; if absent, the schema's own `$defs`
 * @param compilePattern makes a linear-time search of a regular expression, and throws if the
 *   expression is not one
 */
export function compileShape(
  schema: Json,
  defs: Json | undefined,
  compilePattern?: CompilePattern,
): { readonly shape: Shape } | FaultySchema {
  const result = readSchema(schema, defs, compilePattern);
  return "faults" in result ? result : { shape: new Shape(result.root) };
}

function refusalOf(pass: Pass): ShapeRefusal | undefined {
  if (pass.missing) return "MISSING_MANDATORY_INPUT";
  if (pass.violated) return "INPUT_SHAPE_VIOLATION";
  return pass.transient ? "TRANSIENT_FIELD" : undefined;
}

function isDeeper(value: Json, depth: number): boolean {
  if (value === null || typeof value !== "object") return false;
  const inside: readonly Json[] = value instanceof JsonObject ? value.values : value;
  return depth === 0 || inside.some((each) => isDeeper(each, depth - 1));
}

/** The parts of a value that a type has a place for. */
function restrict(value: Json, type: ShapeType): Json {
  if (Array.isArray(value) && type.kind === "array") {
    return value.map((element: Json) => restrict(element, type.items));
  }
  if (!(value instanceof JsonObject) || type.kind !== "object") return value;
  const names: string[] = [];
  const values: Json[] = [];
  value.names.forEach((name, at) => {
    const member = propertyType(type, name) ?? type.additional;
    if (member === null) return;
    names.push(name);
    values.push(restrict(value.values[at] ?? null, member));
  });
  return new JsonObject(names, values);
}

function propertyType(type: ShapeType, name: string): ShapeType | undefined {
  if (type.kind !== "object") return undefined;
  return type.properties.find((property) => property.name === name)?.type;
}
