import { openEnvelope, type Received } from "@writ/contract/envelope";
import type { Bundle } from "./bundle.ts";
import { arm, type Engine } from "./engine.ts";
import { bundleOf, objectOf } from "./sample-bundle.node.ts";

/*
 * What the matrix of failures (SPEC: the edge) is walked with: an attempt that is executed, and
 * ways to strike it.
 */

export const BASE: string = `writ: 1
name: matrix
categories:
  act:
    action_type: { pointer: /mode }
    input:
      type: object
      additionalProperties: false
      required: [mode, list, deep, host]
      properties:
        mode: { type: string, enum: [calm, harm] }
        word: { type: string, minLength: 2, maxLength: 9, pattern: "^[a-z]+$" }
        path: { type: string, exact: true }
        zero: { type: integer, minimum: 0, maximum: 9 }
        part: { type: number, exclusiveMinimum: 0, exclusiveMaximum: 1 }
        huge: { type: integer }
        none: { type: integer }
        sure: { type: boolean, const: true }
        list: { type: array, maxItems: 80, items: { type: integer } }
        two: { type: array, minItems: 2, items: { type: string } }
        any: {}
        open: { type: object, additionalProperties: { type: string } }
        deep:
          type: array
          items:
            type: object
            additionalProperties: false
            required: [id]
            properties: { id: { type: string }, note: { type: string } }
        host:
          type: object
          additionalProperties: false
          required: [validators, facts]
          properties:
            validators:
              type: object
              additionalProperties: false
              required: [tone]
              properties: { tone: &verdict { type: object, additionalProperties: true }, style: *verdict }
            facts:
              type: object
              additionalProperties: false
              required: [age]
              properties: { age: { type: integer }, since: { type: string } }
constraints:
  - name: harm
    evaluators:
      - { name: harmful, categories: [act], when: input.mode == "harm", then: BLOCK, reason: HARM }
  - name: struck
    evaluators:
      - { name: struck, categories: [act], when: "input.list == [98]", then: BLOCK, reason: STRUCK }
canaries:
  act:
    block: [{ mode: harm, zero: 1, list: [], deep: [], host: &host { validators: { tone: { outcome: EXECUTE, reason: FINE } }, facts: { age: 3 } } }]
    execute: [{ mode: calm, zero: 1, list: [], deep: [], host: *host }]
`;

export const INPUT: Readonly<Record<string, unknown>> = {
  ...{ mode: "calm", word: "word", path: "/srv/x", zero: 0, part: 0.5, huge: 2 ** 53 - 1 },
  ...{ none: null, sure: true, list: Array.from({ length: 60 }, () => 1), two: ["a", "b"] },
  ...{ any: "x", open: { there: "x" }, deep: [{ id: "a", note: "b" }] },
};
export const HOST: Readonly<Record<string, unknown>> = {
  validators: { tone: { outcome: "EXECUTE", reason: "FINE" } },
  facts: { age: 3, since: "always" },
};

export const BUNDLE: Bundle = bundleOf(BASE);
export const ENGINE: Engine = arm(BUNDLE);

/** One injection: who decides, what about, knowing what. */
export interface Strike {
  readonly engine?: Engine;
  readonly received?: unknown;
  readonly host?: unknown;
}

export interface Row {
  /** The row's number in SPEC. */
  readonly id: string;
  readonly what: string;
  readonly reason: string;
  readonly strike: () => Strike;
}

export const SOUND: Received = { category: "act", input: objectOf(INPUT) };

const encoder = new TextEncoder();

export function bytes(text: string): Strike {
  return { received: openEnvelope(encoder.encode(text)) };
}

export function envelope(input: string): Strike {
  return bytes(`{"category":"act","input":${input}}`);
}

/** The sound input with one member set, or with `undefined`, taken out. */
export function withMember(name: string, value: unknown): Strike {
  const members = Object.entries({ ...INPUT, [name]: value }).filter(
    (each) => each[1] !== undefined,
  );
  return { received: { category: "act", input: objectOf(Object.fromEntries(members)) } };
}

export function withHost(host: Readonly<Record<string, unknown>>): Strike {
  return { host: objectOf({ ...HOST, ...host }) };
}

export function rows(
  id: string,
  reason: string,
  strikes: Readonly<Record<string, () => Strike>>,
): readonly Row[] {
  return Object.entries(strikes).map(([what, strike]) => ({ id, what, reason, strike }));
}
