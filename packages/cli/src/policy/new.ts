import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { OperatorError } from "../operator-error.ts";
import type { Verb } from "../verb.ts";
import { bundleText, TESTS_TEXT } from "./new-files.ts";

export const verb: Verb = {
  help: `writ policy new DIR

Writes a small policy to begin with, which checks and passes its tests:

  DIR/bundle.yaml                  the policy, with a comment at everything
  DIR/tests/refund.yaml            its cases, for writ policy test
  DIR/schema/bundle.schema.json    with which editors complete bundle files

DIR must hold none of them yet, and no other bundle file.

example: writ policy new policies/refunds
`,
  options: {},
  words: [1, 1],
  async run(args) {
    const folder = args.words[0] ?? ".";
    const held = existsSync(folder) ? readdirSync(folder) : [];
    const taken = held.find((name) => /\.(ya?ml|json)$|^(tests|schema)$/.test(name));
    if (taken !== undefined) {
      throw new OperatorError(`${join(folder, taken)}: is there already; choose another folder`);
    }
    for (const [path, text] of filesOf(nameOf(folder))) {
      const place = join(folder, path);
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, text, { flag: "wx" });
      process.stdout.write(`${place}\n`);
    }
    return 0;
  },
};

function filesOf(name: string): readonly (readonly [path: string, text: string])[] {
  const schema = new URL("../../../../policies/bundle.schema.json", import.meta.url);
  return [
    ["bundle.yaml", bundleText(name)],
    ["tests/refund.yaml", TESTS_TEXT],
    ["schema/bundle.schema.json", readFileSync(schema, "utf8")],
  ];
}

/** The bundle is called as its folder is, where that is a name. */
function nameOf(folder: string): string {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "_");
  return /^[a-z][a-z0-9_]{0,63}$/.test(name) ? name : "refunds";
}
