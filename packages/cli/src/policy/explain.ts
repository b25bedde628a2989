import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { bareInput, openEnvelope, type Received } from "@writ/contract/envelope";
import { JsonObject } from "@writ/contract/json";
import { NotStrictJson, parseStrictJson } from "@writ/contract/strict-json";
import { describe, OperatorError } from "../operator-error.ts";
import { type Arguments, optional, UsageError, type Verb } from "../verb.ts";
import { type Explanation, explain } from "./explanation.ts";
import { explanationText } from "./explanation-text.ts";
import { loadSubject } from "./subject.ts";
import { faultsText } from "./test-text.ts";

export const verb: Verb = {
  help: `writ policy explain DIR [--category C] [--line N] [--host FILE] [--json] FILE|-

Shows how the policy in DIR comes to its answer about one input: the normal form and the identity,
what each evaluator answers, the value of each part of its rule in the order in which it was asked
(and what was not asked), and the constraint that decided. Of an input that is refused, which
refusal it is and every place at which it strikes. It shows policy: it is for operators, never for
the agent.

  --category C  FILE is an input of this category; else it is {"category": "...", "input": {...}}
  --line N      FILE is JSONL, of which the line N, from 1, is meant
  --host FILE   what enforcement adds to the input: a JSON object of caller, validators, facts
  --json        one JSON object instead of text

example: writ policy explain policies/airline --line 11 policies/airline/sample.jsonl
`,
  options: {
    category: { type: "string" },
    line: { type: "string" },
    host: { type: "string" },
    json: { type: "boolean" },
  },
  words: [2, 2],
  async run(args) {
    const [folder = ".", path = "-"] = args.words;
    const bytes = readInput(args, path);
    const category = optional(args, "category");
    const received = category === undefined ? openEnvelope(bytes) : bareInput(bytes, category);
    const host = readHost(optional(args, "host"));
    const subject = await loadSubject(folder);
    if ("faults" in subject) {
      process.stdout.write(faultsText(subject.faults, new Map()));
      return 2;
    }
    const explanation = explain(subject, received, host);
    const text =
      args.flags.json === true
        ? `${JSON.stringify(explanationJson(explanation, bytes, received), null, 2)}\n`
        : arrivalText(bytes, received) + explanationText(explanation);
    process.stdout.write(text);
    return 0;
  },
};

/** The bytes of the file, or of one of its lines, without the line feed at their end. */
function readInput(args: Arguments, path: string): Uint8Array {
  const bytes = readBytes(path);
  const given = optional(args, "line");
  if (given === undefined) return bytes.at(-1) === 10 ? bytes.subarray(0, -1) : bytes;
  const line = /^[1-9][0-9]{0,8}$/.test(given) ? linesOf(bytes)[Number(given) - 1] : undefined;
  if (line === undefined) throw new UsageError(`--line ${given}: there is no such line`);
  return line;
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path === "-" ? 0 : path);
  } catch (error) {
    throw new OperatorError(`cannot read the input: ${describe(error)}`);
  }
}

function linesOf(bytes: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  let from = 0;
  for (let lf = bytes.indexOf(10); lf >= 0; lf = bytes.indexOf(10, from)) {
    lines.push(bytes.subarray(from, lf));
    from = lf + 1;
  }
  return from < bytes.length ? [...lines, bytes.subarray(from)] : lines;
}

function readHost(path: string | undefined): JsonObject | undefined {
  if (path === undefined) return undefined;
  try {
    const host = parseStrictJson(readBytes(path));
    if (host instanceof JsonObject) return host;
  } catch (error) {
    if (!(error instanceof NotStrictJson)) throw error;
  }
  throw new OperatorError(`${path}: is no strict JSON object`);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function arrivalText(bytes: Uint8Array, received: Received): string {
  const why = notStrict(bytes, received);
  const lines = [`received        ${bytes.length} bytes, SHA-256 ${sha256(bytes)}`];
  return `${[...lines, ...(why === null ? [] : [`                ${why}`])].join("\n")}\n`;
}

/** Where bytes stop being strict JSON; null where they are, or where that is not the trouble. */
function notStrict(bytes: Uint8Array, received: Received): string | null {
  if ("input" in received) return null;
  try {
    parseStrictJson(bytes);
    return "strict JSON, and not an object as it should be";
  } catch (error) {
    if (error instanceof NotStrictJson) return `not strict JSON from byte ${error.offset} on`;
    throw error;
  }
}

function explanationJson(explanation: Explanation, bytes: Uint8Array, received: Received): object {
  const { identity, verdict, refusal, evaluators, ground } = explanation;
  return {
    received: { bytes: bytes.length, sha256: sha256(bytes), fault: notStrict(bytes, received) },
    ...identity,
    action_type: verdict.action_type,
    outcome: verdict.outcome,
    reason_code: verdict.reason_code,
    rewrite_class: verdict.rewrite_class,
    decided_by: ground,
    refusal,
    evaluators: evaluators.map(({ constraint, name, place, answer, judges }) => ({
      ...{ constraint, name, ...place },
      outcome: answer[1],
      reason: answer[2],
      judges: judges.map((judge) => {
        if (judge.language === "cedar") return judge;
        const { notAsked, ...rest } = judge;
        return { ...rest, not_asked: notAsked };
      }),
    })),
  };
}
