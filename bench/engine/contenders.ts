import { hash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { openEnvelope } from "@writ/contract/envelope";
import { loadBundle } from "@writ/engine/bundle";
import { arm } from "@writ/engine/engine";
import { type Call, calls, type Limit, refusal, SHAPE } from "./limits.ts";

/** Whether a call is refused, from the bytes of its envelope. */
export type Decide = (bytes: Uint8Array) => boolean | Promise<boolean>;

export interface Contender {
  readonly name: string;
  /**
   * Null where what it needs is not installed.
   *
   * @param indexed false: the rules are to be written so that Writ's index does not serve
   */
  prepare(limits: readonly Limit[], indexed: boolean): Promise<Decide | null>;
}

const decoder = new TextDecoder();

function inputOf(bytes: Uint8Array): Call {
  return JSON.parse(decoder.decode(bytes)).input;
}

// --- hand-written

/** What nobody can do without: reading the call, the limits in a loop, one hash for an identity. */
const floor: Contender = {
  name: "hand-written",
  prepare: async (limits) => {
    const byTool = Map.groupBy(limits, ({ tool }) => tool);
    const everywhere = byTool.get(null) ?? [];
    return (bytes) => {
      const call = inputOf(bytes);
      const limited = byTool.get(call.tool) ?? everywhere;
      const reason = refusal(limited, call);
      const verdict = { reason, trace: hash("sha256", bytes, "hex") };
      return verdict.reason !== null && verdict.trace !== "";
    };
  },
};

// --- Writ

/** How a language writes the parts of a limit. */
interface Spelling {
  readonly amount: (over: number) => string;
  readonly currency: (currency: string) => string;
  readonly country: (countries: readonly string[]) => string;
  readonly tier: (tier: string) => string;
  readonly memo: (word: string) => string;
  readonly stranger: string;
  readonly unverified: string;
}

/** What has to hold for a limit to refuse, besides its tool. */
function conditions(limit: Limit, spelling: Spelling): readonly string[] {
  const { over, currency, countries, tier, word } = limit;
  const amount = spelling.amount(over);
  switch (limit.kind) {
    case "abroad":
      return [
        amount,
        spelling.currency(currency),
        spelling.country(countries),
        spelling.tier(tier),
      ];
    case "memo":
      return [amount, spelling.memo(word)];
    case "stranger":
      return [amount, spelling.currency(currency), spelling.stranger];
    case "unverified":
      return [amount, spelling.unverified, spelling.country(countries)];
  }
}

const quoted = (text: string): string => JSON.stringify(text);

const CEL: Spelling = {
  amount: (over) => `input.arguments.amount > ${over}`,
  currency: (currency) => `input.arguments.currency == ${quoted(currency)}`,
  country: (countries) => `input.arguments.country in ${JSON.stringify(countries)}`,
  tier: (tier) => `input.user.tier != ${quoted(tier)}`,
  memo: (word) => `input.arguments.memo.contains(${quoted(word)})`,
  stranger: "!(input.arguments.account in input.user.accounts)",
  unverified: "!input.user.verified",
};

/** What a limit refuses, in CEL over `input`. */
export function ruleOf(limit: Limit, indexed: boolean): string {
  const first = `!(${CEL.amount(limit.over).replace(">", "<=")})`;
  if (!indexed) return [first, ...conditions(limit, CEL).slice(1)].join(" && ");
  const scope = limit.tool === null ? [] : [`input.tool == ${quoted(limit.tool)}`];
  return [...scope, ...conditions(limit, CEL)].join(" && ");
}

/** The limits as a bundle, in one file. */
export function bundleText(limits: readonly Limit[], indexed: boolean): string {
  const samples = calls(2000, limits.length);
  const refused = samples.find((call) => refusal(limits, call) !== null);
  const allowed = samples.find((call) => refusal(limits, call) === null);
  const evaluators = limits.map((limit) => {
    const answer = `then: BLOCK, reason: ${limit.name.toUpperCase()}`;
    const when = JSON.stringify(ruleOf(limit, indexed));
    return `      - { name: ${limit.name}, categories: [payment], when: ${when}, ${answer} }`;
  });
  return `writ: 1
name: limits
categories:
  payment: { action_type: payment, input: ${JSON.stringify(SHAPE)} }
constraints:
  - name: limits
    evaluators:
${evaluators.join("\n")}
canaries:
  payment: { block: [${JSON.stringify(refused)}], execute: [${JSON.stringify(allowed)}] }
`;
}

const writ: Contender = {
  name: "Writ",
  prepare: async (limits, indexed) => {
    const loaded = loadBundle([{ path: "limits.yaml", text: bundleText(limits, indexed) }]);
    if ("faults" in loaded) throw new Error(JSON.stringify(loaded.faults));
    const engine = arm(loaded.bundle);
    return (bytes) => {
      const { outcome, failed } = engine.decide(openEnvelope(bytes));
      if (failed) throw new Error("a call of the bench must not fail");
      return outcome === "BLOCK";
    };
  },
};

// --- other people's

const require = createRequire(
  join(process.env.WRIT_BENCH_MODULES ?? join(import.meta.dirname, ".."), "package.json"),
);

function installed(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

interface Cedar {
  preparsePolicySet(id: string, policies: { staticPolicies: string }): { type: string };
  statefulIsAuthorized(call: object): {
    type: string;
    response: { decision: string; diagnostics: { errors: readonly unknown[] } };
  };
}

const CEDAR: Spelling = {
  amount: (over) => `context.arguments.amount > ${over}`,
  currency: (currency) => `context.arguments.currency == ${quoted(currency)}`,
  country: (countries) => `${JSON.stringify(countries)}.contains(context.arguments.country)`,
  tier: (tier) => `context.user.tier != ${quoted(tier)}`,
  memo: (word) => `context.arguments.memo like "*${word}*"`,
  stranger: "!context.user.accounts.contains(context.arguments.account)",
  unverified: "!context.user.verified",
};

function cedarText(limits: readonly Limit[]): string {
  const forbids = limits.map((limit) => {
    const action = limit.tool === null ? "action" : `action == Action::"${limit.tool}"`;
    const when = conditions(limit, CEDAR).join(" && ");
    return `forbid(principal, ${action}, resource) when { ${when} };`;
  });
  return ["permit(principal, action, resource);", ...forbids].join("\n");
}

const cedar: Contender = {
  name: "Cedar",
  prepare: async (limits) => {
    const name = "@cedar-policy/cedar-wasm/nodejs";
    if (!installed(name)) return null;
    const library: Cedar = require(name);
    const id = `limits_${limits.length}_${limits[0]?.tool}`;
    const parsed = library.preparsePolicySet(id, { staticPolicies: cedarText(limits) });
    if (parsed.type !== "success") throw new Error(JSON.stringify(parsed));
    return (bytes) => {
      const call = inputOf(bytes);
      const answer = library.statefulIsAuthorized({
        principal: { type: "User", id: call.user.user_id },
        action: { type: "Action", id: call.tool },
        resource: { type: "Account", id: call.arguments.account },
        context: { arguments: call.arguments, user: call.user },
        preparsedPolicySetId: id,
        entities: [],
      });
      if (answer.type !== "success" || answer.response.diagnostics.errors.length > 0) {
        throw new Error(JSON.stringify(answer));
      }
      return answer.response.decision === "deny";
    };
  },
};

interface Casbin {
  newModelFromString(text: string): unknown;
  newEnforcer(model: unknown): Promise<{
    addFunction(name: string, call: (...values: never[]) => boolean): Promise<void>;
    addPolicies(rules: readonly (readonly string[])[]): Promise<boolean>;
    enforceSync(...values: readonly unknown[]): boolean;
  }>;
}

const REQUEST = "r = tool, amount, currency, country, account, memo, tier, accounts, verified";

const CASBIN: Spelling = {
  amount: (over) => `r.amount > ${over}`,
  currency: (currency) => `r.currency == ${quoted(currency)}`,
  country: (countries) => `(${countries.map((each) => `r.country == "${each}"`).join(" || ")})`,
  tier: (tier) => `r.tier != ${quoted(tier)}`,
  memo: (word) => `has(r.memo, ${quoted(word)})`,
  stranger: "!has(r.accounts, r.account)",
  unverified: "!r.verified",
};

/** Rules of any form: each is text that casbin evaluates, as its manual has it. */
const EVALUATED = `[request_definition]
${REQUEST}
[policy_definition]
p = tool, rule, eft
[policy_effect]
e = !some(where (p.eft == deny))
[matchers]
m = (p.tool == "*" || r.tool == p.tool) && eval(p.rule)
`;

/** The same, by one matcher that knows the four kinds of limits there are. */
const MATCHED = `[request_definition]
${REQUEST}
[policy_definition]
p = tool, kind, over, currency, first, second, third, tier, word, eft
[policy_effect]
e = !some(where (p.eft == deny))
[matchers]
m = (p.tool == "*" || r.tool == p.tool) && r.amount > p.over && (p.kind == "memo" ? has(r.memo, p.word) : p.kind == "stranger" ? (r.currency == p.currency && !has(r.accounts, r.account)) : (r.country == p.first || r.country == p.second || r.country == p.third) && (p.kind == "abroad" ? r.currency == p.currency && r.tier != p.tier : !r.verified))
`;

function casbin(name: string, model: string, line: (limit: Limit) => readonly string[]): Contender {
  return {
    name,
    prepare: async (limits) => {
      if (!installed("casbin")) return null;
      const library: Casbin = require("casbin");
      const enforcer = await library.newEnforcer(library.newModelFromString(model));
      await enforcer.addFunction("has", (whole: string | string[], part: string) => {
        return whole.includes(part);
      });
      await enforcer.addPolicies(
        limits.map((limit) => [limit.tool ?? "*", ...line(limit), "deny"]),
      );
      return (bytes) => {
        const { tool, arguments: paid, user } = inputOf(bytes);
        const { amount, currency, country, account, memo } = paid;
        const { tier, accounts, verified } = user;
        const request = [tool, amount, currency, country, account, memo, tier, accounts, verified];
        return !enforcer.enforceSync(...request);
      };
    },
  };
}

const evaluated = casbin("casbin (eval)", EVALUATED, (limit) => [
  conditions(limit, CASBIN).join(" && "),
]);
const matched = casbin("casbin (one matcher)", MATCHED, (limit) => {
  const { kind, over, currency, countries, tier, word } = limit;
  return [kind, String(over), currency, ...countries, tier, word];
});

interface JsonRules {
  Engine: new (
    rules: readonly object[],
  ) => {
    addOperator(name: string, call: (fact: string, value: string) => boolean): void;
    run(facts: object): Promise<{ readonly events: readonly unknown[] }>;
  };
}

function jsonConditions(limit: Limit): readonly object[] {
  const { kind, tool, over, currency, countries, tier, word } = limit;
  const inCurrency = { fact: "currency", operator: "equal", value: currency };
  const inCountry = { fact: "country", operator: "in", value: countries };
  const byKind: Readonly<Record<Limit["kind"], readonly object[]>> = {
    abroad: [inCurrency, inCountry, { fact: "tier", operator: "notEqual", value: tier }],
    memo: [{ fact: "memo", operator: "includes", value: word }],
    stranger: [
      inCurrency,
      { fact: "accounts", operator: "doesNotContain", value: { fact: "account" } },
    ],
    unverified: [{ fact: "verified", operator: "equal", value: false }, inCountry],
  };
  const scope = tool === null ? [] : [{ fact: "tool", operator: "equal", value: tool }];
  return [...scope, { fact: "amount", operator: "greaterThan", value: over }, ...byKind[kind]];
}

const jsonRules: Contender = {
  name: "json-rules-engine",
  prepare: async (limits) => {
    if (!installed("json-rules-engine")) return null;
    const library: JsonRules = require("json-rules-engine");
    const engine = new library.Engine(
      limits.map((limit) => {
        return { event: { type: limit.name }, conditions: { all: jsonConditions(limit) } };
      }),
    );
    engine.addOperator("includes", (fact, value) => fact.includes(value));
    return async (bytes) => {
      const { tool, arguments: paid, user } = inputOf(bytes);
      const { events } = await engine.run({ tool, ...paid, ...user });
      return events.length > 0;
    };
  },
};

interface Opa {
  loadPolicySync(wasm: Uint8Array): { evaluate(input: unknown): readonly { result: boolean }[] };
}

const REGO: Spelling = {
  amount: (over) => `input.arguments.amount > ${over}`,
  currency: (currency) => `input.arguments.currency == ${quoted(currency)}`,
  country: (countries) => `input.arguments.country in {${countries.map(quoted).join(", ")}}`,
  tier: (tier) => `input.user.tier != ${quoted(tier)}`,
  memo: (word) => `contains(input.arguments.memo, ${quoted(word)})`,
  stranger: "not input.arguments.account in input.user.accounts",
  unverified: "not input.user.verified",
};

/** The limits as Rego: the source of the module that `bench/opa` compiles. */
export function regoText(limits: readonly Limit[]): string {
  const rules = limits.map((limit) => {
    const scope = limit.tool === null ? [] : [`input.tool == ${quoted(limit.tool)}`];
    return `deny if {\n  ${[...scope, ...conditions(limit, REGO)].join("\n  ")}\n}`;
  });
  return ["package limits", "default deny := false", ...rules, ""].join("\n\n");
}

/** What the module of these limits is called, less its suffix. */
export function moduleName(limits: readonly Limit[]): string {
  return `${limits[0]?.tool === null ? "any" : "tool"}-${limits.length}`;
}

const opa: Contender = {
  name: "OPA (WASM)",
  prepare: async (limits) => {
    const folder = process.env.WRIT_BENCH_OPA ?? join(import.meta.dirname, "../opa/modules");
    const path = join(folder, `${moduleName(limits)}.wasm`);
    if (!existsSync(path) || !installed("@open-policy-agent/opa-wasm")) return null;
    const library: Opa = require("@open-policy-agent/opa-wasm");
    const policy = library.loadPolicySync(readFileSync(path));
    return (bytes) => policy.evaluate(inputOf(bytes))[0]?.result === true;
  },
};

export const CONTENDERS: readonly Contender[] = [
  floor,
  writ,
  cedar,
  evaluated,
  matched,
  jsonRules,
  opa,
];
