import { type Ledger, openLedger } from "@writ/audit/ledger";
import type { LogEvent } from "@writ/audit/ledger/source";
import { LineWriter } from "../jsonl.ts";
import { eventJson, eventLine, indexWidth } from "../ledger/event-line.ts";
import { FILTER_HELP, filterFrom, filterOptions, numberFrom } from "../ledger/filter-words.ts";
import {
  openWhere,
  readingProgress,
  requireWords,
  WHERE_HELP,
  whereOptions,
} from "../ledger/where.ts";
import { type Arguments, UsageError, type Verb } from "../verb.ts";

const DEFAULT_LIMIT = 100;

export const verb: Verb = {
  help: `writ find DIR [ID] [--decision D]… [--reason R]… [--from T] [--to T] … [--json]

Finds decisions in the ledger, the newest first: those that meet every condition. A flag that is
given several times takes any of its values. Reads what is published at this moment, and no more,
while the Bucket goes on writing. With the search index that the audit process keeps beside the
Bucket this takes milliseconds; without it the log itself is read, with progress on standard error.

${WHERE_HELP}
  ID               a decision id, a trace_id, or the first 8 or more digits of one
${FILTER_HELP}
  --oldest         the oldest first
  --limit N        at most so many; 100 unless stated
  --all            all of them
  --after INDEX    go on behind this event, in the order asked for
  --json           one JSON object a line: index, event (the nine fields)

Exit 0 if there is one, 1 if there is none, 2 if it could not be looked for as asked.

example: writ find .writ --decision BLOCK --from 2h
example: writ find .writ --status failed --json | jq -r .event.reason_code | sort | uniq -c
example: writ find --audit http://127.0.0.1:8431 --key-file auditor.key --caller shop --oldest
`,
  options: {
    ...whereOptions,
    ...filterOptions,
    oldest: { type: "boolean" },
    limit: { type: "string" },
    all: { type: "boolean" },
    after: { type: "string" },
    json: { type: "boolean" },
  },
  words: [0, 2],
  run: find,
};

async function find(args: Arguments): Promise<number> {
  const { source, words } = openWhere(args);
  requireWords(words, 0, 1);
  const question = {
    filter: filterFrom(args, words[0], Date.now()),
    order: args.flags.oldest === true ? "oldest" : "newest",
    after: numberFrom(args, "after", 0),
  } as const;
  const limit = limitOf(args);
  const progress = readingProgress(args);
  try {
    const ledger = await openLedger(source, progress);
    if (ledger === undefined) return none("nothing has been published yet");
    const last = await print(ledger, ledger.find(question), limit, args.flags.json === true);
    progress.end();
    if (last === undefined) return none(`none of ${ledger.head.size} events`);
    if (last.isMore) process.stderr.write(`there are more: --after ${last.index}\n`);
    return 0;
  } finally {
    source.close();
  }
}

function limitOf(args: Arguments): number {
  const limit = numberFrom(args, "limit", 1);
  if (args.flags.all !== true) return limit ?? DEFAULT_LIMIT;
  if (limit !== undefined) throw new UsageError("give --limit or --all");
  return Number.POSITIVE_INFINITY;
}

/** Prints as they are found; the last one's index, and whether there is another behind it. */
async function print(
  { head: { size } }: Ledger,
  found: AsyncGenerator<LogEvent>,
  limit: number,
  asJson: boolean,
): Promise<{ readonly index: number; readonly isMore: boolean } | undefined> {
  const out = new LineWriter();
  const width = indexWidth(size);
  // Each line is an answer of its own: a reader that has had enough of them is no fault.
  process.exitCode = 0;
  let count = 0;
  let index = 0;
  for await (const one of found) {
    if (count === limit) {
      await out.flush();
      return { index, isMore: true };
    }
    await out.write(`${asJson ? eventJson(one) : eventLine(one, width)}\n`);
    // A person watches lines come one by one; a program is given large pieces.
    if (process.stdout.isTTY === true) await out.flush();
    ({ index } = one);
    count += 1;
  }
  await out.flush();
  return count === 0 ? undefined : { index, isMore: false };
}

function none(what: string): number {
  process.stderr.write(`writ: found none: ${what}\n`);
  return 1;
}
