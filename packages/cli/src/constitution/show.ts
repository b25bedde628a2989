import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { bucketPath } from "@writ/audit/bucket-folder";
import { CONSTITUTION_FOLDER } from "@writ/bucket/read/log-key";
import { optional, type Verb } from "../verb.ts";
import { hex, type Placed, place, readChain, readGiven } from "./constitution-file.ts";
import { constitutionJson, constitutionLines } from "./constitution-text.ts";

export const verb: Verb = {
  help: `writ constitution show DATA|FILE [--after DATA|FILE] [--json]

Shows a constitution: what it rules, what it changes, who has signed it and how many are missing.
Of a data folder, the one in force, its whole chain verified.

  DATA|FILE          a data folder, a draft, or a signed note
  --after DATA|FILE  what it follows: the data folder, or that constitution's file. Needed for a
                     file, unless it is the first one of its log
  --json             one JSON object: digest, constitution, changes, signatures, complete

example: writ constitution show next.note --after .writ
`,
  options: { after: { type: "string" }, json: { type: "boolean" } },
  words: [1, 1],
  async run(args) {
    const path = args.words[0] ?? "";
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
    const { placed, title } = isFolder
      ? inForce(path)
      : { placed: place(readGiven(path), optional(args, "after")), title: [] };
    const text =
      args.flags.json === true
        ? JSON.stringify(constitutionJson(placed))
        : [...title, ...constitutionLines(placed)].join("\n");
    process.stdout.write(`${text}\n`);
    return 0;
  },
};

function inForce(data: string): { readonly placed: Placed; readonly title: readonly string[] } {
  const chain = readChain(data);
  const number = chain.length - 1;
  const note = readFileSync(join(bucketPath(data), CONSTITUTION_FOLDER, `${number}.note`));
  const enacted = chain[number] ?? chain[0];
  const title = [
    `constitution ${number} of ${data} is in force; the chain verifies`,
    ...chain.map(
      ({ constitution, digest }, i) =>
        `  ${i}: ${hex(digest)} from ${constitution.from.size} events on`,
    ),
    "",
  ];
  return { placed: place({ enacted, note }, data), title };
}
