import { styleText } from "node:util";
import { deploymentAt } from "../deployment.ts";
import { type Check, checkup, type Level } from "../doctor/checkup.ts";
import { optional, type Verb } from "../verb.ts";

export const verb: Verb = {
  help: `writ doctor DATA [--guard DIR] [--json]

Looks a deployment over, running or not, and changes nothing: constitutions, the log's end, guard,
keys, socket, quotas (warned about from 80 % on), room on disk, the published checkpoint. That the
log holds what it should is for writ verify, which reads everything.

  DATA         the data folder of writ serve
  --guard DIR  where the guard is, if not in DATA
  --json       one JSON object: level, checks

Exit 0 if all is well, 1 if something is to be seen to, 2 if something is wrong.

example: writ doctor .writ
`,
  options: { guard: { type: "string" }, json: { type: "boolean" } },
  words: [1, 1],
  async run(args) {
    const deployment = deploymentAt(args.words[0] ?? "", optional(args, "guard"));
    const checks = checkup(deployment, Date.now());
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
