/** How the cases are written down by hand, with the fate that the author read out of SPEC.md. */
import type { Refusal } from "@writ/contract/reason";
import type { Plain, PlainObject } from "../case.ts";

/** Text stands for its UTF-8 bytes. */
export type Bytes = string | Uint8Array;

export type Received =
  | Bytes
  | {
      readonly prefix: Bytes;
      readonly unit: Bytes;
      readonly times: number;
      readonly suffix: Bytes;
    };

/** A normal form; or a refusal and, where the author gives it, its form or the bytes it names. */
export type Fate =
  | string
  | { readonly refusal: Refusal; readonly form?: string; readonly bytes?: Bytes };

export interface Source {
  readonly name: string;
  /** The rule and the section of SPEC.md that states it. */
  readonly why: string;
  readonly received: Received;
  readonly how: "envelope" | "bare";
  /** Of a bare input: the category given apart. Of an envelope: the one that is to come out. */
  readonly category: string;
  readonly fate: Fate;
  readonly shapes: PlainObject;
  readonly defs?: PlainObject;
  readonly host?: PlainObject;
  readonly digest?: string;
}

/** A group of cases, and the file that it becomes. */
export interface Group {
  readonly file: string;
  readonly about: string;
  readonly cases: readonly Source[];
}

/** Any object at all. */
export const OPEN: PlainObject = { type: "object", additionalProperties: true };

export const CATEGORY = "note";

export type More = Partial<Pick<Source, "shapes" | "defs" | "host" | "digest" | "category">>;

const PLAIN = { category: CATEGORY, shapes: { [CATEGORY]: OPEN } };

/** An input received by itself, of the category `note`, which admits any object. */
export function bare(
  name: string,
  why: string,
  received: Received,
  fate: Fate,
  more?: More,
): Source {
  return { ...PLAIN, name, why, received, how: "bare", fate, ...more };
}

/** An envelope; `note` is the category that comes out if nothing else is said. */
export function envelope(
  name: string,
  why: string,
  received: Received,
  fate: Fate,
  more?: More,
): Source {
  return { ...PLAIN, name, why, received, how: "envelope", fate, ...more };
}

/** All the bytes received are named by their digest. */
export const MALFORMED: Fate = { refusal: "MALFORMED_INPUT" };

/** These bytes are named by their digest. */
export function malformed(bytes: Bytes): Fate {
  return { refusal: "MALFORMED_INPUT", bytes };
}

export const VIOLATION: Fate = { refusal: "INPUT_SHAPE_VIOLATION" };
export const MISSING: Fate = { refusal: "MISSING_MANDATORY_INPUT" };
export const TRANSIENT: Fate = { refusal: "TRANSIENT_FIELD" };

/** A refusal with its bracketed form, given without the brackets. */
export function refused(refusal: Refusal, form: string): Fate {
  return { refusal, form: `[${form}]` };
}

/** A closed object with the one optional property `p`. */
export function holding(p: Plain, required: readonly string[] = []): PlainObject {
  return { type: "object", additionalProperties: false, properties: { p }, required };
}

/** The member `p` under a schema; an accepted fate is the normal value of `p`. */
export function under(
  name: string,
  why: string,
  schema: Plain,
  value: string,
  fate: Fate,
  more?: More,
): Source {
  const whole = typeof fate === "string" ? `{"p":${fate}}` : fate;
  const shapes = { [CATEGORY]: holding(schema) };
  return bare(name, why, `{"p":${value}}`, whole, { shapes, ...more });
}

/** Text with bytes between, which need be no UTF-8. */
export function raw(
  texts: TemplateStringsArray,
  ...bytes: readonly (readonly number[])[]
): Uint8Array {
  const parts = texts.map((text, i) =>
    Buffer.concat([Buffer.from(text), Buffer.from(bytes[i] ?? [])]),
  );
  return Buffer.concat(parts);
}

/** An array around an array around … around nothing. */
export function nested(depth: number): string {
  return "[".repeat(depth) + "]".repeat(depth);
}

/** A code point as this house names its cases: `u0085`. */
export function named(codePoint: number): string {
  return `u${codePoint.toString(16).padStart(4, "0")}`;
}
