/**
 * The airline's bundle under a flood of generated envelopes. More of them:
 *
 *   WRIT_FLOOD=10000000 node --test --test-reporter=spec test/flood.test.ts
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openEnvelope } from "@writ/contract/envelope";
import { loadBundle } from "@writ/engine/bundle";
import { arm, type Engine } from "@writ/engine/engine";
import type { Verdict } from "@writ/engine/verdict";
import { parse } from "yaml";
import { naiveJson } from "../packages/contract/src/naive-json.test-support.ts";
import { identify, type Value } from "../packages/contract/src/oracle.test-support.ts";
import { Draw, nextEnvelope } from "./airline-flood.ts";
import { reasonOf } from "./airline-oracle.ts";
import { root } from "./root.ts";

const COUNT = Number(process.env.WRIT_FLOOD ?? 20_000);
const SEED = Number(process.env.WRIT_SEED ?? 1);
/** Of the inputs that are not executed, one in so many is put to the oracle too. */
const SAMPLED = 16;

const policy = join(root, "policies/airline");
const files = globSync("*.yaml", { cwd: policy }).map((path) => {
  return { path, text: readFileSync(join(policy, path), "utf8") };
});

function armed(): Engine {
  const loaded = loadBundle(files);
  assert.ok("bundle" in loaded);
  return arm(loaded.bundle);
}

function toValue(plain: unknown): Value {
  if (Array.isArray(plain)) return plain.map(toValue);
  if (typeof plain !== "object" || plain === null) return plain as Value;
  return new Map(Object.entries(plain).map(([name, member]) => [name, toValue(member)]));
}

const content = parse(files.find(({ path }) => path === "bundle.yaml")?.text ?? "");
const definitions = toValue(content.$defs) as Map<string, Value>;
const shapes = new Map(
  Object.entries(content.categories).map(([name, category]) => {
    return [name, toValue((category as { input: unknown }).input) as Map<string, Value>];
  }),
);

interface Told {
  readonly reason: string;
  /** The identity's form, where the oracle has one for what it accepts. */
  readonly form?: string;
}

/** What the written rules of reading, shape and policy say of the bytes, told without a thought for speed. */
function told(bytes: Uint8Array): Told {
  const read = naiveJson(bytes);
  if (read === undefined || !(read.value instanceof Map)) return { reason: "MALFORMED_INPUT" };
  const input = read.value.get("input");
  if (!(input instanceof Map) || depthOf(input) > 64) return { reason: "MALFORMED_INPUT" };
  for (const [name, member] of read.value) {
    if (name !== "input" && depthOf(member) > 64) return { reason: "MALFORMED_INPUT" };
  }
  const category = read.value.get("category");
  const shape = typeof category === "string" ? shapes.get(category) : undefined;
  if (shape === undefined) return { reason: "UNKNOWN_CATEGORY" };
  const identified = identify(input, shape, definitions);
  if ("refusal" in identified) return { reason: identified.refusal };
  const { form } = identified;
  return { reason: reasonOf(String(category), JSON.parse(form)), form };
}

function depthOf(value: Value): number {
  if (!Array.isArray(value) && !(value instanceof Map)) return 0;
  let deepest = 0;
  for (const member of value.values()) deepest = Math.max(deepest, depthOf(member));
  return deepest + 1;
}

function assertAsTold(verdict: Verdict, bytes: Uint8Array): void {
  const { reason, form } = told(bytes);
  const shown = Buffer.from(bytes).toString();
  assert.equal(verdict.reason_code, reason, shown);
  if (form === undefined) return;
  const named = form + verdict.category + verdict.engine_version;
  assert.equal(verdict.trace_id, createHash("sha256").update(named).digest("hex"), shown);
}

test(`${COUNT} envelopes, seed ${SEED}: no throw, and nothing executed that the oracle refuses`, (t) => {
  const engine = armed();
  const draw = new Draw(SEED);
  const counts = new Map<string, number>();
  for (let i = 0; i < COUNT; i++) {
    const bytes = nextEnvelope(draw);
    const verdict = engine.decide(openEnvelope(bytes));
    const { outcome, reason_code } = verdict;
    if (outcome === "EXECUTE" || i % SAMPLED === 0) assertAsTold(verdict, bytes);
    if (reason_code === "INTERNAL_ERROR" || reason_code === "EVALUATOR_FAILED") {
      assert.fail(Buffer.from(bytes).toString());
    }
    counts.set(reason_code, (counts.get(reason_code) ?? 0) + 1);
  }
  t.diagnostic(JSON.stringify(Object.fromEntries([...counts].sort())));
  // Eleven of the policy and five refusals: a flood that misses one of them shows little.
  assert.equal(counts.size, 16);
});
