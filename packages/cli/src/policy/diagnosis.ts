import { join } from "node:path";
import type { Bundle, BundleFile } from "@writ/engine/bundle";
import { arm, NotArmed } from "@writ/engine/engine";
import { type SuspicionCode, suspicionsOf } from "@writ/engine/suspicions";
import { loadFiles } from "../policy-folder.ts";

/** One thing that an author should look at. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** From the working directory, so that editors and terminals find it. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly code: string;
  /** Says what to do. */
  readonly message: string;
  /** The line it stands in; empty if there is none. */
  readonly source: string;
}

export interface Diagnosis {
  /** Null unless the policy loads. */
  readonly bundle: Bundle | null;
  readonly engineVersion: string | null;
  readonly diagnostics: readonly Diagnostic[];
}

type Found = Omit<Diagnostic, "severity" | "source">;

/** All that is wrong with a policy: what keeps it from loading, or from arming; else what looks odd. */
export async function diagnose(
  folder: string,
  files: readonly BundleFile[],
  allowed: ReadonlySet<SuspicionCode>,
): Promise<Diagnosis> {
  const lines = new Map(files.map(({ path, text }) => [path, text.split(/\r\n|\r|\n/)]));
  const told = (severity: Diagnostic["severity"], found: readonly Found[]): Diagnostic[] =>
    found.map(({ path, line, column, code, message }) => {
      const source = lines.get(path)?.[line - 1] ?? "";
      return { severity, path: join(folder, path), line, column, code, message, source };
    });
  const loaded = await loadFiles(files);
  if ("faults" in loaded) {
    return { bundle: null, engineVersion: null, diagnostics: told("error", loaded.faults) };
  }
  const { engineVersion, failed } = tryArming(loaded.bundle);
  const odd = suspicionsOf(files).filter(({ code }) => !allowed.has(code));
  const diagnostics = [...told("error", failed), ...told("warning", odd)];
  return { bundle: loaded.bundle, engineVersion, diagnostics };
}

function tryArming(bundle: Bundle): { engineVersion: string | null; failed: readonly Found[] } {
  try {
    return { engineVersion: arm(bundle).version, failed: [] };
  } catch (error) {
    if (!(error instanceof NotArmed)) throw error;
    const failed = error.failed.map(
      ({ path, line, column, category, expected, outcome, reason }) => {
        const message = `${category} must ${expected} this canary by policy, and gave ${outcome} (${reason}): mend the rules or the canary`;
        return { path, line, column, code: "CANARY_FAILED", message };
      },
    );
    return { engineVersion: null, failed };
  }
}
