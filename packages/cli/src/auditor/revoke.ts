import { deploymentAt } from "../deployment.ts";
import type { Verb } from "../verb.ts";
import { revokeAuditor } from "./auditors-file.ts";

export const verb: Verb = {
  help: `writ auditor revoke DATA WHO

Takes an auditor's key away. It opens nothing from then on, without a restart.

  DATA   the data folder of writ serve
  WHO    the auditor's name, or the first digits of the digest that the list shows

example: writ auditor revoke .writ "Internal audit"
`,
  options: {},
  words: [2, 2],
  async run(args) {
    const [data = "", who = ""] = args.words;
    const { name, digest } = await revokeAuditor(deploymentAt(data).auditorKeys, who);
    process.stdout.write(`revoked ${name} (${digest.slice(0, 16)})\n`);
    return 0;
  },
};
