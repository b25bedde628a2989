import { type Json, JsonObject } from "@writ/contract/json";
import { isOutcome, type Outcome } from "@writ/contract/outcome";
import { isReasonCode } from "@writ/contract/reason";
import type { ShapeType } from "@writ/contract/shape-type";

/**
 * The validators whose verdict a category cannot do without: those that its shape declares at
 * `host.validators` and lists there under `required`.
 */
export function mandatoryValidators(input: ShapeType): readonly string[] {
  const validators = memberType(memberType(input, "host"), "validators");
  if (validators?.kind !== "object") return [];
  return validators.properties.filter((each) => each.mandatory).map((each) => each.name);
}

/** All validators that a category's shape declares. */
export function declaredValidators(input: ShapeType): readonly string[] {
  const validators = memberType(memberType(input, "host"), "validators");
  return validators?.kind === "object" ? validators.properties.map((each) => each.name) : [];
}

/** A validator's verdict on the input, as it stands in a record. */
export type ValidatorVerdict = readonly [outcome: Outcome, reason: string];

/** What of enforcement's word a category takes. */
export interface Admitted {
  readonly host: JsonObject | undefined;
  /** The declared validators that gave a verdict. Frozen. */
  readonly verdicts: Readonly<Record<string, ValidatorVerdict>>;
}

const NO_VERDICTS: Admitted["verdicts"] = Object.freeze({});

/**
 * Leaves in `host.validators` only verdicts of the declared validators, each an object of just
 * `outcome`, one of the three words, and `reason`, a reason code. One that is malformed is as good
 * as absent.
 */
export function admit(declared: readonly string[], host: JsonObject | undefined): Admitted {
  if (declared.length === 0 || host === undefined) return { host, verdicts: NO_VERDICTS };
  const validators = host.get("validators");
  const given = validators instanceof JsonObject ? validators : new JsonObject([], []);
  const verdicts: [string, ValidatorVerdict][] = [];
  const kept: [string, Json][] = [];
  for (const name of declared) {
    const value = given.get(name);
    const verdict = verdictIn(value);
    if (value === undefined || verdict === null) continue;
    verdicts.push([name, verdict]);
    kept.push([name, value]);
  }
  return {
    host: validators === undefined ? host : withMember(host, "validators", objectOf(kept)),
    // `fromEntries` defines members, so that even `__proto__` is an ordinary one.
    verdicts: Object.freeze(Object.fromEntries(verdicts)),
  };
}

function verdictIn(value: Json | undefined): ValidatorVerdict | null {
  if (!(value instanceof JsonObject) || value.names.length !== 2) return null;
  const outcome = value.get("outcome");
  const reason = value.get("reason");
  if (!isOutcome(outcome) || typeof reason !== "string" || !isReasonCode(reason)) return null;
  return Object.freeze([outcome, reason] as const);
}

function withMember(object: JsonObject, name: string, value: Json): JsonObject {
  const values = object.values.map((old, at) => (object.names[at] === name ? value : old));
  return new JsonObject(object.names, values);
}

function objectOf(members: readonly (readonly [string, Json])[]): JsonObject {
  return new JsonObject(
    members.map(([name]) => name),
    members.map(([, value]) => value),
  );
}

function memberType(type: ShapeType | undefined, name: string): ShapeType | undefined {
  if (type?.kind !== "object") return undefined;
  return type.properties.find((property) => property.name === name)?.type;
}
