import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isAuthorized } from "@cedar-policy/cedar-wasm/web";
import { canonicalJson, jsonFrom } from "@writ/contract/jcs";
import { JsonObject } from "@writ/contract/json";
import { genericForm } from "@writ/contract/normal-form";
import { compileShape } from "@writ/contract/shape";
import { ask, evaluatorOf } from "../evaluator.ts";
import { CEDAR } from "./bundle.node.ts";
import { compileCedar } from "./compile.ts";

/*
 * Cedar's public integration tests, in a folder that holds a checkout of
 * github.com/cedar-policy/cedar-integration-tests with its corpus unpacked. A request becomes one
 * evaluator with one judge: its context is the input, and what its policies call `context` is a
 * judge's `context.input`.
 */
const folder = process.env.CEDAR_INTEGRATION_TESTS;
const missing = "set CEDAR_INTEGRATION_TESTS to a checkout of cedar-integration-tests";

interface Uid {
  readonly type: string;
  readonly id: string;
}

interface Request {
  readonly principal: Uid;
  readonly action: Uid;
  readonly resource: Uid;
  readonly context: Readonly<Record<string, unknown>>;
  readonly decision: "allow" | "deny";
  readonly errors: readonly string[];
}

interface Case {
  readonly policies: string;
  readonly entities: string;
  readonly requests: readonly Request[];
}

/** Why a judge cannot be asked what a request asks. */
class Inexpressible extends Error {}

function read(path: string): string {
  return readFileSync(join(folder ?? "", path), "utf8");
}

function casesIn(directory: string): readonly string[] {
  return readdirSync(join(folder ?? "", directory), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json") && !name.endsWith(".entities.json"))
    .map((name) => join(directory, name))
    .sort();
}

const TOKEN = /\/\/[^\n]*|"(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_]*|::|\s+|./gs;

/** The policies as a judge would have them written: the variable `context` is `context.input`. */
function judgeText(text: string): string {
  const tokens = [...text.matchAll(TOKEN)].map(([token]) => token);
  const words = tokens.filter((token) => token.trim() !== "" && !token.startsWith("//"));
  let at = -1;
  return tokens
    .map((token) => {
      if (token.trim() === "" || token.startsWith("//")) return token;
      at += 1;
      const isName = [".", "has", "@", "::"].includes(words[at - 1] ?? "");
      const isKey = [":", "::"].includes(words[at + 1] ?? "");
      return token === "context" && !isName && !isKey ? "context.input" : token;
    })
    .join("");
}

/** A context value as JSON that an agent might send, and a shape of it. */
function inputOf(value: unknown): { readonly json: unknown; readonly schema: unknown } {
  if (typeof value === "string")
    return { json: value, schema: { type: "string", persistent: true } };
  if (typeof value === "boolean") return { json: value, schema: { type: "boolean" } };
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new Inexpressible("an integer beyond 2^53 − 1");
    return { json: value, schema: { type: "integer" } };
  }
  if (Array.isArray(value)) return listOf(value.map(inputOf));
  assert.ok(typeof value === "object" && value !== null);
  if ("__entity" in value) throw new Inexpressible("an entity in the context");
  if ("__extn" in value) return extensionOf(value.__extn as { fn: string; arg: string });
  const members = Object.entries(value).map(([name, member]) => [name, inputOf(member)] as const);
  return {
    json: Object.fromEntries(members.map(([name, { json }]) => [name, json])),
    schema: {
      type: "object",
      additionalProperties: false,
      required: members.map(([name]) => name),
      properties: Object.fromEntries(members.map(([name, { schema }]) => [name, schema])),
    },
  };
}

function listOf(items: readonly { readonly json: unknown; readonly schema: unknown }[]): {
  readonly json: unknown;
  readonly schema: unknown;
} {
  const schemas = new Set(items.map(({ schema }) => JSON.stringify(schema)));
  if (schemas.size > 1) throw new Inexpressible("a set of several shapes");
  return {
    json: items.map(({ json }) => json),
    schema: { type: "array", items: items[0]?.schema ?? { type: "string" } },
  };
}

function extensionOf({ fn, arg }: { fn: string; arg: string }): {
  readonly json: unknown;
  readonly schema: unknown;
} {
  if (fn !== "decimal") throw new Inexpressible(`an extension value in the context: ${fn}`);
  const shortest = arg.replace(/\.?0+$/, (zeros) => (arg.includes(".") ? "" : zeros));
  if (String(Number(arg)) !== shortest) throw new Inexpressible("a decimal that binary64 rounds");
  return { json: Number(arg), schema: { type: "number" } };
}

