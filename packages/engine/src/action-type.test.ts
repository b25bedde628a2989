import { testFaults } from "./sample-bundle.node.ts";

testFaults([
  {
    what: "pointer to an optional member",
    from: "pointer: /kind",
    to: "pointer: /account",
    faults: [["ACTION_TYPE", "/account"]],
  },
  {
    what: "pointer to no string",
    from: "pointer: /kind",
    to: "pointer: /amount",
    faults: [["ACTION_TYPE", "/amount }\n    input"]],
  },
  {
    what: "pointer to nothing",
    from: "pointer: /kind",
    to: "pointer: /kinds",
    faults: [["ACTION_TYPE", "/kinds"]],
  },
  {
    what: "pointer that is none",
    from: "pointer: /kind",
    to: "pointer: kind",
    faults: [["ACTION_TYPE", "kind }"]],
  },
  {
    what: "pointer to a reserved word",
    from: "[refund, transfer]",
    to: "[unrecognized, refund, transfer]",
    faults: [["ACTION_TYPE", "/kind"]],
  },
  {
    what: "unknown key beside the pointer",
    from: "pointer: /kind",
    to: "pointer: /kind, or: x",
    faults: [["UNKNOWN_KEY", "or: x"]],
  },
  {
    what: "action unrecognized",
    from: "action_type: message",
    to: "action_type: unrecognized",
    faults: [["ACTION_TYPE", "unrecognized"]],
  },
  {
    what: "action too long",
    from: "action_type: message",
    to: `action_type: ${"é".repeat(33)}`,
    faults: [["ACTION_TYPE", "éé".slice(1) + "é".repeat(32)]],
  },
]);
