import type { Filter } from "@writ/audit/index/question";
import { type Ledger, openLedger } from "@writ/audit/ledger";
import type { LogEvent } from "@writ/audit/ledger/source";
import { type ProofReport, verifyProof } from "@writ/audit/prove";
import { parseDecisionId } from "@writ/contract/decision-id";
import { eventInWords, type Neighbours, type Shown } from "../ledger/event-words.ts";
import { harmlessJson } from "../ledger/terminal-text.ts";
import {
  openWhere,
  readingProgress,
  requireWords,
  WHERE_HELP,
  whereOptions,
} from "../ledger/where.ts";
import { OperatorError } from "../operator-error.ts";
import { type Arguments, optional, UsageError, type Verb } from "../verb.ts";
import { verifierKey } from "../verifier-key-argument.ts";

/** Shown of the events of the same input, on either side. */
const MOST_NEIGHBOURS = 5;

export const verb: Verb = {
  help: `writ show DIR ID|INDEX [--key VKEY] [--json]

Shows one decision in words: its nine fields, the evaluators in the order of their constraints and
which of them decided, whether the same input was judged before or later, and the proof that the
event is in the log, checked. It holds reasons: for operators and auditors, not for the agent.

${WHERE_HELP}
  ID|INDEX         an enforcement_decision_id, or the event's index; for a trace_id: writ find
  --key VKEY       the log's verifier key, or a file that holds it, from where you trust it; unless
                   given, the one by which the ledger goes is used
  --json           one JSON object: index, size, event, before, after, more, proof

Exit 0 if it is shown and its proof holds, 1 if there is no such event or the proof fails, 2 if it
could not be looked for as asked.

example: writ show .writ 0123456789abcdef.1.1
example: writ show .writ 41 --key log.vkey
`,
  options: { ...whereOptions, key: { type: "string" }, json: { type: "boolean" } },
  words: [1, 2],
  run: show,
};

async function show(args: Arguments): Promise<number> {
  const { source, name: place, words } = openWhere(args);
  requireWords(words, 1, 1);
  const wanted = wantedFrom(words[0] ?? "");
  const given = optional(args, "key");
  const key = given === undefined ? undefined : verifierKey(given);
  const progress = readingProgress(args);
  try {
    const ledger = await openLedger(source, progress);
    if (ledger === undefined) return none("nothing has been published yet");
    const { size } = ledger.head;
    const one = await found(ledger, wanted);
    if (one === undefined) return none(`${words[0]} is none of the ${size} published events`);
    const neighbours = await neighboursOf(ledger, one);
    const proof = await proven(ledger, one, key);
    progress.end();
    const shown = { one, size, neighbours, proof, isKeyGiven: key !== undefined, place };
    process.stdout.write(`${args.flags.json === true ? asJson(shown) : eventInWords(shown)}\n`);
    return proof.ok ? 0 : 1;
  } finally {
    source.close();
  }
}

type Wanted = { readonly index: number } | { readonly filter: Filter };

const EVERY: Filter = {
  fields: {},
  traceId: undefined,
  decisionId: undefined,
  from: undefined,
  to: undefined,
};

function wantedFrom(word: string): Wanted {
  if (/^(?:0|[1-9]\d{0,14})$/.test(word)) return { index: Number(word) };
  if (/^[0-9a-f]{64}$/.test(word)) {
    throw new UsageError("a trace_id may have many events: use writ find");
  }
  return { filter: { ...EVERY, decisionId: parseDecisionId(word) } };
}

async function found(ledger: Ledger, wanted: Wanted): Promise<LogEvent | undefined> {
  if ("index" in wanted) {
    return wanted.index < ledger.head.size ? ledger.event(wanted.index) : undefined;
  }
  const question = { filter: wanted.filter, order: "oldest", after: undefined } as const;
  for await (const one of ledger.find(question)) return one;
  return undefined;
}

async function neighboursOf(ledger: Ledger, { index, event }: LogEvent): Promise<Neighbours> {
  const filter = { ...EVERY, traceId: event.trace_id };
  const before = await some(ledger.find({ filter, order: "newest", after: index }));
  const after = await some(ledger.find({ filter, order: "oldest", after: index }));
  const isMore = Math.max(before.length, after.length) > MOST_NEIGHBOURS;
  return {
    before: before.slice(0, MOST_NEIGHBOURS),
    after: after.slice(0, MOST_NEIGHBOURS),
    isMore,
  };
}

/** One more than are shown, to know whether there are more. */
async function some(events: AsyncGenerator<LogEvent>): Promise<LogEvent[]> {
  const taken: LogEvent[] = [];
  for await (const one of events) {
    taken.push(one);
    if (taken.length > MOST_NEIGHBOURS) break;
  }
  return taken;
}

async function proven(
  { source, head }: Ledger,
  { index, bytes: event }: LogEvent,
  key: string | undefined,
): Promise<ProofReport> {
  const vkey = key ?? (await source.vkey());
  if (vkey === undefined) {
    throw new OperatorError("the ledger does not say what its key is: give it with --key");
  }
  return verifyProof({ proof: await source.proof(index, head), vkey, event });
}

function asJson({ one, size, neighbours, proof }: Shown): string {
  const event = Buffer.from(one.bytes).toString("utf8");
  const row = ({ index, event }: LogEvent): object => {
    const { timestamp, enforcement_decision_id, decision, reason_code, status } = event;
    return { index, timestamp, enforcement_decision_id, decision, reason_code, status };
  };
  const rest = JSON.stringify({
    before: neighbours.before.map(row),
    after: neighbours.after.map(row),
    more: neighbours.isMore,
    proof,
  });
  return harmlessJson(`{"index":${one.index},"size":${size},"event":${event},${rest.slice(1)}`);
}

function none(what: string): number {
  process.stderr.write(`writ: ${what}\n`);
  return 1;
}
