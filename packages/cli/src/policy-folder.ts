import type { Bundle, BundleFile } from "@writ/engine/bundle";
import { arm, type Engine, NotArmed } from "@writ/engine/engine";
import { loadPolicy, PolicyRefused, readPolicy } from "@writ/engine/policy-folder";
import { describe, isForOperator, OperatorError } from "./operator-error.ts";

export { loadPolicyFiles as loadFiles } from "@writ/engine/policy-folder";

/** Reads the bundle files that lie directly in `folder` and arms them, or says all that is wrong. */
export async function armFolder(folder: string): Promise<Engine> {
  return armBundle(folder, await loadFolder(folder));
}

/** Reads the bundle files that lie directly in `folder`, or says all that is wrong with them. */
export async function loadFolder(folder: string): Promise<Bundle> {
  return loadPolicy(folder).catch(refuse);
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

/** The texts of the bundle files that lie directly in `folder`, by name. */
export function bundleFiles(folder: string): readonly BundleFile[] {
  try {
    return readPolicy(folder);
  } catch (error) {
    return refuse(error);
  }
}

function refuse(error: unknown): never {
  if (error instanceof PolicyRefused) throw new OperatorError(error.message);
  if (!isForOperator(error)) throw error;
  throw new OperatorError(`cannot read the policy: ${describe(error)}`);
}
