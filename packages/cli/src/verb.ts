import { type ParseArgsConfig, parseArgs } from "node:util";

/** The user asked for something that cannot be done as asked; exit 2 and one line say so. */
export class UsageError extends Error {
  readonly code: "USAGE" = "USAGE";
}

export interface Arguments {
  readonly flags: Readonly<
    Record<string, string | boolean | readonly (string | boolean)[] | undefined>
  >;
  readonly words: readonly string[];
}

/** One verb of the command line. */
export interface Verb {
  /** The whole text of `writ VERB --help`. */
  readonly help: string;
  readonly options: NonNullable<ParseArgsConfig["options"]>;
  /** How many words besides the flags: at least, at most. */
  readonly words: readonly [number, number];
  /** Returns the exit code: 0 done, 1 the answer is no, 2 could not be done as asked. */
  run(args: Arguments): Promise<number>;
}

export function readArguments(verb: Verb, argv: readonly string[]): Arguments {
  const parsed = parse(verb, argv);
  const [least, most] = verb.words;
  const words = parsed.positionals;
  if (words.length < least) throw new UsageError("an argument is missing");
  if (words.length > most) throw new UsageError(`unexpected argument ${words[most]}`);
  return { flags: parsed.values as Arguments["flags"], words };
}

function parse(verb: Verb, argv: readonly string[]): ReturnType<typeof parseArgs> {
  try {
    return parseArgs({ args: [...argv], options: verb.options, allowPositionals: true });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    // Node goes on with advice, on the same line or on further ones.
    throw new UsageError(text.charAt(0).toLowerCase() + text.slice(1).split(/\.\s/)[0]);
  }
}

/** A flag that must be given, with a value. */
export function required(args: Arguments, flag: string): string {
  const value = args.flags[flag];
  if (typeof value !== "string" || value === "") throw new UsageError(`--${flag} is missing`);
  return value;
}

export function optional(args: Arguments, flag: string): string | undefined {
  const value = args.flags[flag];
  return typeof value === "string" ? value : undefined;
}

/** A flag that may be given several times, each with a value. */
export function repeated(args: Arguments, flag: string): readonly string[] {
  const values = args.flags[flag];
  return Array.isArray(values) ? values.filter((value) => typeof value === "string") : [];
}
