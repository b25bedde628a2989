import { testFaults } from "./sample-bundle.node.ts";

const SAY_BLOCK = "block: [{ text: the secret }]";

testFaults([
  {
    what: "no canaries",
    from: `  say:\n    ${SAY_BLOCK}\n    execute: [{ text: hello }]\n`,
    to: "",
    faults: [["CANARY", "say:\n    action_type"]],
  },
  {
    what: "no block canary",
    from: `    ${SAY_BLOCK}\n`,
    to: "",
    faults: [["MISSING_KEY", "execute: [{ text: hello }]"]],
  },
  { what: "empty block canaries", from: SAY_BLOCK, to: "block: []", faults: [["CANARY", "[]"]] },
  {
    what: "canary that is no input",
    from: SAY_BLOCK,
    to: "block: [secret]",
    faults: [["WRONG_TYPE", "secret]"]],
  },
  {
    what: "canary host that is no mapping",
    from: SAY_BLOCK,
    to: "block: [{ text: the secret, host: me }]",
    faults: [["WRONG_TYPE", "{ text: the secret"]],
  },
  {
    what: "canaries of an unknown category",
    from: "canaries:",
    to: "canaries:\n  sing: { block: [{}], execute: [{}] }",
    faults: [["UNKNOWN_CATEGORY", "sing:"]],
  },
  {
    what: "canaries of an always category",
    from: "canaries:",
    to: "canaries:\n  stop: { block: [{}], execute: [{}] }",
    faults: [["CANARY", "stop: {"]],
  },
]);
