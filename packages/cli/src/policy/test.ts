import { existsSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, isForOperator, OperatorError } from "../operator-error.ts";
import { Progress } from "../progress.ts";
import { type Arguments, optional, UsageError, type Verb } from "../verb.ts";
import { junitXml } from "./junit.ts";
import { faultsJson, resultJson } from "./test-json.ts";
import { outcomeOf, type Thresholds } from "./test-outcome.ts";
import { runTests, type Tell } from "./test-run.ts";
import { faultsText, resultText } from "./test-text.ts";

export const verb: Verb = {
  help: `writ policy test DIR [--coverage MIN] [--mutation MIN] [--quick] [--watch] [--json] [--junit FILE]

Runs the cases in DIR/tests/*.yaml against the policy in DIR, and says what they leave untested:

  coverage   of each evaluator that it objected and that it passed, in each of its categories;
             of each condition inside a rule that it was true and that it was false
  mutation   the policy is changed in one place at a time (an evaluator removed, negated, moved,
             a condition negated or left out, a bound, an operator or a literal shifted); a change
             that no case notices is shown as a diff. What no input can tell apart is marked, with
             the reason, in DIR/tests/mutants.yaml

  --coverage MIN  exit 1 below this part of all, from 0 to 1
  --mutation MIN  exit 1 below this score, from 0 to 1
  --quick         try no mutants
  --watch         run again whenever a file changes, until interrupted
  --json          one JSON object instead of text
  --junit FILE    write the result as JUnit XML too

Exit 0 if all cases pass and the minima are met, 1 if not, 2 if policy or tests do not load.

example: writ policy test policies/airline --coverage 1 --mutation 1
`,
  options: {
    coverage: { type: "string" },
    mutation: { type: "string" },
    quick: { type: "boolean" },
    watch: { type: "boolean" },
    json: { type: "boolean" },
    junit: { type: "string" },
  },
  words: [1, 1],
  async run(args) {
    const folder = args.words[0] ?? ".";
    const options = readOptions(args);
    return args.flags.watch === true ? watchFolder(folder, options) : testOnce(folder, options);
  },
};

interface Options {
  readonly thresholds: Thresholds;
  readonly mutants: boolean;
  readonly json: boolean;
  readonly junit: string | undefined;
}

function readOptions(args: Arguments): Options {
  const { quick, json } = args.flags;
  const thresholds = { coverage: minimum(args, "coverage"), mutation: minimum(args, "mutation") };
  if (quick === true && thresholds.mutation !== null) {
    throw new UsageError("--quick tries no mutants: leave out --mutation");
  }
  const junit = optional(args, "junit");
  return { thresholds, mutants: quick !== true, json: json === true, junit };
}

function minimum(args: Arguments, flag: string): number | null {
  const given = optional(args, flag);
  if (given === undefined) return null;
  const number = /^[0-9]*\.?[0-9]+$/.test(given) ? Number(given) : Number.NaN;
  if (number >= 0 && number <= 1) return number;
  throw new UsageError(`--${flag} ${given}: give a number from 0 to 1`);
}

async function testOnce(folder: string, options: Options): Promise<number> {
  const { came, texts } = await runTests(folder, options.mutants, progressLine());
  const { thresholds, json, junit } = options;
  if ("faults" in came) {
    const text = json ? jsonLine(faultsJson(folder, came.faults)) : faultsText(came.faults, texts);
    process.stdout.write(text);
    return 2;
  }
  if (junit !== undefined) writeJunit(junit, junitXml(came, thresholds));
  const text = json ? jsonLine(resultJson(came, thresholds)) : resultText(came, thresholds, texts);
  process.stdout.write(text);
  return outcomeOf(came, thresholds).ok ? 0 : 1;
}

function progressLine(): Tell {
  let progress: Progress | undefined;
  return (done, all) => {
    progress ??= new Progress("mutants", all);
    if (done < all) progress.set(done);
    else progress.end(done);
  };
}

function jsonLine(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function writeJunit(path: string, xml: string): void {
  try {
    writeFileSync(path, xml);
  } catch (error) {
    throw new OperatorError(`cannot write the JUnit file: ${describe(error)}`);
  }
}

/** An editor writes a file in several steps; what follows this soon is the same change. */
const SETTLED_MS = 150;

/** Runs the tests now and after each change, until the process is interrupted. */
async function watchFolder(folder: string, options: Options): Promise<number> {
  // There is nothing to watch: running says so.
  if (!existsSync(folder)) return testOnce(folder, options);
  const watched = new Set<string>();
  let changed = Promise.withResolvers<void>();
  process.once("SIGINT", () => process.exit(0));
  for (;;) {
    // What changes during a run is run again after it.
    changed = Promise.withResolvers<void>();
    for (const each of [folder, join(folder, "tests")]) {
      if (watched.has(each) || !existsSync(each)) continue;
      watched.add(each);
      watch(each, () => changed.resolve());
    }
    await testAgain(folder, options);
    await changed.promise;
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    process.stdout.write("\n");
  }
}

/** A file that is away while it is saved is no reason to stop watching. */
async function testAgain(folder: string, options: Options): Promise<void> {
  try {
    await testOnce(folder, options);
  } catch (error) {
    if (!isForOperator(error)) throw error;
    process.stderr.write(`writ: ${describe(error)}\n`);
  }
}
