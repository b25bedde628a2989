import assert from "node:assert/strict";
import { test } from "node:test";
import { type Anatomy, anatomyOf, placeInJudge, withSource } from "./anatomy.ts";
import { type Judgement, judge } from "./evaluator.ts";
import { Panel } from "./panel.ts";
import type { EvaluatorText } from "./read-constraints.ts";
import { bundleOf, edit, objectOf, PAYMENTS } from "./sample-bundle.node.ts";

const FILES = [{ path: "0.yaml", text: PAYMENTS }];

function anatomy(): Anatomy {
  return anatomyOf(FILES, bundleOf(PAYMENTS), undefined);
}

function named(name: string): EvaluatorText {
  const found = anatomy().evaluators.find((each) => each.name === name);
  assert.ok(found);
  return found;
}

/** What the evaluators of payments say, one of them changed. */
function judged(changed: EvaluatorText, input: Readonly<Record<string, unknown>>): Judgement {
  const { evaluators, compile } = anatomy();
  const compiled = evaluators
    .map((each) => compile(each.name === changed.name ? changed : each))
    .flatMap((each) => ("evaluators" in each ? [each.evaluators.get("pay")] : []))
    .filter((each) => each !== undefined);
  const normalized = bundleOf(PAYMENTS).categories.get("pay")?.shape.normalize(objectOf(input));
  assert.ok(normalized?.ok);
  return judge(new Panel(compiled), normalized.value);
}

test("a bundle taken apart has its constraints, evaluators and schemas in order", () => {
  const { constraints, evaluators, schemas, defs } = anatomy();
  assert.deepEqual(constraints, ["limits", "words"]);
  assert.deepEqual(
    evaluators.map(({ name, constraint }) => [name, constraint]),
    [
      ["far_too_much", 0],
      ["rather_much", 0],
      ["says_secret", 1],
      ["odd_share", 1],
    ],
  );
  assert.deepEqual([...schemas.keys()], ["pay", "say", "stop"]);
  assert.deepEqual([...(defs?.members?.keys() ?? [])], ["amount"]);
});

test("evaluators compiled one by one judge as the bundle does", () => {
  for (const amount of [0, 100, 101, 700, 1000, 1001]) {
    const input = { kind: "refund", amount, divisor: 100 };
    const normalized = bundleOf(PAYMENTS).categories.get("pay")?.shape.normalize(objectOf(input));
    assert.ok(normalized?.ok);
    const panel = bundleOf(PAYMENTS).categories.get("pay")?.panel;
    assert.ok(panel);
    assert.deepEqual(judged(named("rather_much"), input), judge(panel, normalized.value));
  }
});

test("a changed source is what is compiled, and its faults are told", () => {
  const changed = withSource(named("far_too_much"), 0, "input.amount > 3");
  assert.equal(judged(changed, { kind: "refund", amount: 4 }).reason, "LIMIT_EXCEEDED");
  const compiled = anatomy().compile(withSource(named("far_too_much"), 0, "input.amount > 'x'"));
  assert.ok("faults" in compiled);
  assert.deepEqual(
    compiled.faults.map(({ code }) => code),
    ["CEL_WRONG_TYPE"],
  );
});

test("an offset in a rule has its place in the file", () => {
  const { judges } = named("odd_share");
  const [judge] = judges;
  assert.ok(judge);
  const offset = String(judge.text.json).indexOf("/");
  const line = PAYMENTS.split("\n").findIndex((each) => each.includes("divisor =="));
  assert.deepEqual(placeInJudge(judge, offset), {
    path: "0.yaml",
    line: line + 1,
    column: (PAYMENTS.split("\n")[line]?.indexOf("/") ?? 0) + 1,
  });
});

test("other files than the bundle's are refused", () => {
  const text = edit(PAYMENTS, "then: BLOCK", "then: SHRUG");
  assert.throws(() => anatomyOf([{ path: "0.yaml", text }], bundleOf(PAYMENTS), undefined));
});
