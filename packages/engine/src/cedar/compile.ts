import type { JsonObject } from "@writ/contract/json";
import type { ShapeType } from "@writ/contract/shape-type";
import { bundleDigest } from "../bundle-digest.ts";
import { unitsIn } from "../utf8.ts";
import { MAX_HEIGHT, treeHeight } from "./height.ts";
import { unmetLiterals } from "./literals.ts";
import type { CedarError, CedarFailure, CedarModule, CedarUid } from "./module.ts";
import { ACTION_TYPE, PRINCIPAL, RESOURCE, schemaOf } from "./schema.ts";
import { contextWriter } from "./value.ts";

/** A judge in Cedar, as its author wrote it. */
export interface CedarSource {
  readonly policies: string;
  /** Each null where the judge does not say: then one constant for every input. */
  readonly principal: CedarUid | null;
  readonly action: CedarUid | null;
  readonly resource: CedarUid | null;
  /** In Cedar's JSON format. */
  readonly entities: readonly unknown[];
}

/** A category that a judge judges, and the shape of its inputs. */
export interface Judged {
  readonly category: string;
  readonly input: ShapeType;
}

/** One thing wrong with a judge. `offset` counts UTF-16 units of the policies. */
export interface CedarFault {
  readonly offset: number;
  readonly code:
    | "SYNTAX"
    | "TOO_DEEP"
    | "TYPE"
    | "UNREACHABLE"
    | "NEVER_EQUAL"
    | "REQUEST"
    | "GAVE_UP";
  readonly message: string;
}

/** Cedar gave no answer that may count: an error in a policy, a failure, or something unheard of. */
export class CedarFailed extends Error {
  readonly code: "CEDAR_FAILED" = "CEDAR_FAILED";
}

/** A judge in Cedar, compiled: Cedar's allow is false (nothing to object), its deny is true. */
export interface CedarRule {
  /** Throws where Cedar has no answer, or none without errors. Depends on `input` alone. */
  evaluate(input: JsonObject): boolean;
}

/**
 * Compiles the policies of one judge for inputs of one category. Where the judge leaves principal,
 * action, resource and entities to the category and every shape is closed, the policies are
 * type-checked against the shapes of `all` the categories that the judge is for.
 */
export function compileCedar(
  source: CedarSource,
  judged: Judged,
  all: readonly Judged[],
  cedar: CedarModule,
): Compiled {
  try {
    return compile(source, judged, all, cedar);
  } catch {
    return { faults: fault("GAVE_UP", "Cedar gave up on these policies: write them otherwise") };
  }
}

type Compiled = { readonly rule: CedarRule } | { readonly faults: readonly CedarFault[] };

function compile(
  source: CedarSource,
  { category, input }: Judged,
  all: readonly Judged[],
  cedar: CedarModule,
): Compiled {
  const faults = preparationFaults(source, cedar);
  if (faults.length > 0) return { faults };
  const request = {
    principal: source.principal ?? PRINCIPAL,
    action: source.action ?? { type: ACTION_TYPE, id: category },
    resource: source.resource ?? RESOURCE,
    preparsedPolicySetId: policySetId(source.policies),
    entities: source.entities,
  };
  const trial = cedar.statefulIsAuthorized({ ...request, context: {} });
  if (trial.type === "failure") return { faults: requestFaults(trial) };
  const found = [
    ...typeFaults(source, all, cedar),
    ...literalFaults(source.policies, input, cedar),
  ];
  if (found.length > 0) return { faults: found.sort((a, b) => a.offset - b.offset) };
  const write = contextWriter(input);
  const evaluate = (value: JsonObject): boolean =>
    isDenied(cedar.statefulIsAuthorized({ ...request, context: { input: write(value) } }));
  return { rule: { evaluate } };
}

