import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { bareInput } from "@writ/contract/envelope";
import { loadCedar } from "@writ/engine/cedar";
import { linesOf, unifiedDiff } from "./evaluator-text.ts";
import { explain } from "./explanation.ts";
import { folderOf } from "./run-writ.test-support.ts";
import { CASES, edit, POLICY } from "./sample-policy.test-support.ts";
import { loadSubject } from "./subject.ts";
import { runTests, type TestResult } from "./test-run.ts";

async function tested(t: TestContext, policy: string, cases: string): Promise<TestResult> {
  const folder = folderOf(t, { "bundle.yaml": policy, "tests/cases.yaml": cases });
  const { came } = await runTests(folder, true);
  assert.ok("ran" in came, JSON.stringify(came));
  return came;
}

function missed({ goals }: TestResult): readonly string[] {
  return goals.filter((goal) => !goal.reached).map(({ what, side }) => `${what} ${side}`);
}

/** What to leave out of the cases, and the goals that are then missed. */
const MISSED: readonly (readonly [string, readonly string[]])[] = [
  [
    "      - [xavier, [new, known], EXECUTE]\n",
    [
      'input.tags == null || !input.tags.exists(t, t == "known") false',
      '!input.tags.exists(t, t == "known") false',
      'input.tags.exists(t, t == "known") true',
      't == "known" true',
    ],
  ],
  ["      - [xavier, null, BLOCK]\n", []],
  [
    "  - name: a small refund\n    category: refund\n    input: payment\n    outcome: EXECUTE\n",
    ["far_too_much in refund passes"],
  ],
];

for (const [text, expected] of MISSED) {
  test(`without ${JSON.stringify(text.trim())} these goals are missed`, async (t) => {
    assert.deepEqual(missed(await tested(t, POLICY, edit(CASES, text, ""))), expected);
  });
}

test("what was never asked is not covered on either side", async (t) => {
  const cases =
    CASES.slice(0, CASES.indexOf("cases:")) +
    `cases:
  - { name: n, category: pay, input: { kind: fee, amount: 1 }, outcome: EXECUTE }
`;
  const all = missed(await tested(t, POLICY, cases));
  for (const side of ["true", "false"]) {
    assert.ok(all.includes(`input.kind == "transfer" ${side}`));
    assert.ok(all.includes(`t == "known" ${side}`));
  }
  assert.ok(!all.includes("input.account != null false"));
});

test("judges are looked into each by itself, and one in Cedar answers without a look inside", async (t) => {
  const { sha256 } = loadCedar();
  const judges = `judges:
          - cel: input.amount > 1000
          - cedar:
              policies: |
                permit(principal, action, resource);
                forbid(principal, action, resource) when { context.input.amount > 1000 };
        then: BLOCK`;
  const policy = edit(POLICY, "when: input.amount > 1000\n        then: BLOCK", judges).replace(
    "name: payments\n",
    `name: payments\ncedar: { sha256: ${sha256} }\n`,
  );
  const result = await tested(t, policy, CASES);
  assert.deepEqual(missed(result), []);
  assert.equal(result.mutation?.score, 1);
  const changes = result.mutation.tried.map(({ mutant }) => mutant.change);
  assert.ok(changes.includes("judge 1: 1000 => 999"));
  assert.ok(changes.includes("judge 1: input.amount > 1000 => input.amount <= 1000"));

  const subject = await loadSubject(folderOf(t, { "bundle.yaml": policy }));
  assert.ok("engine" in subject);
  const input = new TextEncoder().encode('{"kind": "fee", "amount": 1001}');
  const [first] = explain(subject, bareInput(input, "refund"), undefined).evaluators;
  assert.deepEqual(
    first?.judges.map(({ language, answer }) => [language, answer]),
    [
      ["cel", true],
      ["cedar", true],
    ],
  );
  const text = linesOf(subject.anatomy.evaluators[0] ?? assert.fail()).join("\n");
  assert.match(
    text,
    /judges:\n {4}- cel: \|\n {8}input\.amount > 1000\n {4}- cedar:\n {8}policies: \|\n/,
  );
});

test("a rule that fails in every case has neither objected nor passed", async (t) => {
  const failing = "input.account.startsWith('x')";
  const policy = edit(POLICY, 'input.amount > 100 && input.kind == "transfer"', failing);
  const cases = `writ_tests: 1
cases:
  - { name: n, category: pay, input: { kind: fee, amount: 1 }, outcome: BLOCK, reason: EVALUATOR_FAILED }
`;
  const all = missed(await tested(t, policy, cases));
  assert.ok(
    all.includes("rather_much in pay objects") && all.includes("rather_much in pay passes"),
  );
});

test("a diff shows one change with three lines around it", () => {
  const before = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
  assert.deepEqual(unifiedDiff(before, before.with(4, "x")), [
    ...[" 2", " 3", " 4", "-5", "+x", " 6", " 7", " 8"],
  ]);
  assert.deepEqual(unifiedDiff(before, before.slice(1)), ["-1", " 2", " 3", " 4"]);
  assert.deepEqual(unifiedDiff(["1", "1"], ["1", "1", "1"]), [" 1", " 1", "+1"]);
  assert.deepEqual(unifiedDiff(["a"], []), ["-a"]);
});
