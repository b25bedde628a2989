import assert from "node:assert/strict";
import { test } from "node:test";
import { edit, faultsOf, PAYMENTS, testFaults } from "./sample-bundle.node.ts";

testFaults([
  {
    what: "rule in a plain scalar",
    from: "when: input.amount > 1000",
    to: "when: input.amount > total",
    faults: [["CEL_UNKNOWN_NAME", "total"]],
  },
  {
    what: "rule in a block scalar",
    from: "== 7",
    to: "== seven",
    faults: [["CEL_UNKNOWN_NAME", "seven"]],
  },
  {
    what: "rule in a quoted scalar",
    from: 'when: input.text.contains("secret")',
    to: 'when: "input.text.contains(\\"secret\\") || others"',
    faults: [["CEL_UNKNOWN_NAME", "others"]],
  },
  {
    what: "rule of the wrong type",
    from: "when: input.amount > 1000",
    to: 'when: input.amount > "1000"',
    faults: [["CEL_WRONG_TYPE", '> "1000"']],
  },
  {
    what: "literal no normal form equals",
    from: 'contains("secret")',
    to: 'contains("Secret")',
    faults: [["CEL_NEVER_EQUAL", '"Secret"']],
  },
  {
    what: "has() of a declared property",
    from: "when: input.amount > 1000",
    to: "when: has(input.account)",
    faults: [["CEL_ALWAYS_THERE", "has(input.account)"]],
  },
  {
    what: "UUID that the shape refuses",
    from: "when: input.amount > 1000",
    to: "when: input.account == '6f1c2b54-8d0e-4b77-9a53-2e7d0c9b1a60'",
    faults: [["CEL_NEVER_EQUAL", "'6f1c"]],
  },
  {
    what: "date-time that the shape refuses, in a list",
    from: "when: input.amount > 1000",
    to: "when: input.account in ['a', '2026-11-21t20:00:00z']",
    faults: [["CEL_NEVER_EQUAL", "'2026"]],
  },
  {
    what: "no transient literal: a plain date, a part of one, one that is computed",
    from: "when: input.amount > 1000",
    to: "when: input.account == '2026-11-21' || input.account.startsWith('2026-11-21t20:00:00z') || input.account + 'z' == '2026-11-21t20:00:00z'",
    faults: [],
  },
]);

const PERSISTENT = edit(
  PAYMENTS,
  "account: { type: string }",
  "account: { type: string, persistent: true }",
);

test("a literal may be a UUID where the shape lets one in", () => {
  for (const condition of [
    "input.account == '6f1c2b54-8d0e-4b77-9a53-2e7d0c9b1a60'",
    "(input.amount > 1 ? input.account : input.kind) == '6f1c2b54-8d0e-4b77-9a53-2e7d0c9b1a60'",
    "string(input.account) == '6f1c2b54-8d0e-4b77-9a53-2e7d0c9b1a60'",
    "'2026-11-21t20:00:00z' in [input.account, input.kind]",
  ]) {
    const text = edit(
      PERSISTENT,
      "when: input.amount > 1000",
      `when: ${JSON.stringify(condition)}`,
    );
    assert.deepEqual(faultsOf(text), [], condition);
  }
});
