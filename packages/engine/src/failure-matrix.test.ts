import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Received } from "@writ/contract/envelope";
import type { JsonObject } from "@writ/contract/json";
import { FAILURES, REFUSALS } from "@writ/contract/reason";
import { compileRule } from "./cel/compile.ts";
import { EvaluationFailed } from "./cel/evaluation.ts";
import { arm, type Engine } from "./engine.ts";
import { BUNDLE, ENGINE, HOST, INPUT, type Row, SOUND } from "./failure-matrix.node.ts";
import { objectOf } from "./sample-bundle.node.ts";
import { BYTES, CATEGORIES, HOSTS, MEMBERS } from "./strikes-at-inputs.node.ts";
import { BUGS, CONDITIONS, EVALUATORS, LONG, RULES, ruled, told } from "./strikes-at-rules.node.ts";

/*
 * The matrix of failures (SPEC: the edge): each cause, at each place where it can strike, alone, on
 * an attempt that would otherwise be executed.
 */

const MATRIX: readonly Row[] = [
  ...[BYTES, CATEGORIES, HOSTS, MEMBERS].flat(),
  ...[RULES, LONG, EVALUATORS, BUGS].flat(),
];

function assertBlocked(engine: Engine, received: Received, host: unknown, reason: string): void {
  const known = host as JsonObject | undefined;
  const verdict = engine.decide(received, known);
  assert.equal(verdict.reason_code, reason);
  assert.equal(verdict.outcome, "BLOCK");
  assert.equal(verdict.failed, true);
  assert.equal(verdict.rewrite_class, null);
  assert.match(verdict.trace_id, /^[0-9a-f]{64}$/);
  assert.equal(verdict.engine_version, engine.version);
  assert.ok(Object.isFrozen(verdict) && Object.isFrozen(verdict.evaluators));
  assert.deepEqual(engine.decide(received, known), verdict, "the same again");
  assert.equal(engine.identify(received, known).trace_id, verdict.trace_id);
}

test("without a strike the attempt is executed", () => {
  const { outcome, reason_code } = ENGINE.decide(SOUND, objectOf(HOST));
  assert.deepEqual([outcome, reason_code], ["EXECUTE", "ALLOWED"]);
});

for (const [id, group] of Map.groupBy(MATRIX, (row) => row.id)) {
  test(`failures: ${id}, ${group.length} strikes`, () => {
    for (const { what, reason, strike } of group) {
      const { engine = ENGINE, received = SOUND, host = objectOf(HOST) } = strike();
      const known = host === null ? undefined : host;
      try {
        assertBlocked(engine, received as Received, known, reason);
      } catch (error) {
        throw new Error(`${id}: ${what}`, { cause: error });
      }
    }
  });
}

test("every reserved reason but ALLOWED has its strikes", () => {
  const met = new Set(MATRIX.map(({ reason }) => reason));
  assert.deepEqual([...met].sort(), [...REFUSALS, ...FAILURES].sort());
});

test("the failing conditions fail as they are said to, and only when they are reached", () => {
  const type = BUNDLE.categories.get("act")?.shape.type;
  assert.ok(type !== undefined);
  const normalized = BUNDLE.categories.get("act")?.shape.normalize(objectOf(INPUT), objectOf(HOST));
  assert.ok(normalized?.ok === true);
  const met = new Set<string>();
  for (const [source, code] of CONDITIONS) {
    const compiled = compileRule(told(source), type);
    assert.ok("rule" in compiled, source);
    assert.throws(
      () => compiled.rule.evaluate(normalized.value),
      (error) => error instanceof EvaluationFailed && error.code === code,
      source,
    );
    met.add(code);
    for (const [guarded, outcome] of [
      [`HARM && (${source})`, "EXECUTE"],
      [`CALM || (${source})`, "BLOCK"],
      [`CALM ? HARM : (${source})`, "EXECUTE"],
    ]) {
      const verdict = arm(ruled(guarded ?? "")).decide(SOUND, objectOf(HOST));
      assert.deepEqual([verdict.outcome, verdict.failed], [outcome, false], guarded);
    }
  }
  assert.equal(met.size, 8);
});

test("the matrix in SPEC has the same rows", () => {
  const text = readFileSync(join(import.meta.dirname, "../../../SPEC.md"), "utf8");
  const told = [...text.matchAll(/^\| (E\d+) \|.*\| ([A-Z_]+) \|$/gm)];
  const walked = new Set(MATRIX.map(({ id, reason }) => `${id} ${reason}`));
  assert.deepEqual(
    told.map((row) => `${row[1]} ${row[2]}`),
    [...walked],
  );
});
