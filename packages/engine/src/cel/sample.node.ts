import { type Json, JsonObject } from "@writ/contract/json";
import type { ShapeType } from "@writ/contract/shape-type";
import { compileRule } from "./compile.ts";
import { EvaluationFailed } from "./evaluation.ts";

// Types and inputs for tests, written briefly.

export const text: ShapeType = { kind: "string", nullable: false };
export const integer: ShapeType = { kind: "integer", nullable: false };
export const number: ShapeType = { kind: "number", nullable: false };
export const boolean: ShapeType = { kind: "boolean", nullable: false };
export const any: ShapeType = { kind: "any", nullable: true };

export function orNull(type: ShapeType): ShapeType {
  return { ...type, nullable: true };
}

export function list(items: ShapeType): ShapeType {
  return { kind: "array", nullable: false, items };
}

export function oneOf(...values: readonly string[]): ShapeType {
  return { kind: "string", nullable: false, enum: values };
}

/** An object of these members, and of any others of type `additional`. */
export function object(
  members: Readonly<Record<string, ShapeType>>,
  additional: ShapeType | null = null,
): ShapeType {
  const properties = Object.entries(members)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, type]) => ({ name, type, mandatory: !type.nullable }));
  return { kind: "object", nullable: false, properties, additional };
}

/** A plain value as the engine holds it, names sorted. */
export function held(plain: unknown): Json {
  if (Array.isArray(plain)) return plain.map(held);
  if (typeof plain === "object" && plain !== null) return heldObject(plain);
  if (plain === null || typeof plain === "string" || typeof plain === "boolean") return plain;
  if (typeof plain === "number") return plain;
  throw new TypeError(`no JSON value: ${String(plain)}`);
}

export function heldObject(plain: object): JsonObject {
  const entries = Object.entries(plain).sort(([a], [b]) => (a < b ? -1 : 1));
  return new JsonObject(
    entries.map(([name]) => name),
    entries.map(([, value]) => held(value)),
  );
}

/** The answer of a rule; its failure's code; or the codes and offsets of what did not load. */
export function ask(source: string, type: ShapeType, input: object): boolean | string {
  const compiled = compileRule(source, type);
  if ("faults" in compiled) {
    return compiled.faults.map(({ code, offset }) => `${code} ${offset}`).join(", ");
  }
  try {
    return compiled.rule.evaluate(heldObject(input));
  } catch (error) {
    if (error instanceof EvaluationFailed) return error.code;
    throw error;
  }
}
