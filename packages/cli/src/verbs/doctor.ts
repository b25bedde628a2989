import { styleText } from "node:util";
import { deploymentAt } from "../deployment.ts";
import { type Check, checkup, type Level } from "../doctor/checkup.ts";
import { isolationChecks } from "../doctor/isolation.ts";
import { optional, type Verb } from "../verb.ts";

export const verb: Verb = {
  help: `writ doctor DATA [--guard DIR] [--dev] [--json]

Looks a deployment over, running or not, and changes nothing: constitutions, the log's end, guard,
keys, socket, quotas (warned about from 80 % on), room on disk, the published checkpoint, and what
each of the three processes can read and change: run as root, it tries that as their users. A
gateway that can read the Bucket is wrong. That the log holds what it should is for writ verify,
which reads everything.

  DATA         the data folder of writ serve
  --guard DIR  where the guard is, if not in DATA
  --dev        one user for all three is warned about, not refused: for a machine of one's own
  --json       one JSON object: level, checks

Exit 0 if all is well, 1 if something is to be seen to, 2 if something is wrong.

example: writ doctor .writ
`,
  options: { guard: { type: "string" }, dev: { type: "boolean" }, json: { type: "boolean" } },
  words: [1, 1],
  async run(args) {
    const deployment = deploymentAt(args.words[0] ?? "", optional(args, "guard"));
    const isolation = isolationChecks(deployment, args.flags.dev === true);
    const checks = [...checkup(deployment, Date.now()), ...isolation];
    const worst = LEVELS.findLast((level) => checks.some((check) => check.level === level)) ?? "ok";
    const text =
      args.flags.json === true
        ? JSON.stringify({ level: worst, checks })
        : checks.map(lineOf).join("\n");
    process.stdout.write(`${text}\n`);
    return LEVELS.indexOf(worst);
  },
};

/** Each level's place is the exit code that it asks for. */
const LEVELS: readonly Level[] = ["ok", "warn", "fail"];

const COLORS = { ok: "green", warn: "yellow", fail: "red" } as const;

function lineOf({ name, level, line }: Check): string {
  return `${styleText(COLORS[level], level.padEnd(4))}  ${name.padEnd(15)} ${line}`;
}
