import { existsSync, readFileSync } from "node:fs";
import { bucketPath } from "@writ/audit/bucket-folder";
import { installConstitution } from "@writ/bucket/append/install";
import { signerKeyLine } from "@writ/bucket/writer-key";
import { parseSignerKey } from "@writ/tlog/note-key";
import { type Deployment, deploymentAt } from "../deployment.ts";
import { OperatorError } from "../operator-error.ts";
import { replaceSecret } from "../secret-file.ts";
import { optional, type Verb } from "../verb.ts";
import { hex, place, readGiven } from "./constitution-file.ts";
import { changeLines } from "./constitution-text.ts";

export const verb: Verb = {
  help: `writ constitution install DATA NOTE [--guard DIR] [--log-key KEY]

Puts a signed constitution in force, from the log's end on. The Bucket must be stopped, and must
have ended in order. Verifies the whole chain, the signatures of those who govern by what is in
force, and that NOTE follows it and holds from exactly this end; refuses otherwise and changes
nothing. What it rules begins with the next start.

  DATA           the data folder, not being served
  NOTE           the constitution, signed by enough of those who govern
  --guard DIR    where the guard is, if not in DATA
  --log-key KEY  the new log key's file, if the constitution changes the log's key: becomes the key
                 of DATA, and its public half that which gateway and verifiers there go by

example: writ constitution install .writ next.note
`,
  options: { guard: { type: "string" }, "log-key": { type: "string" } },
  words: [2, 2],
  async run(args) {
    const [data = "", path = ""] = args.words;
    bucketPath(data);
    const deployment = deploymentAt(data, optional(args, "guard"));
    const given = readGiven(path);
    if (given.note === undefined) {
      throw new OperatorError(`${path} is a draft: have it signed, and give the signed note`);
    }
    const logKey = given.enacted.constitution.log_key;
    const newKey = signerFile(optional(args, "log-key"), logKey);
    const { bucket: directory, guard } = deployment;
    const { number, isNew } = installConstitution({ directory, guard, note: given.note });
    const lines = isNew ? changeLines(place(given, data)) : [];
    const done = isNew ? "is in force from the next start on" : "was in force already";
    process.stdout.write(
      [
        ...lines,
        `constitution ${number}, ${hex(given.enacted.digest)}, ${done}`,
        ...placeLogKey(deployment, logKey, newKey),
        "",
      ].join("\n"),
    );
    return 0;
  },
};

/** The text of a key file that must hold the key which the constitution names. */
function signerFile(path: string | undefined, named: string): string | undefined {
  if (path === undefined) return undefined;
  const text = readFileSync(path, "utf8");
  if (parseSignerKey(signerKeyLine(text)).verifierKey === named) return text;
  throw new OperatorError(`--log-key ${path}: the constitution names another key, ${named}`);
}

/** Gives each process of this data folder the key that holds now, or says who needs it. */
function placeLogKey(
  { logKey, vkey, gatewayVkey }: Deployment,
  named: string,
  newKey: string | undefined,
): readonly string[] {
  if (newKey === undefined) {
    const present = existsSync(logKey) ? readFileSync(logKey, "utf8") : undefined;
    const isNamed =
      present !== undefined && parseSignerKey(signerKeyLine(present)).verifierKey === named;
    return isNamed
      ? []
      : [`before the next start, put the log's new key into ${logKey} (--log-key)`];
  }
  replaceSecret(logKey, newKey);
  const held = [vkey, gatewayVkey].filter((path) => existsSync(path));
  for (const path of held) replaceSecret(path, `${named}\n`);
  return [`${[logKey, ...held].join(", ")} hold the new key; tell those who verify`];
}
