import type { Entry, Family } from "../dispatch.ts";

const verbs: Readonly<Record<string, Entry>> = {
  init: {
    summary: "begin a Bucket from a signed constitution and its keys",
    load: () => import("../bucket/init.ts"),
  },
  adopt: {
    summary: "take a log whose guard was lost, on the word of a kept checkpoint",
    load: () => import("../bucket/adopt.ts"),
  },
};

export const family: Family = {
  name: "writ bucket",
  about: "begins Buckets and takes them up again",
  verbs,
};
