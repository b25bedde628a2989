import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { diagnosticText } from "./diagnostic-text.ts";
import { folderOf, runWrit } from "./run-writ.test-support.ts";

/** Each planted fault is marked at the end of its line with the code that it must get. */
const PLANTED = {
  "categories.yaml": `writ: 2                                              # <- VERSION
name: faulty
$defs:
  when: { type: string, format: date }               # <- SHAPE
  amount: { type: integer, minimum: 0 }
categories:
  pay:
    action_type: pay
    input:
      type: object
      additionalProperties: false
      required: [kind, amount]
      properties:
        kind: { type: string, enum: [refund, transfer] }
        amount: { $ref: "#/$defs/amount" }
        account: { type: string }
  Move:                                              # <- NAME
    action_type: move
    always: BLOCK
    reason: NOT_YET
    input: { type: object, additionalProperties: false }
  wait:                                              # <- NO_EVALUATOR
    action_type: wait
    input: { type: object, additionalProperties: false }
  say:
    action_type: say
    always: EXECUTE                                  # <- OUTCOME
    reason: FREE
    input: { type: object, additionalProperties: false }
`,
  "rules.yaml": `constraints:
  - name: limits
    evaluators:
      - name: too_much
        categories: [pay]
        when: input.amount > 1000.0                  # <- CEL_MIXED_NUMBERS
        then: BLOCK
        reason: LIMIT
      - name: unknown
        categories: [pay]
        when: input.acount == "x"                    # <- CEL_UNKNOWN_MEMBER
        then: BLOCK
        reason: UNKNOWN
      - name: shouting
        categories: [pay]
        when: |
          input.amount > 5
            && input.account == "HQ"
        then: BLOCK
        reason: ALLOWED                              # <- RESERVED_REASON
      - name: too_much                               # <- DUPLICATE_NAME
        categories: [pay]
        when: input.amount > 2000
        then: BLOCK
        reason: LIMIT
      - name: elsewhere
        categories: [pay, give]                      # <- UNKNOWN_CATEGORY
        when: input.amount > 2000
        then: BLOCK
        reasn: LIMIT                                 # <- UNKNOWN_KEY
        reason: LIMIT
`,
  "canaries.yaml": `canaries:
  pay:
    block: []                                        # <- CANARY
    execute: [{ kind: refund, amount: 1 }]
  wait:
    block: [{}]
    execute: [{}]
`,
};

test("a bundle with 12 planted faults gives 12 errors, each with the right line", async (t) => {
  const marked = Object.entries(PLANTED).flatMap(([path, text]) =>
    text.split("\n").flatMap((line, index) => {
      const code = /# <- (\w+)$/.exec(line)?.[1];
      return code === undefined ? [] : [`${path}:${index + 1} ${code}`];
    }),
  );
  assert.equal(marked.length, 12);
  const folder = folderOf(t, PLANTED);
  const { code, out } = runWrit(folder, "policy", "check", ".");
  assert.equal(code, 1);
  const { diagnostics } = JSON.parse(runWrit(folder, "policy", "check", ".", "--json").out);
  const found = diagnostics.map(
    (each: { path: string; line: number; code: string; severity: string }) =>
      `${each.path}:${each.line} ${each.code}`,
  );
  assert.deepEqual(found.sort(), marked.sort());
  assert.match(out, /^\.: 12 errors, 0 warnings$/m);
});

const SOUND = `writ: 1
name: sound
categories:
  pay:
    action_type: pay
    input:
      type: object
      additionalProperties: false
      required: [amount, note]
      properties:
        amount: { type: integer, minimum: 0 }
        note: { type: string }
constraints:
  - name: limits
    evaluators:
      - name: too_much
        categories: [pay]
        when: input.amount > 1000
        then: BLOCK
        reason: LIMIT
      - name: far_too_much
        categories: [pay]
        when: input.amount > 2000 && input.note != "\u200b"
        then: BLOCK
        reason: LIMIT
canaries:
  pay: { block: [{ amount: 1001, note: x }], execute: [{ amount: 1, note: x }] }
`;