/** Cedar skips a policy that errs, even a `forbid`; here one error is the failure of the judge. */
function isDenied(answer: ReturnType<CedarModule["statefulIsAuthorized"]>): boolean {
  if (answer.type !== "success" || answer.response.diagnostics.errors.length !== 0) {
    throw new CedarFailed("a policy of this judge failed");
  }
  const { decision } = answer.response;
  if (decision === "deny") return true;
  if (decision === "allow") return false;
  throw new CedarFailed("Cedar answered neither allow nor deny");
}

/** By content: two judges of one text share a set, and neither can replace the other's. */
function policySetId(policies: string): string {
  return bundleDigest(policies);
}

/** In UTF-16 units, for the policies of one judge, and for its entities as JSON. */
const MAX_TEXT = 65_536;

function preparationFaults(source: CedarSource, cedar: CedarModule): readonly CedarFault[] {
  const { policies, entities } = source;
  if (policies.length > MAX_TEXT) return fault("TOO_DEEP", `write at most ${MAX_TEXT} characters`);
  if (treeHeight(policies) > MAX_HEIGHT) {
    return fault("TOO_DEEP", "this nests too deep for Cedar: split the policy into several");
  }
  if (JSON.stringify(entities).length > MAX_TEXT) {
    return fault("REQUEST", `the entities are too large: keep them under ${MAX_TEXT} characters`);
  }
  const prepared = cedar.preparsePolicySet(policySetId(policies), { staticPolicies: policies });
  if (prepared.type === "failure") {
    return prepared.errors.map((error) => faultOf(error, policies, "SYNTAX"));
  }
  const parsed = cedar.checkParseEntities({ entities });
  return parsed.type === "failure" ? requestFaults(parsed) : [];
}

function requestFaults({ errors }: CedarFailure): readonly CedarFault[] {
  return errors.map((error) => faultOf(error, "", "REQUEST"));
}

function typeFaults(
  source: CedarSource,
  all: readonly Judged[],
  cedar: CedarModule,
): readonly CedarFault[] {
  const { policies, principal, action, resource, entities } = source;
  const isOwn = principal !== null || action !== null || resource !== null || entities.length > 0;
  const schema = isOwn ? null : schemaOf(all);
  if (schema === null) return [];
  const validated = cedar.validate({
    schema,
    policies: { staticPolicies: policies },
    validationSettings: { mode: "strict" },
  });
  if (validated.type === "failure") {
    return validated.errors.map((error) => faultOf(error, policies, "TYPE"));
  }
  const { validationErrors, validationWarnings } = validated;
  if (validationErrors.length > 0) {
    return validationErrors.map(({ error }) => faultOf(error, policies, "TYPE"));
  }
  return validationWarnings
    .filter(({ error }) => error.message.includes("policy is impossible"))
    .map(({ error }) => faultOf(error, policies, "UNREACHABLE"));
}

function literalFaults(
  policies: string,
  input: ShapeType,
  cedar: CedarModule,
): readonly CedarFault[] {
  const parts = cedar.policySetTextToParts(policies);
  if (parts.type === "failure") return [];
  return parts.policies.flatMap((policy) => {
    const read = cedar.policyToJson(policy);
    if (read.type === "failure") return [];
    return unmetLiterals(read.json, input).map(({ literal, message }) => ({
      offset: placeOf(literal, policies),
      code: "NEVER_EQUAL" as const,
      message,
    }));
  });
}

/** Cedar's JSON has no places: the first literal of that text is as good as any. */
function placeOf(literal: string, policies: string): number {
  const whole = policies.indexOf(`"${literal}"`);
  return Math.max(0, whole >= 0 ? whole : policies.indexOf(literal));
}

function fault(code: CedarFault["code"], message: string): readonly CedarFault[] {
  return [{ offset: 0, code, message }];
}

function faultOf(error: CedarError, text: string, code: CedarFault["code"]): CedarFault {
  const [place] = error.sourceLocations ?? [];
  const offset = place === undefined ? 0 : unitsIn(text, place.start);
  const hints = [place?.label, error.help].filter((hint) => typeof hint === "string");
  return { offset, code, message: [error.message, ...hints].join("; ") };
}
