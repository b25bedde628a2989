import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { settingsFileText } from "../config/file-text.ts";
import { describe, OperatorError } from "../operator-error.ts";
import { optional, type Verb } from "../verb.ts";

export const verb: Verb = {
  help: `writ init [DIR] [--policy DIR]

Writes DIR/writ.yaml, here without DIR: every key that writ serve can be told, each with what it is
for and what holds without it. What is there already is not touched.

  --policy DIR  folder of the policy; default policy beside the file

example: writ init deployment
`,
  options: { policy: { type: "string" } },
  words: [0, 1],
  async run(args) {
    const folder = args.words[0] ?? ".";
    const path = join(folder, "writ.yaml");
    const policy = optional(args, "policy");
    const given = policy === undefined ? "policy" : relative(folder, policy) || ".";
    const text = settingsFileText({ policy: JSON.stringify(given), data: "data" });
    try {
      mkdirSync(folder, { recursive: true });
      writeFileSync(path, text, { flag: "wx" });
    } catch (error) {
      throw new OperatorError(`cannot write the settings: ${describe(error)}`);
    }
    process.stdout.write(`${path}\n`);
    return 0;
  },
};
