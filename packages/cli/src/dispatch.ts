import { describe, isForOperator } from "./operator-error.ts";
import { readArguments, UsageError, type Verb } from "./verb.ts";

export interface Entry {
  readonly summary: string;
  /** Loaded on use alone: a process holds no code of the doors that it must not use. */
  readonly load: () => Promise<{ readonly verb: Verb } | { readonly family: Family }>;
}

/** Verbs that share the words before them, as `writ` and `writ policy` do. */
export interface Family {
  readonly name: string;
  readonly about: string;
  /** What `--version` says, where it is understood. */
  readonly version?: string;
  readonly verbs: Readonly<Record<string, Entry>>;
}

/** Runs the verb that `argv` names and returns the exit code. */
export async function dispatch(family: Family, argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(overview(family));
    return name === undefined ? 2 : 0;
  }
  if (name === "--version" && family.version !== undefined) {
    process.stdout.write(`${family.name} ${family.version}\n`);
    return 0;
  }
  const entry = Object.hasOwn(family.verbs, name) ? family.verbs[name] : undefined;
  if (entry === undefined) {
    return complain(`there is no verb ${name}; see ${family.name} --help`);
  }
  const loaded = await entry.load();
  if ("family" in loaded) return dispatch(loaded.family, rest);
  return runVerb(`${family.name} ${name}`, loaded.verb, rest);
}

async function runVerb(name: string, verb: Verb, argv: readonly string[]): Promise<number> {
  if (asksForHelp(argv)) {
    process.stdout.write(verb.help);
    return 0;
  }
  try {
    return await verb.run(readArguments(verb, argv));
  } catch (error) {
    if (error instanceof UsageError) return complain(`${error.message}; see ${name} --help`);
    if (isForOperator(error)) return complain(describe(error));
    throw error;
  }
}

/** What stands behind `--` belongs to another program. */
function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  const own = end === -1 ? argv : argv.slice(0, end);
  return own.includes("--help") || own.includes("-h");
}

function overview({ name, about, version, verbs }: Family): string {
  const rows = Object.entries(verbs).map(([verb, { summary }]) => `  ${verb.padEnd(14)}${summary}`);
  return `${name}: ${about}

usage: ${name} VERB [--help] …${version === undefined ? "" : `\n       ${name} --version`}

${rows.join("\n")}

exit codes: 0 done, 1 the answer is no, 2 could not be done as asked
`;
}

function complain(line: string): number {
  process.stderr.write(`writ: ${line}\n`);
  return 2;
}
