import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Bundle, type Fault, loadBundle } from "@writ/engine/bundle";
import { arm, type Engine, NotArmed } from "@writ/engine/engine";
import { describe, OperatorError } from "./operator-error.ts";

/** Reads the bundle files that lie directly in `folder` and arms them, or says all that is wrong. */
export function armFolder(folder: string): Engine {
  const loaded = loadBundle(bundleFiles(folder));
  if ("faults" in loaded) throw new OperatorError(faultLines(folder, loaded.faults));
  return armBundle(folder, loaded.bundle);
}

function armBundle(folder: string, bundle: Bundle): Engine {
  try {
    return arm(bundle);
  } catch (error) {
    if (error instanceof NotArmed) throw new OperatorError(`${folder}: ${error.message}`);
    throw error;
  }
}

function bundleFiles(folder: string): { path: string; text: string }[] {
  try {
    const names = readdirSync(folder).filter((name) => /\.(ya?ml|json)$/.test(name));
    if (names.length === 0)
      throw new OperatorError(`${folder}: holds no .yaml or .json bundle file`);
    return names.sort().map((path) => ({ path, text: readFileSync(join(folder, path), "utf8") }));
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(`cannot read the policy: ${describe(error)}`);
  }
}

function faultLines(folder: string, faults: readonly Fault[]): string {
  const lines = faults.map(
    ({ path, line, column, message }) => `  ${join(folder, path)}:${line}:${column}: ${message}`,
  );
  return `the policy does not load:\n${lines.join("\n")}`;
}
