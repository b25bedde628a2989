import type { Entry, Family } from "../dispatch.ts";

const verbs: Readonly<Record<string, Entry>> = {
  add: {
    summary: "make a caller's key",
    load: () => import("../caller/add.ts"),
  },
  list: {
    summary: "show who may call, and how much",
    load: () => import("../caller/list.ts"),
  },
  revoke: {
    summary: "take a caller's key away",
    load: () => import("../caller/revoke.ts"),
  },
};

export const family: Family = {
  name: "writ caller",
  about: "says who may call the gateway, for what and how often",
  verbs,
};
