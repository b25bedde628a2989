import type { Json } from "./json.ts";

/**
 * What values of a shape look like in their normal form, for whoever compiles a policy against
 * it. In a normalized value, `values[i]` of a closed object belongs to `properties[i]`; an open
 * object has every declared property too, but is looked up by name.
 */
export type ShapeType = { readonly nullable: boolean } & (
  | {
      readonly kind: "object";
      /** Sorted by name, in UTF-16 order. */
      readonly properties: readonly ShapeProperty[];
      /** Null: closed. */
      readonly additional: ShapeType | null;
    }
  | { readonly kind: "array"; readonly items: ShapeType }
  | {
      readonly kind: "string" | "integer" | "number" | "boolean" | "null";
      /** The only values besides null, each its own normal form; `const` is an `enum` of one. */
      readonly enum?: readonly Json[];
      /** Of a string alone: it may be a UUID or a date-time. */
      readonly persistent?: true;
    }
  | { readonly kind: "any" }
);

export interface ShapeProperty {
  readonly name: string;
  /** Nullable if the property is optional, whatever its schema says. */
  readonly type: ShapeType;
  readonly mandatory: boolean;
}

export type ShapeKind = ShapeType["kind"];

/** The type of a scalar. */
export type ScalarKind = "string" | "integer" | "number" | "boolean" | "null";
