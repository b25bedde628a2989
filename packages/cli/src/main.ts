import { describe, isForOperator } from "./operator-error.ts";
import { readArguments, UsageError, type Verb } from "./verb.ts";

interface Entry {
  readonly summary: string;
  /** Loaded on use alone: a process holds no code of the doors that it must not use. */
  readonly load: () => Promise<{ readonly verb: Verb }>;
}

const verbs: Readonly<Record<string, Entry>> = {
  start: {
    summary: "serve the airline sample, send its calls, verify the ledger",
    load: () => import("./verbs/start.ts"),
  },
  serve: {
    summary: "run gateway, bucket and audit for one policy",
    load: () => import("./verbs/serve.ts"),
  },
  decide: {
    summary: "decide inputs from JSONL, purely; records nothing",
    load: () => import("./verbs/decide.ts"),
  },
  trace: {
    summary: "print the identity of inputs from JSONL",
    load: () => import("./verbs/trace.ts"),
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
};

function overview(): string {
  const rows = Object.entries(verbs).map(([name, { summary }]) => `  ${name.padEnd(14)}${summary}`);
  return `writ: decides what an agent may do, and records every decision

usage: writ VERB [--help] …

${rows.join("\n")}

exit codes: 0 done, 1 the answer is no, 2 could not be done as asked
`;
}

async function run(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(overview());
    return name === undefined ? 2 : 0;
  }
  const entry = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (entry === undefined) return complain(`there is no verb ${name}; see writ --help`);
  const { verb } = await entry.load();
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(verb.help);
    return 0;
  }
  try {
    return await verb.run(readArguments(verb, rest));
  } catch (error) {
    if (error instanceof UsageError) {
      return complain(`${error.message}; see writ ${name} --help`);
    }
    if (isForOperator(error)) return complain(describe(error));
    throw error;
  }
}

function complain(line: string): number {
  process.stderr.write(`writ: ${line}\n`);
  return 2;
}

// A reader that goes away early (`writ decide … | head`) is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
process.exitCode = await run(process.argv.slice(2));
