import { deploymentAt } from "../deployment.ts";
import type { Verb } from "../verb.ts";
import { revokeCaller } from "./callers-file.ts";

export const verb: Verb = {
  help: `writ caller revoke DATA WHO

Takes a caller's key away. It opens nothing from then on: within a second, without a restart. When
the last is gone the gateway admits nobody, until one is added.

  DATA   the data folder of writ serve
  WHO    the caller's name, or the first digits of the digest that the list shows

example: writ caller revoke .writ support-desk
`,
  options: {},
  words: [2, 2],
  async run(args) {
    const [data = "", who = ""] = args.words;
    const { name, key_sha256 } = await revokeCaller(deploymentAt(data).callers, who);
    process.stdout.write(`revoked ${name} (${key_sha256?.slice(0, 16) ?? "certificate"})\n`);
    return 0;
  },
};
