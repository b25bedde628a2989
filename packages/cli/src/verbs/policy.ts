import type { Entry, Family } from "../dispatch.ts";

const verbs: Readonly<Record<string, Entry>> = {
  diff: {
    summary: "show which recorded inputs a new policy treats differently",
    load: () => import("../policy/diff.ts"),
  },
  check: {
    summary: "say all that is wrong with a policy, and what looks wrong",
    load: () => import("../policy/check.ts"),
  },
};

export const family: Family = {
  name: "writ policy",
  about: "shows what a policy does before it rules",
  verbs,
};
