import { statisticsOf } from "@writ/audit/ledger/statistics";
import { FILTER_HELP, filterFrom, filterOptions } from "../ledger/filter-words.ts";
import { statisticsInWords, type Told } from "../ledger/statistics-text.ts";
import { harmlessJson } from "../ledger/terminal-text.ts";
import {
  openWhere,
  readingProgress,
  requireWords,
  WHERE_HELP,
  whereOptions,
} from "../ledger/where.ts";
import type { Arguments, Verb } from "../verb.ts";

/** Buckets of time, about. */
const BUCKETS = 24;

export const verb: Verb = {
  help: `writ stats DIR [--from T] [--to T] [--reason R]… … [--json]

Counts what the ledger holds, or what of it meets the conditions: by outcome, action type, reason,
caller, adapter, policy and writer, failed ones, and over time. Says of the whole log how old and
large its last checkpoint is and who cosigned it, which gateways wrote in which epochs, and which
attempts below the highest of their epoch left no record.

${WHERE_HELP}
${FILTER_HELP}
  --json           one JSON object: head, checkpoint, events, fields, step, buckets, streams, holes

Exit 0 done, 2 if it could not be counted as asked.

example: writ stats .writ
example: writ stats .writ --from 1d --json | jq '.fields.reason_code[:5]'
`,
  options: { ...whereOptions, ...filterOptions, json: { type: "boolean" } },
  words: [0, 1],
  run: stats,
};

async function stats(args: Arguments): Promise<number> {
  const { source, words } = openWhere(args);
  requireWords(words, 0, 0);
  const now = Date.now();
  const filter = filterFrom(args, undefined, now);
  const progress = readingProgress(args);
  try {
    const statistics = await statisticsOf(source, filter, BUCKETS, progress);
    progress.end();
    if (statistics === undefined) {
      process.stderr.write("writ: nothing has been published yet\n");
      return 0;
    }
    const told = { statistics, facts: await source.facts(statistics.head), now };
    const text = args.flags.json === true ? asJson(told) : statisticsInWords(told);
    process.stdout.write(`${text}\n`);
    return 0;
  } finally {
    source.close();
  }
}

function asJson({ statistics: { head, buckets, ...rest }, facts, now }: Told): string {
  const { publishedAt, cosigners } = facts;
  const time = (milliseconds: number): string => new Date(milliseconds).toISOString();
  return harmlessJson(
    JSON.stringify({
      origin: head.origin,
      size: head.size,
      root: Buffer.from(head.root).toString("base64"),
      checkpoint: {
        published: publishedAt === undefined ? null : time(publishedAt),
        age_seconds: publishedAt === undefined ? null : Math.max(0, (now - publishedAt) / 1000),
        cosigners: cosigners.map((one) => ({ ...one, time: time(one.time * 1000) })),
      },
      ...rest,
      buckets: buckets.map(({ at, ...counts }) => ({ at: time(at * 1000), ...counts })),
    }),
  );
}
