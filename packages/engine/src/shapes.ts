import { type Json, JsonObject } from "@writ/contract/json";
import { compileShape, HOST, type Shape } from "@writ/contract/shape";
import type { ShapeType } from "@writ/contract/shape-type";
import { compilePattern } from "./cel/pattern.ts";
import { isList } from "./cel/values.ts";
import type { FaultList } from "./fault.ts";
import { declaredValidators } from "./host.ts";
import { follow, type Located } from "./located.ts";
import type { CategoryText } from "./read-categories.ts";

/** A shape refers to the bundle's definitions alone, so that each stands in one place. */
const NO_DEFS: Json = new JsonObject([], []);

/** What a category's inputs look like. */
export interface CategoryShapes {
  readonly whole: Shape;
  /** Without what enforcement adds, for validators to judge; null where none is declared. */
  readonly received: Shape | null;
}

/** The categories whose shapes compile, and what the other shapes would describe if they did. */
export interface Shapes {
  readonly sound: ReadonlyMap<string, CategoryShapes>;
  readonly faulty: ReadonlyMap<string, ShapeType>;
}

export function compileShapes(
  categories: ReadonlyMap<string, CategoryText>,
  defs: Located | undefined,
  faults: FaultList,
): Shapes {
  const sound = new Map<string, CategoryShapes>();
  const faulty = new Map<string, ShapeType>();
  const seen = new Set<string>();
  for (const { name, input } of categories.values()) {
    if (input === undefined) continue;
    const compiled = compileShape(input.json, defs?.json ?? NO_DEFS, searchOf);
    if ("shape" in compiled) {
      const isAsked = declaredValidators(compiled.shape.type).length > 0;
      const received = isAsked ? receivedShape(input.json, defs?.json ?? NO_DEFS) : null;
      sound.set(name, { whole: compiled.shape, received });
      continue;
    }
    faulty.set(name, compiled.type);
    for (const { pointer, message } of compiled.faults) {
      const at = placeOf(pointer, input, defs);
      const key = `${at.start} ${message} ${at.source.path}`;
      // Every shape is checked with all definitions: one at fault is reported once.
      if (seen.has(key)) continue;
      seen.add(key);
      faults.add(at.source, at.start, "SHAPE", message);
    }
  }
  return { sound, faulty };
}

/** The whole shape has compiled, so that this one does. */
function receivedShape(schema: Json, defs: Json): Shape {
  const compiled = compileShape(withoutHost(schema, defs), defs, searchOf);
  if ("shape" in compiled) return compiled.shape;
  throw new Error("a shape must compile without host if it does with it");
}

function withoutHost(schema: Json, defs: Json): Json {
  if (!(schema instanceof JsonObject)) return schema;
  const reference = schema.get("$ref");
  if (typeof reference === "string" && defs instanceof JsonObject) {
    const definition = defs.get(reference.slice("#/$defs/".length));
    return definition === undefined ? schema : withoutHost(definition, defs);
  }
  const values = schema.names.map((name, at) => {
    const value = schema.values[at] ?? null;
    if (name === "required" && isList(value)) return value.filter((each) => each !== HOST);
    return name === "properties" && value instanceof JsonObject ? without(value, HOST) : value;
  });
  return new JsonObject(schema.names, values);
}

function without({ names, values }: JsonObject, name: string): JsonObject {
  const kept = names.flatMap((each, at) => (each === name ? [] : [at]));
  return new JsonObject(
    kept.map((at) => names[at] ?? ""),
    kept.map((at) => values[at] ?? null),
  );
}

function placeOf(pointer: string, input: Located, defs: Located | undefined): Located {
  const inDefs = /^\/\$defs(?=\/|$)/.exec(pointer);
  return inDefs === null || defs === undefined
    ? follow(input, pointer)
    : follow(defs, pointer.slice(inDefs[0].length));
}

/** The same linear-time patterns as in rules. Throws where the text is none, as shapes ask. */
export function searchOf(source: string): (text: string) => boolean {
  const pattern = compilePattern(source);
  if ("fault" in pattern) throw new SyntaxError(pattern.fault);
  return (text) => pattern.test(text);
}
