import { readFileSync } from "node:fs";
import type { LedgerOptions } from "@writ/audit/ledger";
import { folderSource } from "@writ/audit/ledger/folder";
import { httpSource } from "@writ/audit/ledger/http";
import type { LedgerSource } from "@writ/audit/ledger/source";
import { describe, OperatorError } from "../operator-error.ts";
import { type Arguments, optional, UsageError } from "../verb.ts";
import { LateProgress } from "./late-progress.ts";

/** Flags of every verb that reads a ledger. */
export const whereOptions = {
  audit: { type: "string" },
  "key-file": { type: "string" },
  scan: { type: "boolean" },
} as const;

/** Their rows in the help. */
export const WHERE_HELP = `  DIR              the data folder of writ serve, the folder bucket in it, or an export
  --audit URL      instead of DIR: the address of an audit process
  --key-file F     an auditor's key for it, from writ auditor add
  --scan           use no search index: read every event from the log itself`;

/** Where to read, and the words that are left. */
export interface Where {
  readonly source: LedgerSource;
  /** How the same place is named in a further command. */
  readonly name: string;
  readonly words: readonly string[];
}

/** Opens what DIR or --audit name. Throws UsageError, OperatorError, NotABucket. */
export function openWhere(args: Arguments): Where {
  const useIndex = args.flags.scan !== true;
  const audit = optional(args, "audit");
  if (audit !== undefined) {
    const file = optional(args, "key-file");
    if (file === undefined) throw new UsageError("--key-file is missing: --audit asks for a key");
    const source = httpSource({ url: urlOf(audit), key: keyIn(file), useIndex });
    return { source, name: `--audit ${audit} --key-file ${file}`, words: args.words };
  }
  if (args.flags["key-file"] !== undefined) throw new UsageError("--key-file goes with --audit");
  const [directory, ...words] = args.words;
  if (directory === undefined) throw new UsageError("give a data folder, or --audit URL");
  return { source: folderSource(directory, { useIndex }), name: directory, words };
}

/** Words besides DIR: throws UsageError unless there are so many. */
export function requireWords(words: readonly string[], least: number, most: number): void {
  if (words.length < least) throw new UsageError("an argument is missing");
  if (words.length > most) throw new UsageError(`unexpected argument ${words[most]}`);
}

/** Says on standard error how far reading has come, and why, once it takes longer than one would wait for. */
export function readingProgress(args: Arguments): LedgerOptions & { end(): void } {
  const progress = new LateProgress("read", () => {
    if (args.flags.scan === true) return;
    process.stderr.write(
      "writ: reading the log itself: no search index has these events (writ serve --only audit keeps one)\n",
    );
  });
  return { onRead: (read, toRead) => progress.set(read, toRead), end: () => progress.end() };
}

function urlOf(text: string): URL {
  try {
    const url = new URL(text.endsWith("/") ? text : `${text}/`);
    const isPlain = url.username === "" && url.password === "" && url.search === "";
    if (/^https?:$/.test(url.protocol) && isPlain && url.hash === "") return url;
  } catch {
    // Said below.
  }
  throw new UsageError("--audit: give an address such as http://127.0.0.1:8431, and no key in it");
}

/** Throws OperatorError, which never shows what it found. */
function keyIn(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new OperatorError(`cannot read the auditor's key: ${describe(error)}`);
  }
  if (/^[\w.~+/=-]+$/.test(text)) return text;
  throw new OperatorError(`${file}: give a file that holds one auditor's key and nothing else`);
}
