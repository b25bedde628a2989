import type { Entry, Family } from "../dispatch.ts";

const verbs: Readonly<Record<string, Entry>> = {
  new: {
    summary: "begin a policy from a small one",
    load: () => import("../policy/new.ts"),
  },
  "import-mcp": {
    summary: "begin a policy from the tools of an MCP server",
    load: () => import("../policy/import-mcp.ts"),
  },
  check: {
    summary: "say all that is wrong with a policy, and what looks wrong",
    load: () => import("../policy/check.ts"),
  },
  test: {
    summary: "run a policy's cases, and say what they leave untested",
    load: () => import("../policy/test.ts"),
  },
  explain: {
    summary: "show how a policy comes to its answer about one input",
    load: () => import("../policy/explain.ts"),
  },
  diff: {
    summary: "show which recorded inputs a new policy treats differently",
    load: () => import("../policy/diff.ts"),
  },
  digest: {
    summary: "print a policy's digest and engine version",
    load: () => import("../policy/digest.ts"),
  },
  sign: {
    summary: "sign a policy",
    load: () => import("../policy/sign.ts"),
  },
  verify: {
    summary: "check who has signed a policy",
    load: () => import("../policy/verify.ts"),
  },
};

export const family: Family = {
  name: "writ policy",
  about: "shows what a policy does before it rules",
  verbs,
};
