import type { JsonObject } from "@writ/contract/json";
import type { Bundle, BundleFile, Category } from "./bundle.ts";
import type { CedarModule } from "./cedar/module.ts";
import { readDocument } from "./document.ts";
import type { Evaluator } from "./evaluator.ts";
import { type Fault, FaultList } from "./fault.ts";
import { admit } from "./host.ts";
import type { Located } from "./located.ts";
import { mergeFiles } from "./merge.ts";
import { type CategoryText, readCategories } from "./read-categories.ts";
import { type EvaluatorText, readConstraints } from "./read-constraints.ts";
import type { JudgeText } from "./read-judges.ts";
import { compileEvaluators } from "./rules.ts";
import { placeInScalar } from "./scalar-place.ts";
import { SourceFile } from "./source.ts";

/** Counted from 1; columns in UTF-16 code units. */
export interface Place {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** An evaluator as it stands in each category that it names. */
export type Compiled =
  | { readonly evaluators: ReadonlyMap<string, Evaluator> }
  | { readonly faults: readonly Fault[] };

/** A loaded bundle together with what it was made of, for tools that take rules apart. */
export interface Anatomy {
  /** Names of the constraints, highest priority first. */
  readonly constraints: readonly string[];
  /** In the bundle's order. */
  readonly evaluators: readonly EvaluatorText[];
  /** The schema of each category's inputs; its references go to `defs`. */
  readonly schemas: ReadonlyMap<string, Located>;
  readonly defs: Located | undefined;
  /** Compiles one evaluator, as it stands or changed, as loading the bundle compiles it. */
  compile(evaluator: EvaluatorText): Compiled;
}

/**
 * Reads the files of a bundle that has loaded once more.
 *
 * @param files what the bundle was loaded from
 * @param cedar what it was loaded with
 */
export function anatomyOf(
  files: readonly BundleFile[],
  bundle: Bundle,
  cedar: CedarModule | undefined,
): Anatomy {
  const silent = new FaultList();
  const members = membersOf(files, silent);
  const categories = readCategories(members?.get("categories")?.value, silent);
  const constraints = members?.get("constraints")?.value;
  const { evaluators } = readConstraints(constraints, silent);
  if (!silent.empty) throw new Error("these are not the files of a bundle that has loaded");
  const ruled = new Map(
    [...categories].map(([name, text]) => {
      return [name, { text, type: bundle.categories.get(name)?.shape.type ?? null }];
    }),
  );
  return {
    constraints: (constraints?.items ?? []).map((each) => nameOf(each)),
    evaluators,
    schemas: schemasOf(categories),
    defs: members?.get("$defs")?.value,
    compile(evaluator) {
      const faults = new FaultList();
      const compiled = compileEvaluators([evaluator], ruled, cedar ?? null, faults);
      return faults.empty ? { evaluators: theOnly(compiled) } : { faults: faults.sorted() };
    },
  };
}

function membersOf(files: readonly BundleFile[], faults: FaultList): Located["members"] {
  const roots = files
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .map((file) => readDocument(new SourceFile(file.path, file.text), faults));
  const read = roots.filter((root) => root !== null);
  return mergeFiles(read, faults)?.members ?? null;
}

function schemasOf(categories: ReadonlyMap<string, CategoryText>): ReadonlyMap<string, Located> {
  const schemas = new Map<string, Located>();
  for (const { name, input } of categories.values()) {
    if (input !== undefined) schemas.set(name, input);
  }
  return schemas;
}

function theOnly(
  compiled: ReadonlyMap<string, readonly Evaluator[]>,
): ReadonlyMap<string, Evaluator> {
  const each = [...compiled].flatMap(([category, [only]]) =>
    only === undefined ? [] : [[category, only] as const],
  );
  return new Map(each);
}

function nameOf(constraint: Located): string {
  const name = constraint.members?.get("name")?.value.json;
  return typeof name === "string" ? name : "";
}

/** What the evaluators of a category judge of an input; null where it never reaches them. */
export function judgedValue(
  category: Category,
  input: JsonObject,
  host: JsonObject | undefined,
): JsonObject | null {
  const { host: admitted, verdicts } = admit(category.declared, host);
  const normalized = category.shape.normalize(input, admitted);
  const complete = category.validators.every((name) => Object.hasOwn(verdicts, name));
  return complete && normalized.ok ? normalized.value : null;
}

/** The evaluator with another source for one of its judges; places still lead to the old one. */
export function withSource(evaluator: EvaluatorText, judge: number, source: string): EvaluatorText {
  const judges = evaluator.judges.map((each, index) =>
    index === judge ? { ...each, text: { ...each.text, json: source } } : each,
  );
  return { ...evaluator, judges };
}

/** Where the character at `offset` of a judge's source stands in its file. */
export function placeInJudge({ text }: JudgeText, offset: number): Place {
  const { source } = text;
  return { path: source.path, ...source.place(placeInScalar(text, offset)) };
}
