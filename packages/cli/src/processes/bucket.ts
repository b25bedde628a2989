import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { openLog } from "@writ/bucket/append/log";
import { type Denial, serveAppends } from "@writ/bucket/append/server";
import type { LogWriter } from "@writ/bucket/append/submission";
import { type Enacted, verifyConstitutionChain } from "@writ/bucket/constitution/chain";
import { diskFolder } from "@writ/bucket/read/folder";
import { readConstitutions } from "@writ/bucket/read/log-key";
import { signerKeyLine } from "@writ/bucket/writer-key";
import { parseSignerKey, parseVerifierKey } from "@writ/tlog/note-key";
import { type Deployment, deploymentAt } from "../deployment.ts";
import { type Running, tell } from "./child.ts";

/** Starts the recording process: the log, and the append door to it. */
export async function startBucket(data: string): Promise<Running> {
  const deployment = deploymentAt(data);
  const enacted = constitutionInForce(deployment);
  const writer = openWriter(deployment, enacted);
  process.chdir(deployment.data);
  try {
    const door = await serveAppends({
      writer,
      constitution: enacted.constitution,
      socketPath: deployment.socket,
      onFatal: die,
      onDenial: (denial) => tell({ kind: "note", line: denialLine(denial) }),
    });
    return {
      async stop() {
        await door.close();
        await writer.close();
      },
    };
  } catch (error) {
    await writer.close();
    throw error;
  }
}

function constitutionInForce({ bucket }: Deployment): Enacted {
  const chain = verifyConstitutionChain(readConstitutions(diskFolder(bucket)));
  return chain.at(-1) ?? chain[0];
}

function openWriter(deployment: Deployment, { constitution, digest }: Enacted): LogWriter {
  const signer = parseSignerKey(signerKeyLine(readFileSync(deployment.logKey, "utf8")));
  return openLog({
    directory: deployment.bucket,
    guard: dirname(deployment.guard),
    key: {
      origin: constitution.origin,
      signer,
      verifier: parseVerifierKey(constitution.log_key),
    },
    constitution: digest,
  });
}

/** The log can no longer be trusted by this process: whoever starts it again reads it anew. */
function die(error: Error): void {
  process.stderr.write(`writ: bucket: ${error.message}\n`);
  process.exit(1);
}

function denialLine({ kind, cause, writer, detail }: Denial): string {
  return `${kind}: ${cause} (writer ${writer ?? "unknown"}): ${detail}`;
}
