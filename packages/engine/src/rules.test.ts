import { testFaults } from "./sample-bundle.node.ts";

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
]);
