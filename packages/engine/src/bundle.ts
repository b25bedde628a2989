import type { Shape } from "@writ/contract/shape";
import { type ActionType, readActionType } from "./action-type.ts";
import { bundleDigest } from "./bundle-digest.ts";
import type { CedarModule } from "./cedar/module.ts";
import { MAX_TEXT, readDocument } from "./document.ts";
import type { Evaluator } from "./evaluator.ts";
import { eventFault } from "./event-size.ts";
import { type Fault, FaultList } from "./fault.ts";
import { fault, fieldsOf, type Keys, NAME, wordOf } from "./fields.ts";
import { declaredValidators, mandatoryValidators } from "./host.ts";
import type { Located } from "./located.ts";
import { mergeFiles } from "./merge.ts";
import { Panel } from "./panel.ts";
import { type Canary, readCanaries } from "./read-canaries.ts";
import { type CategoryText, readCategories } from "./read-categories.ts";
import { readCedarModule } from "./read-cedar.ts";
import { type Constraints, readConstraints } from "./read-constraints.ts";
import type { Tool } from "./read-tool.ts";
import { compileEvaluators } from "./rules.ts";
import { checkOverFaulty } from "./rules-over-faulty.ts";
import { type CategoryShapes, compileShapes } from "./shapes.ts";
import { SourceFile } from "./source.ts";

export type { Fault } from "./fault.ts";
export type { Tool } from "./read-tool.ts";

/** A policy that has loaded: checked and compiled, its canaries not yet tried. */
export interface Bundle {
  readonly name: string;
  /** SHA-256 of the canonical content, 64 lowercase hex digits. */
  readonly digest: string;
  readonly categories: ReadonlyMap<string, Category>;
  readonly canaries: readonly Canary[];
}

export interface Category {
  readonly name: string;
  readonly shape: Shape;
  readonly actionType: ActionType;
  /** The reason with which every accepted input is blocked; null where evaluators decide. */
  readonly always: string | null;
  /** Whose calls it judges; null where it is no tool's. */
  readonly tool: Tool | null;
  readonly panel: Panel;
  /** Validators whose verdict the shape has a place for. */
  readonly declared: readonly string[];
  /** Those of them whose verdict must have arrived. */
  readonly validators: readonly string[];
  /** The shape of what those validators are asked about; null where none is declared. */
  readonly received: Shape | null;
}

/** What an event's size and an auditor's patience bound. */
export const MAX_EVALUATORS = 256;

const BUNDLE: Keys = {
  what: "a bundle",
  required: ["writ", "name", "categories"],
  optional: ["$defs", "constraints", "canaries", "cedar"],
};

export interface BundleFile {
  readonly path: string;
  readonly text: string;
}

/** Whether the files name Cedar's code, which `loadBundle` then has to be given. */
export function namesCedar(files: readonly BundleFile[]): boolean {
  const unheard = new FaultList();
  const sources = files.map((file) => new SourceFile(file.path, file.text));
  return readFiles(sources, unheard)?.members?.has("cedar") === true;
}

/**
 * Loads a bundle from the texts of its files. The order of the files, their names and format, the
 * layout and the comments make no difference to what is loaded or to its digest.
 *
 * All faults are reported at once, as far as one does not hide another.
 *
 * @param cedar the code for judges in Cedar; a bundle that names none does without
 */
export function loadBundle(
  files: readonly BundleFile[],
  cedar?: CedarModule,
): { readonly bundle: Bundle } | { readonly faults: readonly Fault[] } {
  const faults = new FaultList();
  const sources = files.map((file) => new SourceFile(file.path, file.text));
  const root = readFiles(sources, faults);
  const bundle = root === null ? null : readBundle(root, cedar, faults);
  return bundle !== null && faults.empty ? { bundle } : { faults: faults.sorted() };
}

