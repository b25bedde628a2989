import { closeSync, openSync, statSync, writeSync } from "node:fs";
import { readLines } from "../jsonl.ts";
import { describe, OperatorError } from "../operator-error.ts";
import { armFolder } from "../policy-folder.ts";
import { Progress } from "../progress.ts";
import { type Arguments, optional, repeated, UsageError, type Verb } from "../verb.ts";
import { type ChangeGroup, ChangeGroups } from "./change-groups.ts";
import type { Change } from "./compare.ts";
import { compareFiles } from "./compare-files.ts";

export const verb: Verb = {
  help: `writ policy diff OLD NEW --inputs FILE… [--allow FILE] [--changes FILE] [--json]

Puts recorded inputs to two policies and shows each whose outcome changes, grouped by the way it
goes and the rule that makes the difference; what opens a door comes first. Inputs that the new
shapes refuse are groups of their own (REFUSED). Exit 0 without a change that is not allowed, 1 with
one, 2 if a policy does not load.

  OLD NEW          folders of the two bundles
  --inputs FILE…   recorded inputs, {"category","input"} a line; several files, or the flag again
  --changes FILE   write every change as a line of JSON: what to review
  --allow FILE     such lines, reviewed: a change with the same input, from and to is allowed
  --json           one JSON object: inputs, changed, allowed, groups

example: writ policy diff policies/airline draft --inputs policies/airline/sample.jsonl
`,
  options: {
    inputs: { type: "string", multiple: true },
    allow: { type: "string" },
    changes: { type: "string" },
    json: { type: "boolean" },
  },
  words: [2, 10_000],
  run: diff,
};

interface Difference {
  readonly inputs: number;
  readonly changed: number;
  readonly allowed: number;
  readonly groups: readonly ChangeGroup[];
}

async function diff(args: Arguments): Promise<number> {
  const [old = "", next = "", ...more] = args.words;
  const files = [...repeated(args, "inputs"), ...more];
  if (files.length === 0) throw new UsageError("--inputs is missing");
  const totalBytes = sizeOf(files);
  // Both are armed here first, so that a fault is told once and not by every core.
  for (const folder of [old, next]) await armFolder(folder);
  const allowed = await allowedChanges(optional(args, "allow"));
  const difference = await differ(
    { old, next },
    files,
    totalBytes,
    allowed,
    optional(args, "changes"),
  );
  const text = args.flags.json === true ? JSON.stringify(difference) : inWords(difference);
  process.stdout.write(`${text}\n`);
  return difference.changed > difference.allowed ? 1 : 0;
}

async function differ(
  policies: { readonly old: string; readonly next: string },
  files: readonly string[],
  totalBytes: number,
  allowed: ReadonlySet<string>,
  changesFile: string | undefined,
): Promise<Difference> {
  const progress = new Progress("compare", totalBytes);
  const groups = new ChangeGroups();
  const out = changesFile === undefined ? undefined : openSync(changesFile, "w");
  const total = { inputs: 0, bytes: 0, changed: 0, allowed: 0 };
  try {
    await compareFiles(policies, files, totalBytes, ({ inputs, bytes, changes }) => {
      total.inputs += inputs;
      total.bytes += bytes;
      total.changed += changes.length;
      for (const change of changes) {
        if (allowed.has(keyOf(change))) total.allowed += 1;
        else groups.add(change);
        if (out !== undefined) writeSync(out, `${JSON.stringify(change)}\n`);
      }
      progress.set(total.bytes);
    });
  } finally {
    if (out !== undefined) closeSync(out);
  }
  progress.end(total.bytes);
  const { inputs, changed, allowed: reviewed } = total;
  return { inputs, changed, allowed: reviewed, groups: groups.sorted() };
}

function sizeOf(files: readonly string[]): number {
  try {
    return files.reduce((sum, file) => sum + statSync(file).size, 0);
  } catch (error) {
    throw new OperatorError(`cannot read the inputs: ${describe(error)}`);
  }
}

function keyOf({ input, from, to }: Pick<Change, "input" | "from" | "to">): string {
  return `${input} ${from} ${to}`;
}

async function allowedChanges(file: string | undefined): Promise<ReadonlySet<string>> {
  const allowed = new Set<string>();
  if (file === undefined) return allowed;
  let number = 0;
  for await (const line of readLines(file)) {
    number += 1;
    if (line.length > 0) allowed.add(keyOf(allowedChange(file, number, line)));
  }
  return allowed;
}

function allowedChange(file: string, number: number, line: Uint8Array): Change {
  try {
    const change = JSON.parse(Buffer.from(line).toString("utf8"));
    const isWhole = [change.input, change.from, change.to].every(
      (part) => typeof part === "string",
    );
    if (isWhole && /^[0-9a-f]{64}$/.test(change.input)) return change;
  } catch {
    // Told below: what is no JSON is no reviewed change either.
  }
  throw new OperatorError(`${file}:${number}: give a line of --changes, with input, from and to`);
}

function inWords({ inputs, changed, allowed, groups }: Difference): string {
  const counts = `${inputs} inputs, ${changed} changed${allowed > 0 ? `, ${allowed} of them allowed` : ""}`;
  return [counts, ...groups.map(groupInWords)].join("\n");
}

const SHOWN = 20;

function groupInWords({ from, to, rule, new_reason, count, example, inputs }: ChangeGroup): string {
  const by = rule === null ? new_reason : `${rule} (${example.old_reason} → ${new_reason})`;
  const more = count > SHOWN ? ` and ${count - SHOWN} more` : "";
  return [
    "",
    `${from} → ${to}: ${count} by ${by}`,
    `  for example ${example.file}:${example.line}, a ${example.category}`,
    `  ${inputs.slice(0, SHOWN).join(" ")}${more}`,
  ].join("\n");
}
