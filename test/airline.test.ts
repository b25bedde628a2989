import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openEnvelope } from "@writ/contract/envelope";
import { jsonFrom } from "@writ/contract/jcs";
import { JsonObject } from "@writ/contract/json";
import { loadBundle } from "@writ/engine/bundle";
import { arm, type Engine } from "@writ/engine/engine";
import type { Verdict } from "@writ/engine/verdict";
import fc from "fast-check";
import { call, strike, struck } from "./airline-calls.ts";
import { type Call, reasonOf } from "./airline-oracle.ts";
import { root } from "./root.ts";

const policy = join(root, "policies/airline");
const engine = armed();

function armed(): Engine {
  const paths = globSync("*.yaml", { cwd: policy });
  const files = paths.map((path) => ({ path, text: readFileSync(join(policy, path), "utf8") }));
  const loaded = loadBundle(files);
  assert.ok("bundle" in loaded, JSON.stringify(loaded));
  return arm(loaded.bundle);
}

function decideLine(line: string): Verdict {
  return engine.decide(openEnvelope(new TextEncoder().encode(line)));
}

function linesOf(path: string): readonly string[] {
  return readFileSync(path, "utf8").trimEnd().split("\n");
}

function tally(verdicts: readonly Verdict[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { outcome, reason_code } of verdicts) {
    const key = `${outcome} ${reason_code}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

const recorded = process.env.WRIT_AIRLINE_DATA ?? join(root, "../shared/data/airline");
const missing = existsSync(recorded)
  ? false
  : `no recorded calls at ${recorded}: set WRIT_AIRLINE_DATA`;

test("the recorded calls fare as the written policy says", { skip: missing }, () => {
  const lines = globSync("trial-*.jsonl", { cwd: recorded })
    .toSorted()
    .flatMap((name) => linesOf(join(recorded, name)));
  const verdicts = lines.map(decideLine);
  assert.deepEqual(tally(verdicts), {
    "EXECUTE ALLOWED": 547,
    "BLOCK BASIC_ECONOMY_FLIGHTS_FIXED": 9,
    "BLOCK CANCELLATION_NOT_ALLOWED": 9,
    "BLOCK PAYMENT_METHODS_EXCEEDED": 4,
    "REWRITE CARD_OR_GIFT_CARD_REQUIRED": 3,
  });
  lines.forEach((line, index) => {
    const { category, input } = JSON.parse(line);
    const verdict = verdicts[index];
    assert.equal(verdict?.reason_code, reasonOf(category, input));
    assert.equal(verdict?.action_type, category);
    const isRewrite = verdict?.outcome === "REWRITE";
    assert.equal(verdict?.rewrite_class, isRewrite ? "CHOOSE_CARD_OR_GIFT_CARD" : null);
  });
  assert.deepEqual(lines.toReversed().map(decideLine).toReversed(), verdicts);
});

const sample = linesOf(join(policy, "sample.jsonl"));

test("the sample meets every rule and every refusal", () => {
  const met = new Set(sample.map((line) => decideLine(line).reason_code));
  const rules = readFileSync(join(policy, "bundle.yaml"), "utf8").matchAll(/^\s+reason: (\w+)$/gm);
  const expected = [...rules].map((match) => match[1] ?? "");
  expected.push("ALLOWED", "MALFORMED_INPUT", "UNKNOWN_CATEGORY", "MISSING_MANDATORY_INPUT");
  expected.push("INPUT_SHAPE_VIOLATION", "TRANSIENT_FIELD");
  assert.deepEqual([...met].sort(), [...new Set(expected)].sort());
  assert.ok(sample.length >= 60);
});

test("the sample's golden decisions hold", () => {
  const path = join(policy, "decisions.jsonl");
  const lines = sample.map((line) => {
    const { outcome, reason_code, rewrite_class, action_type, trace_id } = decideLine(line);
    const name: unknown = JSON.parse(line).case;
    return JSON.stringify({
      case: name,
      outcome,
      reason_code,
      rewrite_class,
      action_type,
      trace_id,
    });
  });
  if (process.env.WRIT_GOLDEN === "write") writeFileSync(path, `${lines.join("\n")}\n`);
  assert.deepEqual(lines, linesOf(path));
});

function decide(category: string, input: unknown): Verdict {
  const value = jsonFrom(input);
  assert.ok(value instanceof JsonObject);
  return engine.decide({ category, input: value });
}

test("generated calls fare as the policy told plainly", () => {
  const met = new Set<string>();
  const property = fc.property(call, ({ category, input }) => {
    const { reason_code, outcome } = decide(category, input);
    assert.equal(reason_code, reasonOf(category, input));
    const released = reason_code === "ALLOWED" ? "EXECUTE" : "BLOCK";
    assert.equal(outcome, reason_code === "CARD_OR_GIFT_CARD_REQUIRED" ? "REWRITE" : released);
    met.add(reason_code);
  });
  fc.assert(property, { numRuns: 6000 });
  assert.equal(met.size, 11, [...met].join(" "));
});

test("a call with one value struck is refused, or fares as the policy told plainly", () => {
  const property = fc.property(call, strike, ({ category, input }, { at, put }) => {
    const hurt = struck(input, { left: at + 1 }, put);
    const verdict = decide(category, hurt);
    assert.notEqual(verdict.reason_code, "INTERNAL_ERROR");
    assert.notEqual(verdict.reason_code, "EVALUATOR_FAILED");
    if (!verdict.failed) assert.equal(verdict.reason_code, reasonOf(category, hurt as Call));
  });
  fc.assert(property, { numRuns: 6000 });
});
