import { existsSync, renameSync, writeFileSync } from "node:fs";
import { bucketPath } from "@writ/audit/bucket-folder";
import { type Constitution, formatConstitution } from "@writ/bucket/constitution";
import { FIRST_IN_FLIGHT, FIRST_QUOTA } from "@writ/bucket/local/first-use";
import { diskFolder, within } from "@writ/bucket/read/folder";
import { publishedCheckpoint, TILES_FOLDER } from "@writ/bucket/read/published";
import { writerName } from "@writ/bucket/writer-key";
import { emptyRoot } from "@writ/tlog/hash";
import { OperatorError } from "../operator-error.ts";
import { type Arguments, optional, repeated, required, UsageError, type Verb } from "../verb.ts";
import { verifierKey } from "../verifier-key-argument.ts";
import { hex, readChain, readGiven } from "./constitution-file.ts";
import { draftText } from "./draft-text.ts";

export const verb: Verb = {
  help: `writ constitution new DATA --out FILE [--like DRAFT]
       writ constitution new --log-key VKEY --governor VKEY… --out FILE
            [--threshold K] [--writer VKEY…] [--witness VKEY=URL…]

Writes a draft: YAML, with a comment at everything, for you to change and others to compare. With
DATA it is a copy of the constitution in force there, and holds from the log's present end. Without
DATA it is the first one of a new log, whose name is that of its key.

A draft is made while the Bucket runs, to be talked over. To be installed it must hold from the end
at which the Bucket was stopped: make it again then with --like, which takes over what it rules.

  --out FILE          the draft; must not exist, unless it is the one given with --like
  --like DRAFT        take over all rules of an earlier draft
  --log-key VKEY      a verifier key, or a file that holds one, as everywhere below
  --governor VKEY     who signs the next constitution, and this first one
  --threshold K       how many of them must; all of them unless given
  --writer VKEY       who may append
  --witness VKEY=URL  whose cosignatures to collect, and where; without =URL they come another way

example: writ constitution new .writ --out next.yaml
`,
  options: {
    out: { type: "string" },
    like: { type: "string" },
    "log-key": { type: "string" },
    governor: { type: "string", multiple: true },
    threshold: { type: "string" },
    writer: { type: "string", multiple: true },
    witness: { type: "string", multiple: true },
  },
  words: [0, 1],
  async run(args) {
    const [data] = args.words;
    const out = required(args, "out");
    const like = optional(args, "like");
    const drafted = data === undefined ? first(args) : successor(data);
    const rules = like === undefined ? drafted : readGiven(like).enacted.constitution;
    const { predecessor, from } = drafted;
    write(out, like, draftText({ ...rules, predecessor, from }));
    process.stdout.write(`${out}: a draft that holds from ${from.size} events on\n`);
    return 0;
  },
};

/** The constitution in force, to follow itself from the end that is published. */
function successor(data: string): Constitution {
  const chain = readChain(data);
  const { constitution, digest } = chain.at(-1) ?? chain[0];
  const tiles = within(diskFolder(bucketPath(data)), TILES_FOLDER);
  const end = publishedCheckpoint(tiles)?.checkpoint ?? { size: 0, root: emptyRoot() };
  return {
    ...constitution,
    predecessor: { digest: hex(digest) },
    from: { size: end.size, root: hex(end.root) },
  };
}

function first(args: Arguments): Constitution {
  const logKey = verifierKey(required(args, "log-key"), "--log-key");
  const governors = keysIn(args, "governor");
  if (governors.length === 0) throw new UsageError("--governor is missing");
  const constitution: Constitution = {
    origin: logKey.slice(0, logKey.indexOf("+")),
    log_key: logKey,
    event_schema: 1,
    writers: keysIn(args, "writer").map((key) => ({
      name: writerName(key),
      key,
      quota: FIRST_QUOTA,
    })),
    quotas: { ...FIRST_QUOTA, in_flight: FIRST_IN_FLIGHT },
    governance: { keys: governors, threshold: thresholdIn(args, governors.length) },
    witnesses: repeated(args, "witness").map(witnessIn),
    predecessor: null,
    from: { size: 0, root: hex(emptyRoot()) },
  };
  formatConstitution(constitution);
  return constitution;
}

function keysIn(args: Arguments, flag: string): readonly string[] {
  return repeated(args, flag).map((argument) => verifierKey(argument, `--${flag}`));
}

function thresholdIn(args: Arguments, all: number): number {
  const given = optional(args, "threshold");
  if (given === undefined) return all;
  if (/^[1-9]\d{0,2}$/.test(given) && Number(given) <= all) return Number(given);
  throw new UsageError(`--threshold takes a number from 1 to ${all}, the number of governors`);
}

/** A vkey may end in an equals sign of its own, so the first one before a scheme counts. */
function witnessIn(argument: string): Constitution["witnesses"][number] {
  const at = argument.search(/=https?:/);
  const key = verifierKey(at < 0 ? argument : argument.slice(0, at), "--witness");
  return { key, url: at < 0 ? null : argument.slice(at + 1) };
}

function write(out: string, like: string | undefined, text: string): void {
  if (existsSync(out) && out !== like) {
    throw new OperatorError(`${out}: is there already; take another name, or remove it`);
  }
  const beside = `${out}.new`;
  writeFileSync(beside, text);
  renameSync(beside, out);
}
