import { optional, type Verb } from "../verb.ts";
import { verifierKey } from "../verifier-key-argument.ts";
import { reportLines, verifyWithProgress } from "../verifying.ts";

export const verb: Verb = {
  help: `writ verify DIR [--key VKEY] [--json]

Verifies a whole ledger offline, from its bytes: every frame, event, leaf, tree head and signature,
that no decision id occurs twice, and that the published tiles are those of the log. Lists holes:
attempts that began and left no record. Repairs nothing. Exit 0 if all holds, 1 if not.

  DIR          the data folder of writ serve, or the folder bucket in it
  --key VKEY   the log's verifier key, or a file that holds it, from where you trust it. Without
               it the log is only shown to be self-consistent
  --json       one JSON object: ok, events, faults, holes, checks, evidence, …

example: writ verify .writ --key .writ/log.vkey
`,
  options: { key: { type: "string" }, json: { type: "boolean" } },
  words: [1, 1],
  async run(args) {
    const key = optional(args, "key");
    const report = verifyWithProgress(
      args.words[0] ?? "",
      key === undefined ? undefined : verifierKey(key),
    );
    const text = args.flags.json === true ? JSON.stringify(report) : reportLines(report).join("\n");
    process.stdout.write(`${text}\n`);
    return report.ok ? 0 : 1;
  },
};
