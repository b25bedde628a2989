import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { signerKeyLine } from "@writ/bucket/writer-key";
import { parseSignerKey } from "@writ/tlog/note-key";
import { armBundle, loadFolder } from "../policy-folder.ts";
import { required, type Verb } from "../verb.ts";
import { addSignature, SIGNATURE_FILE } from "./bundle-signature.ts";

export const verb: Verb = {
  help: `writ policy sign DIR --key FILE

Signs the policy in DIR, which must arm: a C2SP signed note over its name and digest, in
DIR/${SIGNATURE_FILE}. Signatures of others over the same content are kept, so that several people sign one
after the other; those over an earlier content are dropped, and that is said.

  --key FILE    your signer key, as writ keygen makes it

example: writ policy sign policies/airline --key alice.key
`,
  options: { key: { type: "string" } },
  words: [1, 1],
  async run(args) {
    const folder = args.words[0] ?? ".";
    const signer = parseSignerKey(signerKeyLine(readFileSync(required(args, "key"), "utf8")));
    const content = await loadFolder(folder);
    armBundle(folder, content);
    const path = join(folder, SIGNATURE_FILE);
    const { note, dropped } = addSignature(
      content,
      signer,
      existsSync(path) ? readFileSync(path) : null,
    );
    replace(path, note);
    if (dropped > 0) {
      process.stderr.write(`writ: dropped ${dropped} signatures of an earlier content\n`);
    }
    process.stdout.write(`signed ${content.name} ${content.digest} as ${signer.name}\n`);
    return 0;
  },
};

/** A reader sees the old note or the new one. */
function replace(path: string, content: Uint8Array): void {
  const beside = `${path}.new`;
  writeFileSync(beside, content);
  renameSync(beside, path);
}
