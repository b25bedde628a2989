import { testFaults } from "./sample-bundle.node.ts";

const LONG = "a".repeat(65);

testFaults([
  { what: "category grammar", from: "  stop:", to: "  stop2:", faults: [["NAME", "stop2:"]] },
  { what: "category too long", from: "  stop:", to: `  ${LONG}:`, faults: [["NAME", LONG]] },
  {
    what: "category unrecognized",
    from: "  stop:",
    to: "  unrecognized:",
    faults: [["NAME", "unrecognized:"]],
  },
  {
    what: "unknown category key",
    from: "action_type: message",
    to: "action_type: message\n    note: 1",
    faults: [["UNKNOWN_KEY", "note: 1"]],
  },
  {
    what: "reason without always",
    from: "action_type: message",
    to: "action_type: message\n    reason: X",
    faults: [["UNKNOWN_KEY", "reason: X"]],
  },
  {
    what: "always EXECUTE",
    from: "always: BLOCK",
    to: "always: EXECUTE",
    faults: [["OUTCOME", "EXECUTE\n"]],
  },
  {
    what: "always without reason",
    from: "    reason: STOPPED\n",
    to: "",
    faults: [["MISSING_KEY", "action_type: halt"]],
  },
  {
    what: "missing action_type",
    from: "    action_type: message\n",
    to: "",
    faults: [
      [
        "MISSING_KEY",
        "input:\n      type: object\n      additionalProperties: false\n      required: [text]",
      ],
    ],
  },
]);
