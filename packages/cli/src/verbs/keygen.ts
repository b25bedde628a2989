import { writeFileSync } from "node:fs";
import { generateSignerKey, signerKeyLine } from "@writ/bucket/writer-key";
import { parseSignerKey } from "@writ/tlog/note-key";
import { required, type Verb } from "../verb.ts";

export const verb: Verb = {
  help: `writ keygen NAME --out FILE

Makes an Ed25519 key of the system's randomness. The secret half goes into FILE, which must not
exist and which only its owner can read; the public half, a verifier key, is printed.

  NAME          who signs with it, without spaces and plus signs, such as alice or alice@example.org
  --out FILE    the signer key

example: writ keygen alice --out alice.key > alice.vkey
`,
  options: { out: { type: "string" } },
  words: [1, 1],
  async run(args) {
    const key = generateSignerKey(args.words[0] ?? "");
    writeFileSync(required(args, "out"), key, { mode: 0o600, flag: "wx" });
    process.stdout.write(`${parseSignerKey(signerKeyLine(key)).verifierKey}\n`);
    return 0;
  },
};
