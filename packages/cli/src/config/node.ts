import type { Address } from "../deployment.ts";
import type { Kind } from "./kinds.ts";

/** Whether somebody must say it, something holds where nobody does, or nothing. */
export type Need = "required" | "standard" | "optional";

/** One value. In the file, in a variable and as a flag it bears the same name. */
export interface Scalar<T, N extends Need = Need> {
  readonly node: "scalar";
  readonly kind: Kind<T>;
  readonly need: N;
  /** What holds where nobody says anything. */
  readonly fallback: T | null;
  /** The fallback as it would be written, or what happens without one. */
  readonly otherwise: string;
  /** What it is for, plain. */
  readonly text: string;
  readonly example: string;
}

/** Keys under one word. */
export interface Group<K extends Nodes> {
  readonly node: "group";
  readonly text: string;
  readonly keys: K;
}

/** Any number of groups, each under a name of the operator's own. */
export interface Named<K extends Nodes> {
  readonly node: "named";
  readonly text: string;
  readonly names: Kind<string>;
  readonly example: string;
  readonly keys: K;
}

/** One value under each of any number of names. */
export interface Pairs<T> {
  readonly node: "pairs";
  readonly text: string;
  readonly names: Kind<string>;
  readonly kind: Kind<T>;
  readonly example: string;
}

export interface List<T> {
  readonly node: "list";
  readonly text: string;
  readonly kind: Kind<T>;
  readonly example: string;
}

export type Node = Scalar<unknown> | Group<Nodes> | Named<Nodes> | Pairs<unknown> | List<unknown>;

export interface Nodes {
  readonly [key: string]: Node;
}

/** The table whose reading gives an S: one node for each member. */
export type TableOf<S> = { readonly [P in keyof S]: NodeOf<S[P]> };

/** Tuples keep a union one type: a value of one of three words is one value. */
type NodeOf<T> = [T] extends [ReadonlyMap<string, infer V>]
  ? V extends string
    ? Pairs<V>
    : Named<TableOf<V> & Nodes>
  : [T] extends [readonly (infer V)[]]
    ? List<V>
    : [T] extends [Single | null]
      ? [null] extends [T]
        ? Scalar<NonNullable<T>, "optional">
        : Scalar<T, "required" | "standard">
      : Group<TableOf<T> & Nodes>;

/** What is one value, though some of it may be an object. */
type Single = string | number | Address;

type Described = Pick<Scalar<unknown>, "text" | "example">;

/** Nothing holds unless somebody says so; `otherwise` says what happens then. */
export function optional<T>(
  kind: Kind<T>,
  otherwise: string,
  about: Described,
): Scalar<T, "optional"> {
  return { node: "scalar", kind, need: "optional", fallback: null, otherwise, ...about };
}

export function required<T>(kind: Kind<T>, about: Described): Scalar<T, "required"> {
  const otherwise = "must be given";
  return { node: "scalar", kind, need: "required", fallback: null, otherwise, ...about };
}

/** `fallback` is written as it would be in the file. */
export function standard<T>(
  kind: Kind<T>,
  fallback: string,
  about: Described,
): Scalar<T, "standard"> {
  const value = kind.ofText(fallback, "/");
  if (value === undefined) throw new TypeError(`${fallback} is not ${kind.form}`);
  return { node: "scalar", kind, need: "standard", fallback: value, otherwise: fallback, ...about };
}
