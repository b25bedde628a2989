import { dirname } from "node:path";
import type { Deployment } from "../deployment.ts";
import type { Role } from "../supervise.ts";

/** Whose a part of a data folder is: one process's, or the operator's (who starts them). */
export type Owner = Role | "operator";

/** One part of a deployment, and who may do what with it where each process has a user of its own. */
export interface Part {
  readonly name: string;
  readonly path: (deployment: Deployment) => string;
  readonly owner: Owner;
  /** Whose group it has: who may read it too, or, of the socket's folder, connect. */
  readonly group: Owner;
  /** Of the folder, or of the file. With the set-group-id bit what is made in it has its group. */
  readonly mode: number;
  /** Of the files in it; none are looked at where this is missing. */
  readonly files?: number;
  readonly readers: readonly Role[];
}

const EVERYBODY: readonly Role[] = ["gateway", "bucket", "audit"];

/**
 * The whole plan. The gateway and the Bucket have nothing in common but the socket; the audit reads
 * the Bucket. deploy/tmpfiles.d says the same to a service manager.
 */
export const PARTS: readonly Part[] = [
  // Everybody sees what there is; the Bucket must open it, to make the name of its folder durable.
  part("data", ({ data }) => data, "operator", "operator", 0o755, EVERYBODY),
  part("log.vkey", ({ vkey }) => vkey, "operator", "operator", 0o644, [
    "gateway",
    "bucket",
    "audit",
  ]),
  part("bucket", ({ bucket }) => bucket, "bucket", "audit", 0o2750, ["bucket", "audit"], 0o640),
  part("guard", ({ guard }) => guard, "bucket", "bucket", 0o700, ["bucket"], 0o600),
  part("keys", ({ logKey }) => dirname(logKey), "operator", "operator", 0o711, []),
  part("log.key", ({ logKey }) => logKey, "bucket", "bucket", 0o600, ["bucket"]),
  part("governance.key", ({ governanceKey }) => governanceKey, "operator", "operator", 0o600, []),
  part("auditor.key", ({ auditorKey }) => auditorKey, "operator", "operator", 0o600, []),
  part("gateway", ({ gateway }) => gateway, "gateway", "gateway", 0o700, ["gateway"], 0o600),
  part(
    "audit",
    ({ auditorKeys }) => dirname(auditorKeys),
    "audit",
    "audit",
    0o700,
    ["audit"],
    0o600,
  ),
  part("run", ({ run }) => run, "bucket", "gateway", 0o2750, ["bucket", "gateway"]),
];

function part(
  name: string,
  path: (deployment: Deployment) => string,
  owner: Owner,
  group: Owner,
  mode: number,
  readers: readonly Role[],
  files?: number,
): Part {
  return { name, path, owner, group, mode, readers, ...(files === undefined ? {} : { files }) };
}
