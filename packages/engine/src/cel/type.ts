import type { Json } from "@writ/contract/json";
import type { ScalarKind, ShapeType } from "@writ/contract/shape-type";
import type { CelFaultCode } from "./fault.ts";

/** An expression's type is a shape's: what a policy sees of the input is exactly what the shape says. */
export type Type = ShapeType;
export type Kind = Type["kind"];
export type ObjectType = Extract<Type, { kind: "object" }>;
export type ScalarType = Extract<Type, { kind: ScalarKind }>;

export const BOOLEAN: Type = { kind: "boolean", nullable: false };
export const INTEGER: Type = { kind: "integer", nullable: false };
export const NUMBER: Type = { kind: "number", nullable: false };
/** Of what is computed or written down: unlike most of the input it may be a UUID or a date-time. */
export const STRING: Type = { kind: "string", nullable: false, persistent: true };
export const NULL: Type = { kind: "null", nullable: true };
export const ANY: Type = { kind: "any", nullable: true };
/** The type of what is already reported: nothing further is said about it. */
export const BROKEN: Type = { kind: "any", nullable: true };

/** The type of each literal. */
export const TAGS: Readonly<Record<ScalarKind, Type>> = {
  null: NULL,
  boolean: BOOLEAN,
  integer: INTEGER,
  number: NUMBER,
  string: STRING,
};

export function arrayOf(items: Type): Type {
  return { kind: "array", nullable: false, items };
}

export function mapOf(additional: Type): Type {
  return { kind: "object", nullable: false, properties: [], additional };
}

export function orNull(type: Type): Type {
  return type.nullable ? type : { ...type, nullable: true };
}

export function isScalar(type: Type): type is ScalarType {
  return type.kind !== "any" && type.kind !== "object" && type.kind !== "array";
}

const ARTICLES: Readonly<Record<Kind, string>> = {
  object: "an object",
  array: "an array",
  string: "a string",
  integer: "an integer",
  number: "a number",
  boolean: "a boolean",
  null: "null",
  any: "anything",
};

export function nameOf(type: Type): string {
  return ARTICLES[type.kind];
}

/** Why two types cannot be compared, or null if they can. */
export interface Conflict {
  readonly code: CelFaultCode;
  readonly message: string;
}

export const MIXED_NUMBERS: Conflict = {
  code: "MIXED_NUMBERS",
  message:
    "an integer and a number do not mix: write double(…) around the integer, or 100.0 for 100",
};

function isNumeric(type: Type): boolean {
  return type.kind === "integer" || type.kind === "number";
}

/** Whether values of the two types may be held against each other by `==`, `!=` or `in`. */
export function conflictOf(a: Type, b: Type): Conflict | null {
  if (a.kind === "any" || b.kind === "any") return null;
  if (a.kind === "array" && b.kind === "array") return conflictOf(a.items, b.items);
  if (a.kind === b.kind) return null;
  if (a.kind === "null" || b.kind === "null") {
    const other = a.kind === "null" ? b : a;
    if (other.nullable) return null;
    const message = `remove this comparison: ${nameOf(other)} stands here, never null`;
    return { code: "NEVER_NULL", message };
  }
  if (isNumeric(a) && isNumeric(b)) return MIXED_NUMBERS;
  return {
    code: "WRONG_TYPE",
    message: `compare like with like: ${nameOf(a)} is never ${nameOf(b)}`,
  };
}

/** Scalars that a type is confined to, or null where it is not. */
export function valuesOf(type: Type): readonly Json[] | null {
  return isScalar(type) ? (type.enum ?? null) : null;
}

function joinScalars(a: ScalarType, b: ScalarType): Type {
  const { kind } = a;
  const nullable = a.nullable || b.nullable;
  const isPersistent = a.persistent === true || b.persistent === true;
  const type = isPersistent ? { kind, nullable, persistent: true as const } : { kind, nullable };
  if (a.enum === undefined || b.enum === undefined) return type;
  return { ...type, enum: [...a.enum, ...b.enum] };
}

/** The type that holds the values of both, `ANY` for kinds that have none, null for mixed numbers. */
export function join(a: Type, b: Type): Type | null {
  if (a === b) return a;
  const nullable = a.nullable || b.nullable;
  if (a.kind === "null") return orNull(b);
  if (b.kind === "null") return orNull(a);
  if (isNumeric(a) && isNumeric(b) && a.kind !== b.kind) return null;
  if (a.kind === "array" && b.kind === "array") {
    const items = join(a.items, b.items);
    return items === null ? null : { kind: "array", nullable, items };
  }
  return a.kind === b.kind && isScalar(a) && isScalar(b) ? joinScalars(a, b) : ANY;
}
