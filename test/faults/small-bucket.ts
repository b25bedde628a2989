/**
 * A Bucket process as `writ serve --only bucket` is one, but with segments and steps so small that
 * a few events rotate them: `node small-bucket.ts DATA`. Tells its parent when it can be written to.
 */

import { readFileSync } from "node:fs";
import { headKey } from "@writ/bucket/append/head-key";
import { openLog } from "@writ/bucket/append/log";
import { serveAppends } from "@writ/bucket/append/server";
import { verifyConstitutionChain } from "@writ/bucket/constitution/chain";
import { diskFolder } from "@writ/bucket/read/folder";
import { readConstitutions } from "@writ/bucket/read/log-key";
import { signerKeyLine } from "@writ/bucket/writer-key";
import { parseSignerKey } from "@writ/tlog/note-key";
import { deploymentAt } from "../../packages/cli/src/deployment.ts";
import { runChild } from "../../packages/cli/src/processes/child.ts";

const deployment = deploymentAt(process.argv[2] ?? ".");

process.exitCode = await runChild(async () => {
  const chain = verifyConstitutionChain(readConstitutions(diskFolder(deployment.bucket)));
  const { constitution, digest } = chain.at(-1) ?? chain[0];
  const signer = parseSignerKey(signerKeyLine(readFileSync(deployment.logKey, "utf8")));
  const writer = openLog({
    directory: deployment.bucket,
    guard: deployment.guard,
    key: headKey(chain, signer),
    constitution: digest,
    limits: { segmentBytes: 70_000, tileSyncLeaves: 256 },
  });
  process.chdir(deployment.data);
  const door = await serveAppends({
    writer,
    constitution,
    socketPath: deployment.socket,
    onFatal(error) {
      process.stderr.write(`writ: bucket: ${error.message}\n`);
      process.exit(1);
    },
    onDenial: () => {},
  });
  return {
    async stop() {
      await door.close();
      await writer.close();
    },
  };
});
