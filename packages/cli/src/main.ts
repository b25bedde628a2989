import { dispatch, type Entry } from "./dispatch.ts";

const verbs: Readonly<Record<string, Entry>> = {
  start: {
    summary: "serve the airline sample, send its calls, verify the ledger",
    load: () => import("./verbs/start.ts"),
  },
  serve: {
    summary: "run gateway, bucket and audit for one policy",
    load: () => import("./verbs/serve.ts"),
  },
  mcp: {
    summary: "serve tools to an agent on stdio, through the gateway",
    load: () => import("./verbs/mcp.ts"),
  },
  init: {
    summary: "write a commented writ.yaml",
    load: () => import("./verbs/init.ts"),
  },
  reload: {
    summary: "have the running gateway read its policy again",
    load: () => import("./verbs/reload.ts"),
  },
  halt: {
    summary: "block every attempt until a reload resumes",
    load: () => import("./verbs/halt.ts"),
  },
  decide: {
    summary: "decide inputs from JSONL, purely; records nothing",
    load: () => import("./verbs/decide.ts"),
  },
  trace: {
    summary: "print the identity of inputs from JSONL",
    load: () => import("./verbs/trace.ts"),
  },
  find: {
    summary: "find decisions in the ledger by any field, time or id",
    load: () => import("./verbs/find.ts"),
  },
  show: {
    summary: "show one decision in words, with its proof and its neighbours",
    load: () => import("./verbs/show.ts"),
  },
  watch: {
    summary: "show decisions as they are recorded, a line each",
    load: () => import("./verbs/watch.ts"),
  },
  stats: {
    summary: "count what the ledger holds, by field and over time",
    load: () => import("./verbs/stats.ts"),
  },
  replay: {
    summary: "recompute decisions and match them with the ledger",
    load: () => import("./verbs/replay.ts"),
  },
  verify: {
    summary: "verify a whole ledger offline",
    load: () => import("./verbs/verify.ts"),
  },
  prove: {
    summary: "write the proof that one attempt is in the ledger",
    load: () => import("./verbs/prove.ts"),
  },
  "verify-proof": {
    summary: "check such a proof, without the ledger",
    load: () => import("./verbs/verify-proof.ts"),
  },
  export: {
    summary: "write the ledger as a static tlog-tiles folder",
    load: () => import("./verbs/export.ts"),
  },
  keygen: {
    summary: "make a key to sign with",
    load: () => import("./verbs/keygen.ts"),
  },
  witness: {
    summary: "cosign the checkpoints of other people's logs",
    load: () => import("./verbs/witness.ts"),
  },
  bucket: {
    summary: "begin a Bucket, or take up one whose guard was lost",
    load: () => import("./verbs/bucket.ts"),
  },
  constitution: {
    summary: "draft, sign, show and install a Bucket's rules",
    load: () => import("./verbs/constitution.ts"),
  },
  doctor: {
    summary: "say what is amiss with a deployment, or soon will be",
    load: () => import("./verbs/doctor.ts"),
  },
  caller: {
    summary: "say who may call the gateway, for what and how often",
    load: () => import("./verbs/caller.ts"),
  },
  auditor: {
    summary: "say who may read events, searches and metrics",
    load: () => import("./verbs/auditor.ts"),
  },
  policy: {
    summary: "check, test, compare, sign and begin policies",
    load: () => import("./verbs/policy.ts"),
  },
};

// A reader that goes away changes no answer: the exit code says the one given, or that there is none.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(process.exitCode ?? 2);
  throw error;
});
const about = "decides what an agent may do, and records every decision";
const version = "0.1.0";
process.exitCode = await dispatch({ name: "writ", about, version, verbs }, process.argv.slice(2));
