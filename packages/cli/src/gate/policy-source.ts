import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Bundle, BundleFile } from "@writ/engine/bundle";
import type { Engine } from "@writ/engine/engine";
import type { Verifier } from "@writ/tlog/note-key";
import { OperatorError } from "../operator-error.ts";
import { SIGNATURE_FILE, verifyBundle } from "../policy/bundle-signature.ts";
import { armBundle, bundleFiles, loadFiles } from "../policy-folder.ts";

/** Who must have signed what is armed. */
export interface PolicyGovernance {
  /** None where a policy needs no signature. */
  readonly signers: readonly Verifier[];
  readonly quorum: number;
}

export interface LoadedPolicy {
  readonly files: readonly BundleFile[];
  readonly bundle: Bundle;
  readonly engine: Engine;
}

/**
 * Reads, checks and arms the policy that lies in `folder` now. Throws OperatorError with all that is
 * wrong: what does not load, is not signed by enough of those who must, or does not stand its own
 * canaries, is never armed.
 */
export async function loadPolicy(
  folder: string,
  governance: PolicyGovernance,
): Promise<LoadedPolicy> {
  const files = bundleFiles(folder);
  const loaded = await loadFiles(files);
  if ("faults" in loaded) {
    const lines = loaded.faults.map(
      ({ path, line, column, message }) => `  ${join(folder, path)}:${line}:${column}: ${message}`,
    );
    throw new OperatorError(`the policy does not load:\n${lines.join("\n")}`);
  }
  const { bundle } = loaded;
  requireSigned(folder, bundle, governance);
  return { files, bundle, engine: armBundle(folder, bundle) };
}

function requireSigned(
  folder: string,
  bundle: Bundle,
  { signers, quorum }: PolicyGovernance,
): void {
  if (signers.length === 0) return;
  const path = join(folder, SIGNATURE_FILE);
  if (!existsSync(path)) throw unsigned(folder, `there is no ${SIGNATURE_FILE}`);
  const verdict = verifyBundle(bundle, readFileSync(path), signers, quorum);
  if (!verdict.ok) throw unsigned(folder, verdict.why);
}

function unsigned(folder: string, why: string): OperatorError {
  return new OperatorError(`${folder}: not armed, for want of signatures: ${why}`);
}
