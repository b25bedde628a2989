import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { anatomyOf } from "@writ/engine/anatomy";
import { loadBundle } from "@writ/engine/bundle";
import { arm } from "@writ/engine/engine";
import type { EvaluatorText } from "@writ/engine/read-constraints";
import { readCases } from "./case-file.ts";
import { mutantsOf } from "./mutants.ts";
import { MutantTrial, type Tried } from "./mutation-run.ts";
import { type Ran, runCase } from "./run-cases.ts";
import { folderOf } from "./run-writ.test-support.ts";
import { CASES, edit, POLICY } from "./sample-policy.test-support.ts";
import { loadSubject, type Subject } from "./subject.ts";
import { type Mutation, runTests, type TestResult } from "./test-run.ts";

async function tested(
  t: TestContext,
  files: Readonly<Record<string, string>>,
): Promise<TestResult> {
  const folder = folderOf(t, { "bundle.yaml": POLICY, "tests/cases.yaml": CASES, ...files });
  const { came } = await runTests(folder, true);
  assert.ok("ran" in came, JSON.stringify(came));
  return came;
}

async function mutation(
  t: TestContext,
  files: Readonly<Record<string, string>>,
): Promise<Mutation> {
  const { mutation } = await tested(t, files);
  assert.ok(mutation);
  return mutation;
}

function survivors({ tried }: Mutation): readonly string[] {
  return tried
    .filter(({ fate }) => fate === "survived")
    .map(({ mutant }) => `${mutant.evaluator}: ${mutant.change}`);
}

test("the sample's cases reach every goal and kill every mutant", async (t) => {
  const { goals, mutation, ran } = await tested(t, {});
  assert.ok(ran.every((each) => each.passed));
  assert.deepEqual(
    goals.filter((goal) => !goal.reached),
    [],
  );
  assert.equal(mutation?.score, 1);
  assert.deepEqual(survivors(mutation), []);
  assert.ok(mutation.tried.every(({ fate }) => fate === "killed"));
});

/** A row or case to leave out, and the mutants that nothing kills then. */
const NEEDED: readonly (readonly [string, readonly string[]])[] = [
  [
    "      - [100, EXECUTE, null, null]\n",
    ["rather_much: input.amount > 100 => input.amount >= 100", "rather_much: 100 => 99"],
  ],
  [
    "      - [alice x, null, EXECUTE]\n",
    ['suspicious: input.account.startsWith("x") => input.account.contains("x")'],
  ],
  ["      - [xavier, null, BLOCK]\n", ["suspicious: left out: input.tags == null"]],
];

for (const [row, expected] of NEEDED) {
  test(`without ${row.trim()} something survives`, async (t) => {
    const found = await mutation(t, { "tests/cases.yaml": edit(CASES, row, "") });
    assert.deepEqual(survivors(found), expected);
    assert.equal(found.score, (found.tried.length - expected.length) / found.tried.length);
  });
}

test("what a canary notices is told apart from what a case kills", async (t) => {
  const cases = CASES.slice(0, CASES.indexOf("cases:"));
  const { tried } = await mutation(t, { "tests/cases.yaml": cases });
  assert.ok(tried.every(({ fate }) => fate === "survived" || fate === "not armed"));
  const removed = tried.find(
    ({ mutant }) => mutant.evaluator === "far_too_much" && mutant.change === "removed",
  );
  assert.equal(removed?.fate, "not armed");
});

test("a marked mutant is equivalent; a mark without its mutant, or of a killed one, is untrue", async (t) => {
  const marks = `writ_mutants: 1
equivalent:
  - { evaluator: rather_much, mutant: "100 => 99", reason: the test that would show it is left out }
  - { evaluator: rather_much, mutant: "100 => 98", reason: there is none }
  - { evaluator: rather_much, mutant: removed, reason: a case kills it }
`;
  const cases = edit(CASES, "      - [100, EXECUTE, null, null]\n", "");
  const found = await mutation(t, { "tests/cases.yaml": cases, "tests/mutants.yaml": marks });
  assert.deepEqual(survivors(found), ["rather_much: input.amount > 100 => input.amount >= 100"]);
  assert.deepEqual(
    found.tried.filter(({ fate }) => fate === "equivalent").map(({ mutant }) => mutant.change),
    ["100 => 99"],
  );
  assert.equal(found.score, (found.tried.length - 2) / (found.tried.length - 1));
  assert.deepEqual(
    found.untrue.map(({ entry, why }) => [entry.mutant, entry.place.line, why]),
    [
      ["100 => 98", 4, "there is no such mutant of this bundle: remove the entry, or copy it anew"],
      [
        "removed",
        5,
        'this mutant is not equivalent, because the case "amounts / row 1" fails: remove the entry',
      ],
    ],
  );
});

