import { readFileSync, statSync } from "node:fs";
import { type Ledger, openLedger } from "@writ/audit/ledger";
import { bareInput, openEnvelope } from "@writ/contract/envelope";
import { JsonObject } from "@writ/contract/json";
import { NotStrictJson, parseStrictJson } from "@writ/contract/strict-json";
import { LineWriter, readLines } from "../jsonl.ts";
import { LateProgress } from "../ledger/late-progress.ts";
import { decisionWord, quiet, warning } from "../ledger/outcome-mark.ts";
import { hostIn, Replay, type Replayed } from "../ledger/replaying.ts";
import { harmless, harmlessJson } from "../ledger/terminal-text.ts";
import { openWhere, readingProgress, WHERE_HELP, whereOptions } from "../ledger/where.ts";
import { describe, OperatorError } from "../operator-error.ts";
import { armFolder } from "../policy-folder.ts";
import { type Arguments, optional, required, UsageError, type Verb } from "../verb.ts";

export const verb: Verb = {
  help: `writ replay DIR --policy POLICY [--category C] [--host FILE] [--all] [--json] FILE…

Decides inputs anew, purely, and holds each against the ledger by its trace_id: found and equal,
found and different, or never recorded. The trace_id names input and policy together, so give the
policy that was armed then, and the inputs that you kept: the ledger has none. Records and releases
nothing. Files of any length are streamed.

${WHERE_HELP}
  FILE…            lines {"category": "...", "input": {...}}; - for standard input
  --policy POLICY  folder with the bundle's .yaml or .json files
  --category C     every line is the bare input of this category
  --host FILE      what enforcement added to the inputs: a JSON object of caller, validators, facts.
                   A line may have its own instead: {"category", "input", "host"}
  --all            show the equal ones too
  --json           one JSON object a line: file, line, trace_id, decision, found, …; last: summary

Compared are decision, reason, action type, rewrite class and every evaluator's answer.
Exit 0 if all were found and equal, 1 if not, 2 if it could not be done as asked.

example: writ replay .writ --policy policies/airline policies/airline/sample.jsonl
example: zcat calls.gz | writ replay .writ --policy policies/airline --json - | tail -1
`,
  options: {
    ...whereOptions,
    policy: { type: "string" },
    category: { type: "string" },
    host: { type: "string" },
    all: { type: "boolean" },
    json: { type: "boolean" },
  },
  words: [1, 10_000],
  run: replay,
};

interface Tally {
  inputs: number;
  equal: number;
  different: number;
  never: number;
}

async function replay(args: Arguments): Promise<number> {
  const { source, words: files } = openWhere(args);
  if (files.length === 0) throw new UsageError("give a file of inputs, or - for standard input");
  const total = sizeOf(files);
  const engine = await armFolder(required(args, "policy"));
  const host = readHost(optional(args, "host"));
  const reading = readingProgress(args);
  try {
    const ledger = await openLedger(source, reading);
    if (ledger === undefined) throw new OperatorError("nothing has been published yet");
    const tally = await judge(args, files, new Replay(engine, ledger, host), total);
    reading.end();
    await tell(args, tally, ledger, engine.version);
    return tally.equal === tally.inputs ? 0 : 1;
  } finally {
    source.close();
  }
}

async function judge(
  args: Arguments,
  files: readonly string[],
  replay: Replay,
  total: number | undefined,
): Promise<Tally> {
  const tally: Tally = { inputs: 0, equal: 0, different: 0, never: 0 };
  const asJson = args.flags.json === true;
  const category = optional(args, "category");
  const out = new LineWriter();
  const progress = new LateProgress("replay");
  let bytes = 0;
  for (const file of files) {
    let line = 0;
    for await (const input of readLines(file)) {
      line += 1;
      bytes += input.length + 1;
      const received = category === undefined ? openEnvelope(input) : bareInput(input, category);
      const host = category === undefined ? hostIn(input) : undefined;
      const replayed = await replay.input(received, host);
      count(tally, replayed);
      if (asJson) await out.write(`${harmlessJson(JSON.stringify({ file, line, ...replayed }))}\n`);
      else if (replayed.found !== "equal" || args.flags.all === true) {
        await out.write(`${inWords(file, line, replayed)}\n`);
      }
      if (total !== undefined) progress.set(bytes, total);
    }
  }
  progress.end();
  await out.flush();
  return tally;
}

function count(tally: Tally, { found }: Replayed): void {
  tally.inputs += 1;
  if (found === "equal") tally.equal += 1;
  else if (found === "different") tally.different += 1;
  else tally.never += 1;
}

async function tell(
  args: Arguments,
  { inputs, equal, different, never }: Tally,
  ledger: Ledger,
  engineVersion: string,
): Promise<void> {
  const { size } = ledger.head;
  if (args.flags.json === true) {
    const summary = { inputs, equal, different, never_recorded: never, events: size };
    process.stdout.write(
      `${JSON.stringify({ summary: { ...summary, engine_version: engineVersion } })}\n`,
    );
  } else {
    process.stdout.write(
      `${inputs} ${inputs === 1 ? "input" : "inputs"}: ${equal} found and equal, ${different} found and different, ${never} never recorded among ${size} events\n`,
    );
  }
  if (inputs > 0 && never === inputs && !(await knows(ledger, engineVersion))) {
    process.stderr.write(
      `writ: the ledger has no event of this policy, ${engineVersion}: writ stats says which ones it has\n`,
    );
  }
}

async function knows(ledger: Ledger, engineVersion: string): Promise<boolean> {
  const filter = {
    fields: { engine_version: [engineVersion] },
    traceId: undefined,
    decisionId: undefined,
    from: undefined,
    to: undefined,
  };
  for await (const _ of ledger.find({ filter, order: "newest", after: undefined })) return true;
  return false;
}

function inWords(file: string, line: number, replayed: Replayed): string {
  const { found, trace_id, decision, reason_code, events, first, different } = replayed;
  const now = `${decisionWord(decision, 9)}  ${harmless(reason_code)}`;
  const place = `${harmless(file)}:${line}`;
  if (found === "never recorded")
    return `${place}  ${warning("never recorded")}  ${now}  ${quiet(trace_id)}`;
  if (found === "equal")
    return `${place}  equal  ${now}  ${quiet(`event ${first}, ${events} in all`)}`;
  const then = different.map(
    (one) =>
      `\n    event ${one.index} has ${decisionWord(one.decision)} ${harmless(one.reason_code)}: another ${one.fields.join(", ")}`,
  );
  return `${place}  ${warning("DIFFERENT")}  ${now}  ${quiet(trace_id)}${then.join("")}`;
}

/** All the files' bytes; `undefined` where one is a stream. Throws OperatorError. */
function sizeOf(files: readonly string[]): number | undefined {
  if (files.includes("-")) return undefined;
  try {
    return files.reduce((sum, file) => sum + statSync(file).size, 0);
  } catch (error) {
    throw new OperatorError(`cannot read the inputs: ${describe(error)}`);
  }
}

function readHost(path: string | undefined): JsonObject | undefined {
  if (path === undefined) return undefined;
  try {
    const host = parseStrictJson(readFileSync(path));
    if (host instanceof JsonObject) return host;
  } catch (error) {
    if (!(error instanceof NotStrictJson)) throw error;
  }
  throw new OperatorError(`${path}: is no strict JSON object`);
}
