import { isUtf8 } from "node:buffer";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Bundle, type BundleFile, type Fault, loadBundle, namesCedar } from "./bundle.ts";
import { arm, type Engine } from "./engine.ts";

/** A policy folder that holds no policy, or none that loads; the message says all that is wrong. */
export class PolicyRefused extends Error {
  override readonly name = "PolicyRefused";
  readonly code: "POLICY_EMPTY" | "POLICY_NOT_UTF8" | "POLICY_FAULTY";
  /** Every fault with its place, where it was read and does not load. */
  readonly faults: readonly Fault[];

  constructor(code: PolicyRefused["code"], message: string, faults: readonly Fault[] = []) {
    super(message);
    this.code = code;
    this.faults = faults;
  }
}

/**
 * Reads the bundle files that lie directly in `folder`, loads them, tries their canaries, and gives
 * the engine. Throws PolicyRefused, NotArmed, or the system's error.
 */
export async function armPolicy(folder: string): Promise<Engine> {
  return arm(await loadPolicy(folder));
}

/** As `armPolicy`, without trying the canaries. */
export async function loadPolicy(folder: string): Promise<Bundle> {
  const loaded = await loadPolicyFiles(readPolicy(folder));
  if (!("faults" in loaded)) return loaded.bundle;
  const lines = loaded.faults.map(
    ({ path, line, column, message }) => `  ${join(folder, path)}:${line}:${column}: ${message}`,
  );
  const message = `the policy does not load:\n${lines.join("\n")}`;
  throw new PolicyRefused("POLICY_FAULTY", message, loaded.faults);
}

/** Loads a bundle, with Cedar's code if it names any; no other process ever holds that code. */
export async function loadPolicyFiles(
  files: readonly BundleFile[],
): Promise<ReturnType<typeof loadBundle>> {
  if (!namesCedar(files)) return loadBundle(files);
  const { loadCedar } = await import("./cedar/load.node.ts");
  return loadBundle(files, loadCedar());
}

/** The texts of the bundle files that lie directly in `folder`, by name. */
export function readPolicy(folder: string): readonly BundleFile[] {
  const names = readdirSync(folder).filter((name) => /\.(ya?ml|json)$/.test(name));
  if (names.length === 0) {
    throw new PolicyRefused("POLICY_EMPTY", `${folder}: holds no .yaml or .json bundle file`);
  }
  return names.sort().map((path) => ({ path, text: textOf(join(folder, path)) }));
}

/** Refuses what is not UTF-8: a replaced character would be policy that nobody wrote. */
function textOf(path: string): string {
  const bytes = readFileSync(path);
  if (!isUtf8(bytes)) throw new PolicyRefused("POLICY_NOT_UTF8", `${path}: write it in UTF-8`);
  return bytes.toString("utf8");
}
