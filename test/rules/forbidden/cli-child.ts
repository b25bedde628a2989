/**
 * The command line in one process: runs `writ` as often as its parent asks, without a start for each.
 * Told `{ id, argv }` it runs `writ ...argv`; told `{ id, verb, argv }` it gives each of these words
 * alone to the verb, which only reads it; told `{ id, argv: null }` it lists every verb that
 * `writ --help` leads to.
 */
import type { Family } from "../../../packages/cli/src/dispatch.ts";
import { readArguments, type Verb } from "../../../packages/cli/src/verb.ts";

export interface CliRequest {
  readonly id: number;
  readonly argv: readonly string[] | null;
  /** A verb's name: its arguments are read, and nothing is run. */
  readonly verb?: string;
}

export interface CliAnswer {
  readonly id: number;
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

type Loaded = { readonly verb: Verb } | { readonly family: Family };

const sources = new URL("../../../packages/cli/src/", import.meta.url);
const verbs = new Map<string, Verb>();
let runs = 0;

process.stdout.setMaxListeners(0);
process.on("message", (request: CliRequest) => {
  void answer(request).then((said) => process.send?.({ id: request.id, ...said }));
});

async function answer({ argv, verb }: CliRequest): Promise<Omit<CliAnswer, "id">> {
  if (argv === null) return { code: 0, out: JSON.stringify(await list()), error: "" };
  if (verb === undefined) return run(argv);
  const complaints = argv.map((word) => complaintOf(verbs.get(verb), word));
  return { code: complaints.includes("") ? 0 : 2, out: "", error: complaints.join("\n") };
}

/** What a verb says of a word that it cannot take; nothing of one that it can. */
function complaintOf(verb: Verb | undefined, word: string): string {
  if (verb === undefined) return "there is no such verb";
  try {
    readArguments(verb, [word]);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Runs the program anew: its module is evaluated again, what it imports is there already. */
async function run(argv: readonly string[]): Promise<Omit<CliAnswer, "id">> {
  const { argv: own } = process;
  const writers = [process.stdout, process.stderr].map((stream) => stream.write);
  const texts = ["", ""];
  for (const [at, stream] of [process.stdout, process.stderr].entries()) {
    stream.write = (chunk: string | Uint8Array): boolean => {
      texts[at] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
      return true;
    };
  }
  process.argv = [own[0] ?? "", "writ", ...argv];
  try {
    runs += 1;
    const main = new URL(`main.ts?run=${runs}`, sources).href;
    await import(main);
    return { code: Number(process.exitCode ?? 0), out: texts[0] ?? "", error: texts[1] ?? "" };
  } finally {
    process.argv = own;
    process.exitCode = 0;
    for (const [at, stream] of [process.stdout, process.stderr].entries()) {
      stream.write = writers[at] ?? stream.write;
    }
  }
}

/** Families and verbs, by the words that call them. */
async function list(): Promise<{ verbs: Record<string, string[]>; families: string[] }> {
  const { out } = await run(["--help"]);
  const words = [...out.matchAll(/^ {2}([a-z-]+) {2,}\S/gm)].map(([, word]) => word ?? "");
  const families = ["writ"];
  for (const word of words) {
    const loaded: Loaded = await import(new URL(`verbs/${word}.ts`, sources).href);
    await collect(`writ ${word}`, loaded, families);
  }
  const options = [...verbs].map(([name, { options }]) => [name, Object.keys(options)]);
  return { verbs: Object.fromEntries(options), families };
}

async function collect(name: string, loaded: Loaded, families: string[]): Promise<void> {
  if ("verb" in loaded) {
    verbs.set(name, loaded.verb);
    return;
  }
  families.push(name);
  for (const [word, { load }] of Object.entries(loaded.family.verbs)) {
    await collect(`${name} ${word}`, await load(), families);
  }
}
