import { JsonObject } from "@writ/contract/json";
import { isOutcome } from "@writ/contract/outcome";
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

/**
 * Whether `host` holds a verdict of each of them: an object whose `outcome` is one of the three
 * words and whose `reason` is a reason code. One that is malformed is as good as absent.
 */
export function haveAnswered(names: readonly string[], host: JsonObject | undefined): boolean {
  if (names.length === 0) return true;
  const validators = host?.get("validators");
  if (!(validators instanceof JsonObject)) return false;
  return names.every((name) => {
    const verdict = validators.get(name);
    if (!(verdict instanceof JsonObject)) return false;
    const reason = verdict.get("reason");
    return isOutcome(verdict.get("outcome")) && typeof reason === "string" && isReasonCode(reason);
  });
}

function memberType(type: ShapeType | undefined, name: string): ShapeType | undefined {
  if (type?.kind !== "object") return undefined;
  return type.properties.find((property) => property.name === name)?.type;
}
