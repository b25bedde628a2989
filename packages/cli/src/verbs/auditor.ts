import type { Entry, Family } from "../dispatch.ts";

const verbs: Readonly<Record<string, Entry>> = {
  add: {
    summary: "make an auditor's key",
    load: () => import("../auditor/add.ts"),
  },
  list: {
    summary: "show who may read",
    load: () => import("../auditor/list.ts"),
  },
  revoke: {
    summary: "take an auditor's key away",
    load: () => import("../auditor/revoke.ts"),
  },
};

export const family: Family = {
  name: "writ auditor",
  about: "says who may read events, searches and metrics",
  verbs,
};
