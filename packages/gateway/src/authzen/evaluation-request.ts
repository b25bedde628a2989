import { hash } from "node:crypto";
import type { Received } from "@writ/contract/envelope";
import { canonicalJson } from "@writ/contract/jcs";
import { type Json, JsonObject } from "@writ/contract/json";
import { NotStrictJson, parseStrictJson } from "@writ/contract/strict-json";

/** Evaluations of one request, beyond which none of them is made. */
export const maxEvaluations = 1_000;

/**
 * Characters that the evaluations of one request may inherit, all of them together. Each has a whole
 * copy to be judged, so that a body of one megabyte could ask for the work of a thousand.
 */
export const maxInherited = 4_194_304;

/** What is to be judged, and how far to go. */
export interface Evaluations {
  readonly each: readonly Received[];
  /** The decision that ends it, where one does; null where all are made. */
  readonly until: boolean | null;
}

/** AuthZEN Authorization API 1.0 §7.1.2.1, "Evaluations semantics". */
const SEMANTICS: ReadonlyMap<Json | undefined, boolean | null> = new Map([
  [undefined, null],
  ["execute_all", null],
  ["deny_on_first_deny", false],
  ["permit_on_first_permit", true],
]);

/** The members that an evaluation has; others are ignored (§10.1.1), and never judged. */
const MEMBERS = ["subject", "action", "resource", "context"] as const;

/** The input of one evaluation (§6.1), or undefined: 400. */
export function readEvaluation(bytes: Uint8Array, category: string): Received | undefined {
  const body = objectIn(bytes);
  return body === undefined ? undefined : inputOf(evaluationOf(body, undefined), category);
}

/**
 * The inputs of several (§7.1), in their order; null where there are none, and the request is one
 * evaluation; undefined: 400; "TOO_LARGE": they inherit more than they may. An element that is no evaluation is still to be judged, as what no
 * policy takes (§7.2.1): an attempt like the others, named by the digest of its canonical form.
 */
export function readEvaluations(
  bytes: Uint8Array,
  category: string,
): Evaluations | "TOO_LARGE" | null | undefined {
  const body = objectIn(bytes);
  if (body === undefined) return undefined;
  const elements = body.get("evaluations");
  if (elements === undefined) return null;
  if (!Array.isArray(elements) || elements.length > maxEvaluations) return undefined;
  if (elements.length === 0) return null;
  const until = untilOf(body.get("options"));
  if (until === undefined || !hasWellFormed(body)) return undefined;
  if (inheritedBy(elements as readonly Json[], body) > maxInherited) return "TOO_LARGE";
  const each = (elements as readonly Json[]).map((element) => {
    const evaluation = element instanceof JsonObject ? evaluationOf(element, body) : element;
    return inputOf(evaluation, category) ?? refusedBy(evaluation, category);
  });
  return { each, until };
}

function objectIn(bytes: Uint8Array): JsonObject | undefined {
  try {
    const body = parseStrictJson(bytes);
    return body instanceof JsonObject ? body : undefined;
  } catch (error) {
    if (error instanceof NotStrictJson) return undefined;
    throw error;
  }
}

function untilOf(options: Json | undefined): boolean | null | undefined {
  if (options === undefined) return null;
  if (!(options instanceof JsonObject)) return undefined;
  return SEMANTICS.get(options.get("evaluations_semantic"));
}

/** An evaluation's own members, each whole; what it lacks is the request's (§7.1.1). */
function evaluationOf(own: JsonObject, defaults: JsonObject | undefined): JsonObject {
  const members = MEMBERS.flatMap((name): (readonly [string, Json])[] => {
    const said = own.get(name);
    // What is null is said, and wrong; only what is absent is inherited.
    const value = said === undefined ? defaults?.get(name) : said;
    return value === undefined ? [] : [[name, value]];
  });
  return new JsonObject(
    members.map(([name]) => name),
    members.map(([, value]) => value),
  );
}

function inheritedBy(elements: readonly Json[], body: JsonObject): number {
  const sizes = MEMBERS.map((name): readonly [string, number] => {
    const value = body.get(name);
    return [name, value === undefined ? 0 : canonicalJson(value).length];
  });
  const lacked = elements
    .filter((element) => element instanceof JsonObject)
    .map((own) => sizes.filter(([name]) => own.get(name) === undefined).map(([, size]) => size));
  return lacked.flat().reduce((sum, size) => sum + size, 0);
}

function inputOf(evaluation: Json, category: string): Received | undefined {
  return evaluation instanceof JsonObject && isWhole(evaluation)
    ? { category, input: evaluation }
    : undefined;
}

function refusedBy(evaluation: Json, category: string): Received {
  return { category, refusedDigest: hash("sha256", canonicalJson(evaluation), "hex") };
}

function isWhole(evaluation: JsonObject): boolean {
  const required = ["subject", "action", "resource"].every((name) => evaluation.get(name));
  return required && hasWellFormed(evaluation);
}

/** Whether what there is of the members is of their types (§5). */
function hasWellFormed(body: JsonObject): boolean {
  return (
    isEntity(body.get("subject"), "type", "id") &&
    isEntity(body.get("resource"), "type", "id") &&
    isEntity(body.get("action"), "name") &&
    isObjectOrAbsent(body.get("context"))
  );
}

function isEntity(entity: Json | undefined, ...words: readonly string[]): boolean {
  if (entity === undefined) return true;
  if (!(entity instanceof JsonObject)) return false;
  const named = words.every((word) => typeof entity.get(word) === "string");
  return named && isObjectOrAbsent(entity.get("properties"));
}

function isObjectOrAbsent(value: Json | undefined): boolean {
  return value === undefined || value instanceof JsonObject;
}
