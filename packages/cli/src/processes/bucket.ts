import { readFileSync, statSync } from "node:fs";
import { relative, sep } from "node:path";
import { DiskRoom, diskEye } from "@writ/bucket/append/disk-room";
import { headKey } from "@writ/bucket/append/head-key";
import { openLog } from "@writ/bucket/append/log";
import { OpenRefused } from "@writ/bucket/append/open-refused";
import { serveAppends } from "@writ/bucket/append/server";
import type { LogWriter } from "@writ/bucket/append/submission";
import type { Constitution } from "@writ/bucket/constitution";
import { verifyConstitutionChain } from "@writ/bucket/constitution/chain";
import { usedBy } from "@writ/bucket/constitution/usage";
import { diskFolder } from "@writ/bucket/read/folder";
import { readConstitutions } from "@writ/bucket/read/log-key";
import { signerKeyLine } from "@writ/bucket/writer-key";
import { parseSignerKey } from "@writ/tlog/note-key";
import { DenialCounts } from "../denial-counts.ts";
import { DenialLog } from "../denial-log.ts";
import { type Deployment, deploymentAt } from "../deployment.ts";
import { OperatorError } from "../operator-error.ts";
import type { Running } from "./child.ts";

export interface BucketOptions {
  readonly data: string;
  /** The guard's folder, if not the one in the data folder. */
  readonly guard?: string | undefined;
}

/** Starts the recording process: the log, and the append door to it. */
export async function startBucket({ data, guard }: BucketOptions): Promise<Running> {
  const deployment = deploymentAt(data, guard);
  const { writer, constitution } = openDeployed(deployment);
  const denials = new DenialLog({
    now: Date.now,
    write: (line) => process.stderr.write(`${line}\n`),
  });
  const counts = new DenialCounts(deployment.bucket, denials.counts);
  process.chdir(deployment.data);
  try {
    const door = await serveAppends({
      writer,
      constitution,
      room: new DiskRoom({
        eye: diskEye(deployment.bucket, deployment.guard),
        committed: () => writer.size,
        held: usedBy(constitution, writer.tallies.values()).bytes,
      }),
      socketPath: deployment.socket,
      onFatal: die,
      onDenial: (denial) => {
        denials.take(denial);
        counts.changed();
      },
    });
    return {
      async stop() {
        await door.close();
        await writer.close();
        await counts.close();
      },
    };
  } catch (error) {
    await writer.close();
    throw error;
  }
}

/**
 * Opens a deployment's log for writing; `adopt` as for `openLog`. Throws OperatorError, with the
 * code of the refusal in its line.
 */
export function openDeployed(
  deployment: Deployment,
  adopt?: Uint8Array,
): { readonly writer: LogWriter; readonly constitution: Constitution } {
  const { bucket, guard, logKey } = deployment;
  requireGuardFolder(deployment);
  const chain = verifyConstitutionChain(readConstitutions(diskFolder(bucket)));
  const { constitution, digest } = chain.at(-1) ?? chain[0];
  const signer = parseSignerKey(signerKeyLine(readFileSync(logKey, "utf8")));
  try {
    const writer = openLog({
      directory: bucket,
      guard,
      key: headKey(chain, signer),
      constitution: digest,
      from: constitution.from,
      publishInThread: adopt === undefined,
      ...(adopt === undefined ? {} : { adopt }),
    });
    return { writer, constitution };
  } catch (error) {
    // The code is what a service manager's rule, or a search for help, can go by.
    if (!(error instanceof OpenRefused)) throw error;
    throw new OperatorError(`${error.message} (${error.code})`);
  }
}

/** A guard within what it guards would be restored with it, and see nothing. */
function requireGuardFolder({ bucket, guard }: Deployment): void {
  const way = relative(bucket, guard);
  if (way === "" || !(way === ".." || way.startsWith(`..${sep}`))) {
    throw new OperatorError(`--guard ${guard}: give a folder outside of the Bucket's, ${bucket}`);
  }
  if (statSync(guard, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new OperatorError(`--guard ${guard}: give a folder, not a file; the guard is made in it`);
  }
}

/** The log can no longer be trusted by this process: whoever starts it again reads it anew. */
function die(error: Error): void {
  const code = "code" in error && typeof error.code === "string" ? ` (${error.code})` : "";
  process.stderr.write(`writ: bucket: ${error.message}${code}\n`);
  process.exit(1);
}
