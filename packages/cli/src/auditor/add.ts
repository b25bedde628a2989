import { deploymentAt } from "../deployment.ts";
import { UsageError, type Verb } from "../verb.ts";
import { addAuditor } from "./auditors-file.ts";

export const verb: Verb = {
  help: `writ auditor add DATA NAME [--metrics]

Makes a key with which the audit process lets its holder read events, search, proofs and metrics.
The key is printed and kept nowhere; DATA/audit/keys holds its SHA-256. It counts at once, without a
restart.

  DATA        the data folder of writ serve
  NAME        who holds it, in words that the list shows
  --metrics   the key opens /metrics and nothing else: for a monitoring system

example: writ auditor add .writ "Internal audit" > auditor.key
`,
  options: { metrics: { type: "boolean" } },
  words: [2, 2],
  async run(args) {
    const [data = "", name = ""] = args.words;
    if (name.trim() === "") throw new UsageError("give the auditor a name");
    const scope = args.flags.metrics === true ? "metrics" : "events";
    const key = await addAuditor(deploymentAt(data).auditorKeys, name, scope);
    process.stdout.write(`${key}\n`);
    return 0;
  },
};
