import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BundleFile } from "@writ/engine/bundle";
import type { NotArmed } from "@writ/engine/engine";
import type { Fault } from "@writ/engine/fault";
import { describe, OperatorError } from "../operator-error.ts";
import { bundleFiles } from "../policy-folder.ts";
import { readCases } from "./case-file.ts";
import { coverageOf, type Goal } from "./coverage.ts";
import { type Equivalent, readEquivalents } from "./equivalents.ts";
import { mutantsOf } from "./mutants.ts";
import { MutantTrial, scoreOf, type Tried, untrueEntries } from "./mutation-run.ts";
import { type Ran, runCase } from "./run-cases.ts";
import { loadSubject, type Subject } from "./subject.ts";

/** What the mutants of a bundle came to. */
export interface Mutation {
  readonly tried: readonly Tried[];
  readonly score: number;
  /** Entries of mutants.yaml that do not say the truth. */
  readonly untrue: ReturnType<typeof untrueEntries>;
}

/** All that one run of a bundle's tests showed. */
export interface TestResult {
  readonly folder: string;
  readonly engineVersion: string;
  readonly ran: readonly Ran[];
  readonly failedCanaries: NotArmed["failed"];
  readonly canaries: number;
  readonly goals: readonly Goal[];
  /** Null where mutants were not asked for, or a case fails: nothing could then be said of them. */
  readonly mutation: Mutation | null;
}

/** Every file that was read, by its path from the working directory. */
export type Texts = ReadonlyMap<string, string>;

export interface TestRun {
  readonly texts: Texts;
  readonly came: TestResult | { readonly faults: readonly Fault[] };
}

/** Hears how many mutants of how many have been tried. */
export type Tell = (done: number, all: number) => void;

/** Runs the tests of the bundle in a folder: its cases, their coverage and, if asked, its mutants. */
export async function runTests(
  folder: string,
  mutants: boolean,
  tell: Tell = () => {},
): Promise<TestRun> {
  const { cases: caseFiles, marks } = testFiles(folder);
  const policy = bundleFiles(folder).map(({ path, text }) => ({ path: join(folder, path), text }));
  const files = [...policy, ...caseFiles, ...marks];
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const subject = await loadSubject(folder);
  const read = readCases(caseFiles);
  const marked = marks.map(readEquivalents);
  const faults = [subject, read, ...marked].flatMap((each) =>
    "faults" in each ? each.faults : [],
  );
  if ("faults" in subject || "faults" in read || faults.length > 0)
    return { texts, came: { faults } };
  const ran = read.cases.map((each) => runCase(subject, each));
  const equivalents = marked.flatMap((each) => ("equivalents" in each ? each.equivalents : []));
  const sound = ran.every((each) => each.passed) && subject.failedCanaries.length === 0;
  const came: TestResult = {
    folder,
    engineVersion: subject.engine.version,
    ran,
    failedCanaries: subject.failedCanaries,
    canaries: subject.bundle.canaries.length,
    goals: coverageOf(subject, ran),
    mutation: mutants && sound ? tryMutants(subject, ran, equivalents, tell) : null,
  };
  return { texts, came };
}

function tryMutants(
  subject: Subject,
  ran: readonly Ran[],
  equivalents: readonly Equivalent[],
  tell: Tell,
): Mutation {
  const mutants = mutantsOf(subject);
  const trial = new MutantTrial(subject, ran, equivalents);
  const tried = mutants.map((mutant, index) => {
    const found = trial.try(mutant);
    tell(index + 1, mutants.length);
    return found;
  });
  return { tried, score: scoreOf(tried), untrue: untrueEntries(equivalents, tried) };
}

interface TestFiles {
  readonly cases: readonly BundleFile[];
  /** `mutants.yaml`, if there is one. */
  readonly marks: readonly BundleFile[];
}

/** The files directly in `tests/`, by name. */
function testFiles(folder: string): TestFiles {
  const tests = join(folder, "tests");
  if (!existsSync(tests)) return { cases: [], marks: [] };
  try {
    const names = readdirSync(tests).filter((name) => /\.(ya?ml|json)$/.test(name));
    const files = names.sort().map((name) => {
      const path = join(tests, name);
      return { path, text: readFileSync(path, "utf8") };
    });
    const isMarks = ({ path }: BundleFile): boolean => /[\\/]mutants\.(ya?ml|json)$/.test(path);
    return { cases: files.filter((each) => !isMarks(each)), marks: files.filter(isMarks) };
  } catch (error) {
    throw new OperatorError(`cannot read the tests: ${describe(error)}`);
  }
}
