/**
 * What every server is asked: the same calls of an agent, under the same eight limits, each in the
 * form that the server reads. See bench/engine, which compares the engines alone.
 */
import { bundleText, regoText, ruleOf } from "../engine/contenders.ts";
import { type Call, calls, limits, refusal } from "../engine/limits.ts";

const LIMITS = limits(8, true);
const CALLS = calls(512, LIMITS.length);

/** A call as one server reads it, and whether the limits refuse it. */
export interface Asked {
  readonly body: string;
  readonly isRefused: boolean;
}

function asked(form: (call: Call, index: number) => object): readonly Asked[] {
  return CALLS.map((call, index) => ({
    body: JSON.stringify(form(call, index)),
    isRefused: refusal(LIMITS, call) !== null,
  }));
}

export const ENVELOPES: readonly Asked[] = asked((call) => ({ category: "payment", input: call }));

export const OPA_INPUTS: readonly Asked[] = asked((call) => ({ input: call }));

export const CERBOS_CHECKS: readonly Asked[] = asked((call, index) => ({
  requestId: `${index}`,
  principal: { id: call.user.user_id, roles: ["agent"] },
  resources: [
    { resource: { kind: "payment", id: call.arguments.account, attr: call }, actions: ["pay"] },
  ],
}));

export const BUNDLE: string = bundleText(LIMITS, true);

export const REGO: string = regoText(LIMITS);

/** A resource policy: everybody may, but for what one of the limits refuses. */
export const CERBOS_POLICY: string = `apiVersion: api.cerbos.dev/v1
resourcePolicy:
  version: default
  resource: payment
  rules:
    - { actions: ["pay"], effect: EFFECT_ALLOW, roles: ["agent"] }
    - actions: ["pay"]
      effect: EFFECT_DENY
      roles: ["agent"]
      condition:
        match:
          any:
            of:
${LIMITS.map((limit) => `              - expr: ${JSON.stringify(inCerbos(ruleOf(limit, true)))}\n`).join("")}`;

function inCerbos(rule: string): string {
  return rule.replaceAll(/\binput\./g, "R.attr.");
}
