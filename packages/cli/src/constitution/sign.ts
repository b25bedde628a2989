import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { signConstitution } from "@writ/bucket/constitution/chain";
import { signerKeyLine } from "@writ/bucket/writer-key";
import { parseNote } from "@writ/tlog/note";
import { parseSignerKey, type Signer } from "@writ/tlog/note-key";
import { OperatorError } from "../operator-error.ts";
import { optional, required, type Verb } from "../verb.ts";
import { type Given, hex, type Placed, place, readGiven } from "./constitution-file.ts";
import { changeLines, standingLine } from "./constitution-text.ts";

export const verb: Verb = {
  help: `writ constitution sign FILE --key KEY [--after DATA|FILE]

Adds your signature to a constitution, and says what it changes. FILE is a draft, whose signed note
is written beside it with the ending .note, or such a note, which gets one signature more: it goes
from one who governs to the next, on whatever machines, until enough have signed.

What is signed is the text, not the draft's file: whoever compares the digest has the same rules.

  --key KEY          your signer key, as writ keygen makes it
  --after DATA|FILE  what it follows: the data folder, or that constitution's file. Needed unless it
                     is the first one of its log

example: writ constitution sign next.yaml --key alice.key --after .writ
`,
  options: { key: { type: "string" }, after: { type: "string" } },
  words: [1, 1],
  async run(args) {
    const path = args.words[0] ?? "";
    const signer = parseSignerKey(signerKeyLine(readFileSync(required(args, "key"), "utf8")));
    const after = optional(args, "after");
    const given = readGiven(path);
    const target = given.note === undefined ? path.replace(/(\.ya?ml|\.json)?$/, ".note") : path;
    const placed = place(given, after);
    requireGovernor(signer, placed);
    const signed = withSignature(given, signer, target);
    place(signed, after);
    replace(target, signed.note);
    const lines = [
      ...changeLines(placed),
      `${target}: ${standingLine(place(signed, after))}`,
      `digest ${hex(given.enacted.digest)}`,
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  },
};

/** A signature that counts for nothing would only look like consent. */
function requireGovernor(signer: Signer, { governance }: Placed): void {
  if (governance.keys.includes(signer.verifierKey)) return;
  const names = governance.keys.map((key) => key.split("+", 1)[0]).join(", ");
  throw new OperatorError(`${signer.name} with this key is none of those who govern: ${names}`);
}

function withSignature(
  { enacted, note }: Given,
  signer: Signer,
  target: string,
): Given & { readonly note: Uint8Array } {
  const earlier = note ?? (existsSync(target) ? readFileSync(target) : undefined);
  if (earlier !== undefined && parseNote(earlier).text !== enacted.text) {
    throw new OperatorError(
      `${target} holds signatures of another text: remove it, and have this one signed by all`,
    );
  }
  return { enacted, note: signConstitution(enacted.text, [signer], earlier) };
}

/** A reader sees the old note or the new one. */
function replace(path: string, content: Uint8Array): void {
  const beside = `${path}.new`;
  writeFileSync(beside, content);
  renameSync(beside, path);
}
