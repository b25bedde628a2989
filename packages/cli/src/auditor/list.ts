import { listAuditors } from "@writ/audit/auditor-keys";
import { deploymentAt } from "../deployment.ts";
import type { Verb } from "../verb.ts";

const shownDigits = 16;

export const verb: Verb = {
  help: `writ auditor list DATA [--json]

Shows whose keys the audit process admits: the first digits of the key's SHA-256, what it opens, and
the name.

  DATA     the data folder of writ serve
  --json   one JSON array of {"digest", "scope", "name"}

example: writ auditor list .writ
`,
  options: { json: { type: "boolean" } },
  words: [1, 1],
  async run(args) {
    const auditors = listAuditors(deploymentAt(args.words[0] ?? "").auditorKeys);
    const lines = auditors.map(
      ({ digest, scope, name }) => `${digest.slice(0, shownDigits)}  ${scope.padEnd(7)}  ${name}\n`,
    );
    process.stdout.write(
      args.flags.json === true ? `${JSON.stringify(auditors)}\n` : lines.join(""),
    );
    return 0;
  },
};
