/** What stands in vectors/*.json; README.md beside this says the same in words. */
import type { Refusal } from "@writ/contract/reason";

/** Plain JSON. */
export type Plain = null | boolean | number | string | readonly Plain[] | PlainObject;

export type PlainObject = { readonly [name: string]: Plain };

/** Bytes too long to be written out: the prefix, the unit so many times, the suffix. */
export interface Repeated {
  readonly prefix: string;
  readonly unit: string;
  readonly times: number;
  readonly suffix: string;
}

/** What is given; all bytes in base64. Exactly one of `received` and `received_repeat` is there. */
export interface Given {
  readonly name: string;
  readonly why: string;
  readonly shapes: PlainObject;
  readonly defs?: PlainObject;
  readonly bundle_digest: string;
  readonly received?: string;
  readonly received_repeat?: Repeated;
  readonly how: "envelope" | "bare";
  readonly category?: string;
  readonly host?: PlainObject;
}

export interface Expected {
  readonly category: string;
  readonly refusal: Refusal | null;
  readonly normal_form: string;
  readonly engine_version: string;
  readonly trace_id: string;
}

export type Case = Given & { readonly expect: Expected };

/** Whether a schema loads as the shape of an input. */
export interface SchemaCase {
  readonly name: string;
  readonly why: string;
  readonly schema: Plain;
  readonly defs?: Plain;
  readonly faulty: boolean;
}

export function receivedBytes(given: Given): Uint8Array {
  if (given.received !== undefined) return Buffer.from(given.received, "base64");
  if (given.received_repeat === undefined) throw new Error(`${given.name}: give what is received`);
  const { prefix, unit, times, suffix } = given.received_repeat;
  const units = Buffer.from(unit, "base64").toString("latin1").repeat(times);
  return Buffer.concat([
    Buffer.from(prefix, "base64"),
    Buffer.from(units, "latin1"),
    Buffer.from(suffix, "base64"),
  ]);
}
