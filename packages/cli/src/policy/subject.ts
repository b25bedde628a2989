import { join } from "node:path";
import { type Anatomy, anatomyOf } from "@writ/engine/anatomy";
import { type Bundle, type BundleFile, loadBundle, namesCedar } from "@writ/engine/bundle";
import type { CedarModule } from "@writ/engine/cedar-module";
import { arm, type Engine, NotArmed } from "@writ/engine/engine";
import type { Evaluator } from "@writ/engine/evaluator";
import type { Fault } from "@writ/engine/fault";
import type { EvaluatorText } from "@writ/engine/read-constraints";
import { bundleFiles } from "../policy-folder.ts";

/** An evaluator in its place among those of a category: as written, and compiled. */
export interface Seat {
  readonly text: EvaluatorText;
  readonly evaluator: Evaluator;
}

/** A bundle on the table of a tool that looks into it; nothing it decides is released. */
export interface Subject {
  readonly bundle: Bundle;
  readonly anatomy: Anatomy;
  /** Decides although a canary may have failed: a test is how its author finds out why. */
  readonly engine: Engine;
  readonly failedCanaries: NotArmed["failed"];
  /** The evaluators of each category that has any, in the bundle's order. */
  readonly seats: ReadonlyMap<string, readonly Seat[]>;
}

/** Loads the bundle in a folder; the faults' paths begin with the folder. */
export async function loadSubject(folder: string): Promise<Subject | { faults: readonly Fault[] }> {
  const files = bundleFiles(folder).map(({ path, text }) => ({ path: join(folder, path), text }));
  const cedar = await cedarFor(files);
  const loaded = loadBundle(files, cedar);
  if ("faults" in loaded) return loaded;
  const { bundle } = loaded;
  const anatomy = anatomyOf(files, bundle, cedar);
  return {
    bundle,
    anatomy,
    engine: arm({ ...bundle, canaries: [] }),
    failedCanaries: failedCanaries(bundle),
    seats: seatsOf(anatomy),
  };
}

async function cedarFor(files: readonly BundleFile[]): Promise<CedarModule | undefined> {
  if (!namesCedar(files)) return undefined;
  const { loadCedar } = await import("@writ/engine/cedar");
  return loadCedar();
}

function failedCanaries(bundle: Bundle): NotArmed["failed"] {
  try {
    arm(bundle);
    return [];
  } catch (error) {
    if (error instanceof NotArmed) return error.failed;
    throw error;
  }
}

function seatsOf(anatomy: Anatomy): ReadonlyMap<string, readonly Seat[]> {
  const seats = new Map<string, Seat[]>();
  for (const text of anatomy.evaluators) {
    const compiled = anatomy.compile(text);
    if ("faults" in compiled) throw new Error(`${text.name} loaded and does not compile`);
    for (const [category, evaluator] of compiled.evaluators) {
      const before = seats.get(category) ?? [];
      seats.set(category, [...before, { text, evaluator }]);
    }
  }
  return seats;
}
