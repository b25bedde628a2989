import type { Filter } from "@writ/audit/index/question";
import { LineWriter } from "../jsonl.ts";
import { eventJson, eventLine, indexWidth } from "../ledger/event-line.ts";
import { FILTER_HELP, filterFrom, filterOptions, numberFrom } from "../ledger/filter-words.ts";
import { warning } from "../ledger/outcome-mark.ts";
import { holeInWords } from "../ledger/statistics-text.ts";
import { LogChanged, type Seen, watchLedger } from "../ledger/watching.ts";
import { openWhere, requireWords, WHERE_HELP, whereOptions } from "../ledger/where.ts";
import type { Arguments, Verb } from "../verb.ts";

const DEFAULT_LAST = 10;

export const verb: Verb = {
  help: `writ watch DIR [--last N] [--decision D]… [--reason R]… … [--json]

Shows decisions as they are published, a line each, in the log's order, until Ctrl-C. None is left
out: a slow reader is waited for, and what cannot be read for a while is read then. Each new head of
the log must extend the one before. A sequence that is missing for five seconds is told as a hole,
whatever the conditions: an attempt that began and left no record.

${WHERE_HELP}
  --last N         so many that are there already, to begin with; 10 unless stated
${FILTER_HELP}
  --json           one JSON object a line: index, event; or hole, or filled, with gateway, epoch,
                   from, to

Exit 0 when it is ended, 1 if the log was cut, forked or replaced, 2 if it could not be watched.

example: writ watch .writ
example: writ watch .writ --decision BLOCK --status failed --json
`,
  options: {
    ...whereOptions,
    ...filterOptions,
    last: { type: "string" },
    json: { type: "boolean" },
  },
  words: [0, 1],
  run: watch,
};

async function watch(args: Arguments): Promise<number> {
  const { source, words } = openWhere(args);
  requireWords(words, 0, 0);
  const filter: Filter = filterFrom(args, undefined, Date.now());
  const last = numberFrom(args, "last", 0) ?? DEFAULT_LAST;
  const print = args.flags.json === true ? jsonOf : lineOf;
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ended.abort());
  // Each line is an answer of its own: a reader that has had enough of them is no fault.
  process.exitCode = 0;
  const out = new LineWriter();
  try {
    for await (const seen of watchLedger({ source, filter, last, signal: ended.signal })) {
      if (seen.kind === "note") process.stderr.write(`writ: ${seen.line}\n`);
      else await out.write(`${print(seen)}\n`);
      await out.flush();
    }
    return 0;
  } catch (error) {
    if (!(error instanceof LogChanged)) throw error;
    process.stderr.write(`writ: ${error.message}\n`);
    return 1;
  }
}

type Shown = Exclude<Seen, { readonly kind: "note" }>;

function lineOf(seen: Shown): string {
  if (seen.kind === "event") return eventLine(seen.one, indexWidth(seen.size));
  const range = holeInWords(seen.news);
  return seen.news.kind === "hole"
    ? warning(`⚠ HOLE: ${range} left no record`)
    : `✓ filled: ${range} has its record after all`;
}

function jsonOf(seen: Shown): string {
  if (seen.kind === "event") return eventJson(seen.one);
  const { kind, ...range } = seen.news;
  return JSON.stringify({ [kind]: range });
}