/** The content of all files as one tree; null, with a fault, where one cannot be read. */
export function readFiles(sources: readonly SourceFile[], faults: FaultList): Located | null {
  const ordered = sources.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const first = ordered[0] ?? new SourceFile("", "");
  const size = ordered.reduce((sum, source) => sum + source.text.length, 0);
  if (ordered.length === 0) {
    faults.add(first, 0, "MISSING_KEY", "a bundle needs a file: write one");
    return null;
  }
  if (size > MAX_TEXT) {
    faults.add(first, 0, "TOO_LARGE", `a bundle has at most ${MAX_TEXT} characters: shorten it`);
    return null;
  }
  const roots = ordered.map((source) => readDocument(source, faults));
  const read = roots.filter((root) => root !== null);
  // What a file that cannot be read would have said, would be missing everywhere else.
  return read.length < roots.length ? null : mergeFiles(read, faults);
}

function readBundle(root: Located, atHand: CedarModule | undefined, faults: FaultList): Bundle {
  const fields = fieldsOf(root, BUNDLE, faults);
  const version = fields.get("writ");
  if (version !== undefined && version.json !== 1) {
    fault(version, "VERSION", "this format is version 1: write writ: 1", faults);
  }
  const name = wordOf(fields.get("name"), NAME, faults) ?? "";
  const texts = readCategories(fields.get("categories"), faults);
  const canaries = readCanaries(fields.get("canaries"), texts, faults);
  const rules = readConstraints(fields.get("constraints"), faults);
  const cedar = readCedarModule(fields.get("cedar"), rules.evaluators, atHand, faults);
  const shapes = compileShapes(texts, fields.get("$defs"), faults);
  const categories = compileCategories(texts, rules, shapes.sound, cedar, faults);
  checkOverFaulty(rules.evaluators, shapes, faults);
  return { name, digest: bundleDigest(root.json), categories, canaries };
}

function compileCategories(
  texts: ReadonlyMap<string, CategoryText>,
  rules: Constraints,
  shapes: ReadonlyMap<string, CategoryShapes>,
  cedar: CedarModule | null,
  faults: FaultList,
): ReadonlyMap<string, Category> {
  const ruled = new Map(
    [...texts].map(([name, text]) => [name, { text, type: shapes.get(name)?.whole.type ?? null }]),
  );
  const evaluators = compileEvaluators(rules.evaluators, ruled, cedar, faults);
  const categories = new Map<string, Category>();
  for (const text of texts.values()) {
    const own = shapes.get(text.name) ?? null;
    if (!rules.named.has(text.name) && text.always === null) uncovered(text, faults);
    const category = readCategory(text, own, evaluators.get(text.name) ?? [], faults);
    if (category !== null) categories.set(text.name, category);
  }
  return categories;
}

function uncovered({ name, at, keyStart }: CategoryText, faults: FaultList): void {
  const message = `no evaluator names the category ${name}: add one, or always: BLOCK`;
  faults.add(at.source, keyStart, "NO_EVALUATOR", message);
}

function readCategory(
  text: CategoryText,
  shapes: CategoryShapes | null,
  evaluators: readonly Evaluator[],
  faults: FaultList,
): Category | null {
  const { name, at, keyStart, always, tool } = text;
  const actionType = readActionType(text.actionType, shapes?.whole.type ?? null, faults);
  if (evaluators.length > MAX_EVALUATORS) {
    const message = `the category ${name} has more than ${MAX_EVALUATORS} evaluators: join some`;
    faults.add(at.source, keyStart, "TOO_MANY_EVALUATORS", message);
    return null;
  }
  if (shapes === null || actionType === null) return null;
  const { whole: shape, received } = shapes;
  const declared = declaredValidators(shape.type);
  const refused = eventFault(actionType.values, evaluators, declared);
  if (refused !== null) {
    const message = `an event of ${name} could not be recorded (${refused}): shorten what it names`;
    faults.add(at.source, keyStart, "EVENT_TOO_LARGE", message);
  }
  const validators = mandatoryValidators(shape.type);
  const panel = new Panel(evaluators);
  return { name, shape, actionType, always, tool, panel, declared, validators, received };
}
