/** Writ's own answers to cases. */
import { bareInput, openEnvelope, type Received } from "@writ/contract/envelope";
import { bracketForm, digestForm, engineVersion, traceId } from "@writ/contract/identity";
import { type Json, JsonObject } from "@writ/contract/json";
import { genericForm } from "@writ/contract/normal-form";
import type { Refusal } from "@writ/contract/reason";
import { compileShape, type Shape } from "@writ/contract/shape";
import { parseStrictJson } from "@writ/contract/strict-json";
import { compilePattern } from "../packages/engine/src/cel/pattern.ts";
import { type Expected, type Given, type Plain, receivedBytes } from "./case.ts";

/** A schema at fault for its depth is deeper than any input may be. */
const LIMITS = { depth: 1000, bytes: 1_048_576 };

/**
 * Section 6 of SPEC.md, from what is received to its trace_id.
 *
 * @throws Error if a shape of the case does not load
 */
export function identify(given: Given): Expected {
  const received = open(given);
  const version = engineVersion(given.bundle_digest);
  const { refusal, form } = judge(received, given);
  return {
    category: received.category,
    refusal,
    normal_form: form,
    engine_version: version,
    trace_id: traceId(form, received.category, version),
  };
}

function open(given: Given): Received {
  const bytes = receivedBytes(given);
  return given.how === "bare" ? bareInput(bytes, given.category ?? "") : openEnvelope(bytes);
}

function judge(received: Received, given: Given): { refusal: Refusal | null; form: string } {
  const shapes = shapesOf(given);
  if ("refusedDigest" in received) {
    return { refusal: "MALFORMED_INPUT", form: digestForm(received.refusedDigest) };
  }
  const shape = shapes.get(received.category);
  if (shape === undefined) {
    return { refusal: "UNKNOWN_CATEGORY", form: bracketForm(genericForm(received.input)) };
  }
  const host = given.host === undefined ? undefined : toJson(given.host);
  const result = shape.normalize(received.input, host instanceof JsonObject ? host : undefined);
  return { refusal: result.ok ? null : result.refusal, form: result.form };
}

function shapesOf(given: Given): Map<string, Shape> {
  const defs = given.defs === undefined ? undefined : toJson(given.defs);
  const shapes = new Map<string, Shape>();
  for (const [category, schema] of Object.entries(given.shapes)) {
    const compiled = compileShape(toJson(schema), defs, searchOf);
    if ("faults" in compiled) {
      throw new Error(`${given.name}: ${category}: ${JSON.stringify(compiled.faults)}`);
    }
    shapes.set(category, compiled.shape);
  }
  return shapes;
}

/** Whether a schema, with definitions given apart or its own, loads as the shape of an input. */
export function loads(schema: Plain, defs: Plain | undefined): boolean {
  const apart = defs === undefined ? undefined : toJson(defs);
  return "shape" in compileShape(toJson(schema), apart, searchOf);
}

function searchOf(source: string): (text: string) => boolean {
  const pattern = compilePattern(source);
  if ("fault" in pattern) throw new SyntaxError(pattern.fault);
  return (text) => pattern.test(text);
}

function toJson(plain: Plain): Json {
  return parseStrictJson(new TextEncoder().encode(JSON.stringify(plain)), LIMITS);
}
