import { testFaults } from "./sample-bundle.node.ts";

testFaults([
  {
    what: "unknown keyword",
    from: "account: { type: string }",
    to: "account: { type: string, format: iban }",
    faults: [["SHAPE", "iban"]],
  },
  {
    what: "open or closed unsaid",
    from: "stop:\n    action_type: halt\n    always: BLOCK\n    reason: STOPPED\n    input: { type: object, additionalProperties: true }",
    to: "stop:\n    action_type: halt\n    always: BLOCK\n    reason: STOPPED\n    input: { type: object }",
    faults: [["SHAPE", "{ type: object }"]],
  },
  {
    what: "fault in a definition, once",
    from: "minimum: 0",
    to: "minimum: zero",
    faults: [["SHAPE", "zero"]],
  },
  {
    what: "pattern that backtracks",
    from: "account: { type: string }",
    to: "account: { type: string, pattern: '(a)\\1' }",
    faults: [["SHAPE", "'(a)\\1'"]],
  },
]);
