import { engineVersion } from "@writ/contract/identity";
import { loadFolder } from "../policy-folder.ts";
import type { Verb } from "../verb.ts";

export const verb: Verb = {
  help: `writ policy digest DIR [--json]

Prints the digest of the policy's content, and on the next line the engine version that every
identity under this policy carries. Files, layout, comments and key order do not change it.

  --json    one JSON object: name, digest, engine_version

example: writ policy digest policies/airline
`,
  options: { json: { type: "boolean" } },
  words: [1, 1],
  async run(args) {
    const { name, digest } = await loadFolder(args.words[0] ?? ".");
    const engine_version = engineVersion(digest);
    const text =
      args.flags.json === true
        ? JSON.stringify({ name, digest, engine_version })
        : `${digest}\n${engine_version}`;
    process.stdout.write(`${text}\n`);
    return 0;
  },
};