test("errors and warnings are told as compilers tell them, each with its line and a caret", (t) => {
  const canary = SOUND.replace("amount: 1001", "amount: 999");
  const folder = folderOf(t, { "p/bundle.yaml": canary });
  const { code, out } = runWrit(folder, "policy", "check", "p");
  assert.equal(code, 1);
  assert.equal(
    out,
    `p/bundle.yaml:27:18: error[CANARY_FAILED]: pay must BLOCK this canary by policy, and gave EXECUTE (ALLOWED): mend the rules or the canary
   27 |   pay: { block: [{ amount: 999, note: x }], execute: [{ amount: 1, note: x }] }
      |                  ^

p/bundle.yaml:4:3: warning[NO_REWRITE]: pay has no REWRITE: an agent is stopped and never told what would do; add one where a change would make the action right
    4 |   pay:
      |   ^~~

p/bundle.yaml:21:9: warning[SHADOWED]: far_too_much gives no outcome of its own in pay: wherever its condition holds, too_much (bundle.yaml:16) blocks; remove it, or narrow too_much
   21 |       - name: far_too_much
      |         ^~~~

p: 1 error, 2 warnings
`
      .replace("28:17", "28:18")
      .replace("|                 ^", "|                  ^"),
  );
});

test("warnings pass unless they are taken strictly, and can be left out by code", (t) => {
  const folder = folderOf(t, { "bundle.yaml": SOUND });
  const check = (...flags: readonly string[]): number | null =>
    runWrit(folder, "policy", "check", ".", ...flags).code;
  assert.equal(check(), 0);
  assert.equal(check("--strict"), 1);
  assert.equal(check("--strict", "--allow", "NO_REWRITE"), 1);
  assert.equal(check("--strict", "--allow", "NO_REWRITE", "--allow", "SHADOWED"), 0);
  assert.equal(check("--allow", "EVERYTHING"), 2);
  assert.equal(runWrit(folder, "policy", "check", "absent").code, 2);
});

test("as JSON: the same, and the engine version", (t) => {
  const folder = folderOf(t, { "bundle.yaml": SOUND });
  const report = JSON.parse(runWrit(folder, "policy", "check", ".", "--json").out);
  assert.deepEqual([report.name, report.errors, report.warnings], ["sound", 0, 2]);
  assert.match(report.engine_version, /^3\.0\.0\+[0-9a-f]{64}$/);
  const [first] = report.diagnostics;
  assert.deepEqual(Object.keys(first).sort(), [
    "code",
    "column",
    "line",
    "message",
    "path",
    "severity",
    "source",
  ]);
});

const matcherFile = new URL("../../problem-matcher.json", import.meta.url);

test("the problem matcher reads each diagnostic, and nothing else", (t) => {
  const { problemMatcher } = JSON.parse(readFileSync(matcherFile, "utf8"));
  const [{ regexp, ...groups }] = problemMatcher[0].pattern;
  const folder = folderOf(t, PLANTED);
  const { out } = runWrit(folder, "policy", "check", ".");
  const { diagnostics } = JSON.parse(runWrit(folder, "policy", "check", ".", "--json").out);
  const matched = out.split("\n").flatMap((line) => {
    const match = new RegExp(regexp).exec(line);
    return match === null ? [] : [match];
  });
  assert.equal(matched.length, diagnostics.length);
  matched.forEach((match, index) => {
    const { path, line, column, severity, code, message } = diagnostics[index];
    const read = ["file", "line", "column", "severity", "code", "message"].map(
      (key) => match[groups[key]],
    );
    assert.deepEqual(read, [path, String(line), String(column), severity, code, message]);
  });
});

test("what a terminal would act on, or not show, is replaced, column by column", () => {
  const source = "  a: \u001b[2J\u200b\u202e \tb";
  const text = diagnosticText({
    severity: "error",
    path: "x\u001b.yaml",
    line: 3,
    column: source.indexOf("b") + 1,
    code: "NAME",
    message: "rename \u009b",
    source,
  });
  assert.match(text, /^[\n\x20-\x7e\ufffd]+$/);
  const [, line = "", caret = ""] = text.split("\n");
  assert.equal(line.indexOf("b"), caret.indexOf("^"));
});
