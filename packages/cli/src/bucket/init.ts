import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { auditorLine, generateAuditorKey } from "@writ/audit/auditor-keys";
import { installConstitution } from "@writ/bucket/append/install";
import { openWriterKey, signerKeyLine } from "@writ/bucket/writer-key";
import { parseSignerKey } from "@writ/tlog/note-key";
import { hex, readGiven } from "../constitution/constitution-file.ts";
import { type Deployment, deploymentAt } from "../deployment.ts";
import { OperatorError } from "../operator-error.ts";
import { openDeployed } from "../processes/bucket.ts";
import { secret } from "../secret-file.ts";
import { optional, required, type Verb } from "../verb.ts";

export const verb: Verb = {
  help: `writ bucket init DATA --constitution NOTE --log-key KEY [--writer-key KEY] [--guard DIR]

Makes a data folder with an empty Bucket, ruled by a first constitution that enough of those who
govern have signed, and starts nothing. The log's empty head goes into the guard, so that not even
the first events can be lost unnoticed. A DATA that holds anything of a Bucket is refused.

  --constitution NOTE  the signed note; see writ constitution
  --log-key KEY        the log's signer key; copied into DATA, where the bucket process reads it
  --writer-key KEY     the gateway's signer key, if it runs from the same DATA; copied too
  --guard DIR          where the guard is to be; default guard in DATA, better another disk

example: writ bucket init /srv/writ --constitution first.note --log-key log.key
`,
  options: {
    constitution: { type: "string" },
    "log-key": { type: "string" },
    "writer-key": { type: "string" },
    guard: { type: "string" },
  },
  words: [1, 1],
  async run(args) {
    const deployment = deploymentAt(args.words[0] ?? "", optional(args, "guard"));
    const given = readGiven(required(args, "constitution"));
    const { constitution, digest } = given.enacted;
    if (given.note === undefined) {
      throw new OperatorError("the constitution is a draft: have it signed, and give the note");
    }
    const logKey = logKeyText(required(args, "log-key"), constitution.log_key);
    const names = constitution.writers.map(({ name }) => name);
    const writerKey = writerKeyText(optional(args, "writer-key"), names);
    requireEmpty(deployment);
    makeParts(deployment, constitution.log_key, logKey, writerKey);
    const { bucket: directory, guard } = deployment;
    installConstitution({ directory, guard, note: given.note });
    await openDeployed(deployment).writer.close();
    process.stdout.write(
      `${directory}: an empty Bucket of ${constitution.origin}, guarded in ${guard}\nconstitution 0, ${hex(digest)}: keep this digest, it is what verifiers pin\n`,
    );
    return 0;
  },
};

function logKeyText(path: string, named: string): string {
  const text = readFileSync(path, "utf8");
  if (parseSignerKey(signerKeyLine(text)).verifierKey === named) return text;
  throw new OperatorError(`--log-key ${path}: the constitution names another key, ${named}`);
}

function writerKeyText(path: string | undefined, names: readonly string[]): string | undefined {
  if (path === undefined) return undefined;
  const text = readFileSync(path, "utf8");
  const { name } = openWriterKey(text);
  if (names.includes(name)) return text;
  throw new OperatorError(`--writer-key ${path}: ${name} is no writer of the constitution`);
}

/** Nothing that is there is ever taken for the beginning of something else. */
function requireEmpty({ bucket, guard, logKey, writerKey }: Deployment): void {
  const full =
    [bucket, guard].find((path) => existsSync(path) && readdirSync(path).length > 0) ??
    [logKey, writerKey].find((path) => existsSync(path));
  if (full === undefined) return;
  throw new OperatorError(`${full}: is there already; a new Bucket needs a place of its own`);
}

/** Everything but the Bucket itself, which comes last: what was interrupted has none. */
function makeParts(
  deployment: Deployment,
  named: string,
  logKey: string,
  writerKey: string | undefined,
): void {
  const { data, vkey, gatewayVkey, auditorKey, auditorKeys, epoch, run } = deployment;
  mkdirSync(data, { recursive: true, mode: 0o700 });
  mkdirSync(run, { recursive: true, mode: 0o700 });
  secret(deployment.logKey, () => logKey);
  secret(vkey, () => `${named}\n`);
  secret(auditorKey, () => `${generateAuditorKey()}\n`);
  const auditor = readFileSync(auditorKey, "utf8").trim();
  secret(auditorKeys, () => auditorLine(auditor, "first use"));
  if (writerKey === undefined) return;
  secret(deployment.writerKey, () => writerKey);
  secret(epoch, () => "0\n");
  secret(gatewayVkey, () => `${named}\n`);
}
