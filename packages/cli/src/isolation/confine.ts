import { lstatSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import type { Deployment } from "../deployment.ts";
import { OperatorError } from "../operator-error.ts";
import type { Role } from "../supervise.ts";
import { codeFolders } from "./code-folders.ts";

/** Files and folders, with all that is in them, that a process may open by name. */
export interface Reach {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/**
 * Node's flags for one process, on top of its user's rights: a seat belt, no boundary. They keep
 * code that was fooled from opening a file by a name that it was given; what native code does, and
 * what a thread does, Node does not hold to them. So the gateway, which hears strangers, gets
 * neither threads nor SQLite. The audit needs both, so only its main thread is held, which hears
 * strangers there. The Bucket gets none: under the permission model Node syncs no file by its
 * descriptor, and a log that is not synced is no log.
 *
 * `files` are what the gateway reads besides its own part: policy, settings, credentials. They must
 * exist. Throws OperatorError where one of them would let it into another part.
 */
export function nodeFlags(
  role: Role,
  deployment: Deployment,
  files: readonly string[] = [],
): readonly string[] {
  return FLAGS[role](deployment, files);
}

type Flags = (deployment: Deployment, files: readonly string[]) => readonly string[];

const FLAGS: Readonly<Record<Role, Flags>> = {
  gateway(deployment, files) {
    requireApart(deployment, files);
    requireNoLinks(deployment.gateway);
    const reach = { read: files, write: [deployment.gateway] };
    return [...permission(reach), "--no-experimental-sqlite"];
  },
  bucket: () => ["--no-addons"],
  audit({ bucket, auditorKeys, vkey }) {
    const reach = { read: [bucket, vkey], write: [dirname(auditorKeys)] };
    // What the warning says stands in the comment above.
    return [...permission(reach), "--allow-worker", "--disable-warning=PERM0006"];
  },
};

function permission({ read, write }: Reach): readonly string[] {
  return [
    "--permission",
    ...both([...codeFolders(), ...read, ...write]).map((path) => `--allow-fs-read=${path}`),
    ...both(write).map((path) => `--allow-fs-write=${path}`),
  ];
}

/** The name given, and the one that Node finds behind it. */
function both(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.flatMap((path) => [path, real(path)]))];
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Not there yet: whoever needs it says so.
    return path;
  }
}

/** A folder that is allowed is allowed with everything in it. */
function requireApart(deployment: Deployment, files: readonly string[]): void {
  const { bucket, guard, logKey, auditorKeys } = deployment;
  const parts = [bucket, guard, dirname(logKey), dirname(auditorKeys)];
  for (const path of files) {
    const part = parts.find((each) => isWithin(path, each) || isWithin(each, path));
    if (part === undefined) continue;
    throw new OperatorError(
      `the gateway reads ${path}, and would so be let into ${part}: keep them apart`,
    );
  }
}

/** Node looks at the name of a file, not at what a link in an allowed folder leads to. */
function requireNoLinks(folder: string): void {
  for (const name of readdirSync(folder)) {
    const found = lstatSync(join(folder, name));
    if (!found.isSymbolicLink() && !(found.isFile() && found.nlink > 1)) continue;
    throw new OperatorError(`${join(folder, name)} is a link: put the file itself there`);
  }
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(real(folder), real(path));
  return way !== ".." && !way.startsWith(`..${sep}`);
}
