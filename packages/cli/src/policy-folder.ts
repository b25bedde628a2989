import { isUtf8 } from "node:buffer";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Bundle,
  type BundleFile,
  type Fault,
  loadBundle,
  namesCedar,
} from "@writ/engine/bundle";
import { arm, type Engine, NotArmed } from "@writ/engine/engine";
import { describe, OperatorError } from "./operator-error.ts";

/** Reads the bundle files that lie directly in `folder` and arms them, or says all that is wrong. */
export async function armFolder(folder: string): Promise<Engine> {
  return armBundle(folder, await loadFolder(folder));
}

/** Reads the bundle files that lie directly in `folder`, or says all that is wrong with them. */
export async function loadFolder(folder: string): Promise<Bundle> {
  const loaded = await loadFiles(bundleFiles(folder));
  if ("faults" in loaded) throw new OperatorError(faultLines(folder, loaded.faults));
  return loaded.bundle;
}

/** Arms it, or says which canaries keep it from arming. */
export function armBundle(folder: string, bundle: Bundle): Engine {
  try {
    return arm(bundle);
  } catch (error) {
    if (error instanceof NotArmed) throw new OperatorError(`${folder}: ${error.message}`);
    throw error;
  }
}

/** Loads a bundle, with Cedar's code if it names any; no other process ever holds that code. */
export async function loadFiles(
  files: readonly BundleFile[],
): Promise<ReturnType<typeof loadBundle>> {
  if (!namesCedar(files)) return loadBundle(files);
  const { loadCedar } = await import("@writ/engine/cedar");
  return loadBundle(files, loadCedar());
}

/** The texts of the bundle files that lie directly in `folder`, by name. */
export function bundleFiles(folder: string): readonly BundleFile[] {
  try {
    const names = readdirSync(folder).filter((name) => /\.(ya?ml|json)$/.test(name));
    if (names.length === 0)
      throw new OperatorError(`${folder}: holds no .yaml or .json bundle file`);
    return names.sort().map((path) => ({ path, text: textOf(join(folder, path)) }));
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(`cannot read the policy: ${describe(error)}`);
  }
}

/** Refuses what is not UTF-8: a replaced character would be policy that nobody wrote. */
function textOf(path: string): string {
  const bytes = readFileSync(path);
  if (!isUtf8(bytes)) throw new OperatorError(`${path}: write it in UTF-8`);
  return bytes.toString("utf8");
}

function faultLines(folder: string, faults: readonly Fault[]): string {
  const lines = faults.map(
    ({ path, line, column, message }) => `  ${join(folder, path)}:${line}:${column}: ${message}`,
  );
  return `the policy does not load:\n${lines.join("\n")}`;
}