test("nothing is said of mutants while a case fails", async (t) => {
  const cases = edit(CASES, "[100, EXECUTE, null, null]", "[100, REWRITE, LARGE, SPLIT]");
  const { ran, mutation } = await tested(t, { "tests/cases.yaml": cases });
  assert.equal(mutation, null);
  assert.deepEqual(
    ran.filter((each) => !each.passed).map((each) => each.case.name),
    ["amounts / row 1"],
  );
});

// --- The short way (one evaluator compiled anew, normal forms kept) against the long one.

/** The mutated bundle written out and loaded from its text. */
function reloaded(tried: Tried, cases: readonly Ran[]): string {
  const { before, after } = tried.mutant;
  const [changed] = after;
  assert.ok(before.length === 1 && after.length === 1 && changed !== undefined);
  const text = withEvaluator(changed);
  const loaded = loadBundle([{ path: "bundle.yaml", text }]);
  if ("faults" in loaded) return "not loaded";
  const engine = arm({ ...loaded.bundle, canaries: [] });
  const killer = cases.find(({ case: { category, received, host, expected } }) => {
    const { outcome, reason_code, rewrite_class } = engine.decide({ ...received, category }, host);
    const { reason, rewriteClass } = expected;
    return outcome !== expected.outcome || reason_code !== reason || rewrite_class !== rewriteClass;
  });
  return killer === undefined ? "survived" : "killed";
}

/** The sample as JSON-like YAML, with one evaluator in another version. */
function withEvaluator(changed: EvaluatorText): string {
  const all = anatomy().evaluators.map((each) => (each.name === changed.name ? changed : each));
  const written = [0, 1].map((constraint) => {
    const evaluators = all.filter((each) => each.constraint === constraint).map(evaluatorJson);
    return `  - { name: c${constraint}, evaluators: [${evaluators.join(", ")}] }\n`;
  });
  const from = POLICY.indexOf("constraints:");
  return `${POLICY.slice(0, from)}constraints:\n${written.join("")}${POLICY.slice(POLICY.indexOf("canaries:"))}`;
}

function evaluatorJson({
  name,
  categories,
  judges,
  outcome,
  reason,
  rewriteClass,
}: EvaluatorText): string {
  return JSON.stringify({
    name,
    categories: categories.map((each) => each.name),
    when: judges[0]?.text.json,
    reason,
    ...(rewriteClass !== null && { rewrite_class: rewriteClass }),
  }).replace(/}$/, `,"then":"${outcome}"}`);
}

function anatomy(): Subject["anatomy"] {
  const files = [{ path: "bundle.yaml", text: POLICY }];
  const loaded = loadBundle(files);
  assert.ok("bundle" in loaded);
  return anatomyOf(files, loaded.bundle, undefined);
}

test("each mutant fares as its bundle does when loaded from its text", async (t) => {
  const folder = folderOf(t, { "bundle.yaml": POLICY });
  const subject = await loadSubject(folder);
  assert.ok("engine" in subject);
  const read = readCases([{ path: join(folder, "cases.yaml"), text: CASES }]);
  assert.ok("cases" in read);
  const all = read.cases.map((each) => runCase(subject, each));
  // Half of the cases, so that mutants of every fate are among those compared.
  const ran = all.filter((_each, index) => index % 2 === 0);
  const fates = new Set<string>();
  const trial = new MutantTrial(
    { ...subject, bundle: { ...subject.bundle, canaries: [] } },
    ran,
    [],
  );
  for (const mutant of mutantsOf(subject)) {
    // A bundle that leaves a category to no evaluator does not load: that it is missed is worth more.
    if (mutant.after.length !== 1 || mutant.change.startsWith("category ")) continue;
    const tried = trial.try(mutant);
    const fate = reloaded(tried, ran);
    fates.add(fate);
    assert.equal(tried.fate, fate, `${mutant.evaluator}: ${mutant.change}`);
  }
  assert.deepEqual([...fates].sort(), ["killed", "survived"]);
});