/**
 * Cedar can read `{type, id}` as an entity where a schema says so. A judge has no schema of its
 * entities: a request that Cedar itself answers otherwise without one is not for it.
 */
function needsSchema(request: Request, policies: string, entities: readonly unknown[]): boolean {
  const { principal, action, resource, context } = request;
  const answer = isAuthorized({
    principal,
    action,
    resource,
    context: context as Parameters<typeof isAuthorized>[0]["context"],
    policies: { staticPolicies: policies },
    entities: entities as Parameters<typeof isAuthorized>[0]["entities"],
  });
  if (answer.type === "failure") return true;
  const { decision, diagnostics } = answer.response;
  return decision !== request.decision || diagnostics.errors.length !== request.errors.length;
}

/** EXECUTE, BLOCK by the policy, or BLOCK by a failure. */
function answerTo(request: Request, policies: string, entities: readonly unknown[]): string {
  const { json, schema } = inputOf(request.context);
  const received = jsonFrom(json);
  assert.ok(received instanceof JsonObject);
  if (genericForm(received) !== canonicalJson(received)) {
    throw new Inexpressible("strings that normalization changes");
  }
  const compiled = compileShape(jsonFrom(schema), undefined);
  if ("faults" in compiled) throw new Inexpressible("a context that no shape may have");
  const normalized = compiled.shape.normalize(received);
  assert.ok(normalized.ok, JSON.stringify(request.context));
  const { principal, action, resource } = request;
  const source = { policies, principal, action, resource, entities };
  const judged = { category: "x", input: compiled.shape.type };
  const judge = compileCedar(source, judged, [judged], CEDAR);
  if ("faults" in judge) throw new Inexpressible(`load fault ${judge.faults[0]?.code}`);
  const parts = { name: "e", constraint: 0, outcome: "BLOCK", reason: "DENIED" } as const;
  const evaluator = evaluatorOf({ ...parts, rule: judge.rule, rewriteClass: null });
  const [, outcome, reason] = ask(evaluator, normalized.value);
  return reason === null ? outcome : `${outcome} ${reason}`;
}

function expected({ decision, errors }: Request): string {
  if (errors.length > 0) return "BLOCK EVALUATOR_FAILED";
  return decision === "allow" ? "EXECUTE" : "BLOCK DENIED";
}

interface Tally {
  cases: number;
  requests: number;
  asked: number;
  withErrors: number;
  readonly left: Map<string, number>;
}

function runCase(path: string, tally: Tally): void {
  const { policies, entities, requests } = JSON.parse(read(path)) as Case;
  const parsed = JSON.parse(read(entities)) as readonly unknown[];
  const text = judgeText(read(policies));
  tally.cases += 1;
  // The corpus repeats many a request word for word.
  const given = new Map(
    requests.map((each) => [JSON.stringify({ ...each, description: "" }), each]),
  );
  for (const request of given.values()) {
    tally.requests += 1;
    try {
      if (needsSchema(request, read(policies), parsed)) {
        throw new Inexpressible("entities or context that only a schema explains");
      }
      const answer = answerTo(request, text, parsed);
      assert.equal(answer, expected(request), `${path}: ${JSON.stringify(request)}`);
      tally.asked += 1;
      if (request.errors.length > 0) tally.withErrors += 1;
    } catch (error) {
      if (!(error instanceof Inexpressible)) throw error;
      tally.left.set(error.message, (tally.left.get(error.message) ?? 0) + 1);
    }
  }
}

for (const directory of ["tests", "corpus-tests"]) {
  test(`Cedar's integration tests: ${directory}`, {
    skip: folder === undefined ? missing : false,
    timeout: 1_200_000,
  }, (context) => {
    const tally: Tally = { cases: 0, requests: 0, asked: 0, withErrors: 0, left: new Map() };
    for (const path of casesIn(directory)) runCase(path, tally);
    assert.ok(tally.asked > 0);
    const { cases, requests, asked, withErrors, left } = tally;
    context.diagnostic(
      `${cases} cases, ${requests} different requests: ${asked} asked of a judge (${withErrors} with errors, all BLOCK), ${requests - asked} not expressible`,
    );
    for (const [why, count] of [...left].sort((a, b) => b[1] - a[1])) {
      context.diagnostic(`not expressible: ${count} × ${why}`);
    }
  });
}
