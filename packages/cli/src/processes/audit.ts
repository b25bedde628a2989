import { readAuditorKeys } from "@writ/audit/auditor-keys";
import { startAuditServer } from "@writ/audit/server";
import { type Address, deploymentAt } from "../deployment.ts";
import { describe, OperatorError } from "../operator-error.ts";
import { type Running, tell } from "./child.ts";

/** Starts the reading process: tiles for everybody, events for auditors. */
export async function startAudit(data: string, { host, port }: Address): Promise<Running> {
  const deployment = deploymentAt(data);
  const keys = readAuditorKeys(deployment.auditorKeys);
  try {
    const server = await startAuditServer({
      bucketDirectory: deployment.bucket,
      keys,
      host,
      port,
      onViolation: ({ method, path }) =>
        tell({ kind: "note", line: `violation: ${method} ${path}` }),
      onError: (error) => tell({ kind: "note", line: describe(error) }),
    });
    return { port: server.port, stop: () => server.close() };
  } catch (error) {
    throw new OperatorError(`cannot listen on ${host}:${port}: ${describe(error)}`);
  }
}
