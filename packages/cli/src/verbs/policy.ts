import type { Entry, Family } from "../dispatch.ts";

const verbs: Readonly<Record<string, Entry>> = {};

export const family: Family = {
  name: "writ policy",
  about: "shows what a policy does before it rules",
  verbs,
};
