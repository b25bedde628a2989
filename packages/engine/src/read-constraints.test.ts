import { testFaults } from "./sample-bundle.node.ts";

testFaults([
  {
    what: "constraint without evaluators",
    from: "constraints:",
    to: "constraints:\n  - { name: idle, evaluators: [] }",
    faults: [["NO_EVALUATOR", "{ name: idle"]],
  },
  {
    what: "constraints that are no list",
    from: "  - name: limits\n    evaluators:\n",
    to: "  - name: limits\n    evaluators: 3\n  - name: others\n    evaluators:\n",
    faults: [["WRONG_TYPE", "3\n"]],
  },
  {
    what: "constraint named twice",
    from: "name: words",
    to: "name: limits",
    faults: [["DUPLICATE_NAME", "limits\n    evaluators:\n      - name: says"]],
  },
  {
    what: "evaluator named twice",
    from: "name: rather_much",
    to: "name: says_secret",
    faults: [["DUPLICATE_NAME", "says_secret\n        categories: [say]"]],
  },
  {
    what: "evaluator name",
    from: "name: odd_share",
    to: "name: OddShare",
    faults: [["NAME", "OddShare"]],
  },
  {
    what: "unknown evaluator key",
    from: "then: BLOCK\n        reason: SECRET",
    to: "then: BLOCK\n        sev: 1\n        reason: SECRET",
    faults: [["UNKNOWN_KEY", "sev: 1"]],
  },
  {
    what: "missing reason",
    from: "        reason: LIMIT_EXCEEDED\n",
    to: "",
    faults: [["MISSING_KEY", "name: far_too_much"]],
  },
  {
    what: "reserved reason",
    from: "reason: LIMIT_EXCEEDED",
    to: "reason: INTERNAL_ERROR",
    faults: [["RESERVED_REASON", "INTERNAL_ERROR"]],
  },
  {
    what: "reason ALLOWED",
    from: "reason: STOPPED",
    to: "reason: ALLOWED",
    faults: [["RESERVED_REASON", "ALLOWED"]],
  },
  {
    what: "reason grammar",
    from: "reason: LIMIT_EXCEEDED",
    to: "reason: limit",
    faults: [["REASON", "limit\n      - name: rather"]],
  },
  {
    what: "reason too long",
    from: "reason: LIMIT_EXCEEDED",
    to: `reason: ${"A".repeat(65)}`,
    faults: [["REASON", "A".repeat(65)]],
  },
  {
    what: "outcome EXECUTE",
    from: "then: BLOCK\n        reason: SECRET",
    to: "then: EXECUTE\n        reason: SECRET",
    faults: [["OUTCOME", "EXECUTE"]],
  },
  {
    what: "REWRITE without class",
    from: "        rewrite_class: SPLIT\n",
    to: "",
    faults: [["REWRITE_CLASS", "name: rather_much"]],
  },
  {
    what: "class beside BLOCK",
    from: "then: BLOCK\n        reason: SECRET",
    to: "then: BLOCK\n        rewrite_class: HIDE\n        reason: SECRET",
    faults: [["REWRITE_CLASS", "HIDE"]],
  },
  {
    what: "class grammar",
    from: "rewrite_class: SPLIT",
    to: "rewrite_class: split",
    faults: [["REWRITE_CLASS", "split"]],
  },
  {
    what: "evaluator of no category",
    from: "categories: [say]",
    to: "categories: []",
    faults: [
      ["NO_EVALUATOR", "say:\n    action_type"],
      ["UNREACHABLE", "[]"],
    ],
  },
  {
    what: "evaluator of an unknown category",
    from: "categories: [say]",
    to: "categories: [say, sing]",
    faults: [["UNKNOWN_CATEGORY", "sing"]],
  },
  {
    what: "evaluator of an always category",
    from: "categories: [say]",
    to: "categories: [say, stop]",
    faults: [["UNREACHABLE", "stop]"]],
  },
  {
    what: "category twice",
    from: "categories: [say]",
    to: "categories: [say, say]",
    faults: [["DUPLICATE_NAME", "say]"]],
  },
]);
