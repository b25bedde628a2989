import type { Entry, Family } from "../dispatch.ts";

const verbs: Readonly<Record<string, Entry>> = {
  new: {
    summary: "draft a first constitution, or the next one",
    load: () => import("../constitution/new.ts"),
  },
  show: {
    summary: "show what one rules, what it changes and who has signed it",
    load: () => import("../constitution/show.ts"),
  },
  sign: {
    summary: "add your signature to one",
    load: () => import("../constitution/sign.ts"),
  },
  install: {
    summary: "put one in force, between two runs",
    load: () => import("../constitution/install.ts"),
  },
};

export const family: Family = {
  name: "writ constitution",
  about: "rules who may write to a Bucket, how much, and who may change that",
  verbs,
};
