import { join } from "node:path";
import { readAuditorKeys } from "@writ/audit/auditor-keys";
import { LiveIndex } from "@writ/audit/index/live";
import { openKeptCheckpoints } from "@writ/audit/kept-checkpoints";
import { QuotaWatch, quotasOf } from "@writ/audit/quota-watch";
import { type AuditServer, startAuditServer } from "@writ/audit/server";
import type { Collector } from "@writ/audit/witness/collector";
import { diskFolder } from "@writ/bucket/read/folder";
import { consoleFolder } from "../console-folder.ts";
import { type Address, type Deployment, deploymentAt } from "../deployment.ts";
import { describe, OperatorError } from "../operator-error.ts";
import { ViolationLog } from "../violation-log.ts";
import { type Running, tell } from "./child.ts";
import { startCollecting } from "./collecting.ts";

const quotaIntervalMs = 10_000;

/** Starts the reading process: checkpoints and hash tiles for everybody, the rest for auditors. */
export async function startAudit(data: string, address: Address): Promise<Running> {
  const deployment = deploymentAt(data);
  const collector = startCollecting(deployment, note);
  const index = new LiveIndex({
    bucketDirectory: deployment.bucket,
    directory: join(deployment.data, "audit", "index"),
    onNote: note,
    onError,
  });
  const quotas = watchQuotas(deployment, index);
  const stopAll = async (): Promise<void> => {
    clearInterval(quotas);
    await Promise.all([index.close(), collector.stop()]);
  };
  try {
    const server = await startServer(deployment, address, index, collector);
    return {
      port: server.port,
      async stop() {
        await server.close();
        await stopAll();
      },
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

async function startServer(
  deployment: Deployment,
  { host, port }: Address,
  index: LiveIndex,
  cosigned: Collector,
): Promise<AuditServer> {
  const keys = readAuditorKeys(deployment.auditorKeys, onError);
  const violations = new ViolationLog({
    process: "audit",
    now: Date.now,
    write: (line) => process.stderr.write(`${line}\n`),
  });
  try {
    return await startAuditServer({
      bucketDirectory: deployment.bucket,
      keys,
      host,
      port,
      index,
      cosigned,
      console: consoleFolder(),
      kept: openKeptCheckpoints(join(deployment.data, "audit", "checkpoints")),
      onViolation: (violation) => violations.take(violation),
      onError,
    });
  } catch (error) {
    throw new OperatorError(`cannot listen on ${host}:${port}: ${describe(error)}`);
  }
}

/** Warns of quotas that come near their end, by what is published. */
function watchQuotas({ bucket }: Deployment, index: LiveIndex): NodeJS.Timeout {
  const watch = new QuotaWatch(note);
  const folder = diskFolder(bucket);
  return setInterval(() => {
    if (index.status.size === undefined) return;
    index
      .ask("tallies", [])
      .then((tallies) => watch.look(quotasOf(folder, tallies)))
      .catch(onError);
  }, quotaIntervalMs).unref();
}

function note(line: string): void {
  tell({ kind: "note", line });
}

function onError(error: unknown): void {
  note(describe(error));
}
