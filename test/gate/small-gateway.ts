/**
 * A gateway process whose one adapter posts what is allowed in `say` to URL:
 * `node small-gateway.ts DATA POLICY URL`. Made of what `writ serve --only gateway` is made of.
 */

import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { httpAdapter } from "@writ/adapters/http";
import { openWriterKey } from "@writ/bucket/writer-key";
import { openEnforcement } from "@writ/enforce/enforcement";
import { createGateway } from "@writ/gateway/server";
import { parseVerifierKey } from "@writ/tlog/note-key";
import { deploymentAt } from "../../packages/cli/src/deployment.ts";
import { armFolder } from "../../packages/cli/src/policy-folder.ts";
import { runChild, tell } from "../../packages/cli/src/processes/child.ts";

const [data = ".", policy = ".", url = ""] = process.argv.slice(2);

process.exitCode = await runChild(async () => {
  const deployment = deploymentAt(data);
  const logKey = readFileSync(deployment.gatewayVkey, "utf8").trim();
  const adapter = httpAdapter({
    name: "counter",
    url,
    deadlineMs: 5_000,
    maxResultBytes: 65_536,
    authorization: null,
  });
  const engine = await armFolder(policy);
  process.chdir(deployment.data);
  const enforcement = await openEnforcement({
    engine,
    adapters: new Map([["say", adapter]]),
    writer: openWriterKey(readFileSync(deployment.writerKey, "utf8")),
    logKey,
    origin: parseVerifierKey(logKey).name,
    socketPath: deployment.socket,
    epochFile: deployment.epoch,
    maxInFlight: 2_048,
    now: () => new Date().toISOString(),
    onViolation: (line) => tell({ kind: "note", line: `violation: ${line}` }),
    onChange: (state, detail) => tell({ kind: "note", line: `${state}: ${detail}` }),
  });
  const gateway = createGateway(enforcement);
  await gateway.listen({ host: "127.0.0.1", port: 0 });
  return {
    port: (gateway.server.address() as AddressInfo).port,
    async stop() {
      await gateway.close();
      await enforcement.close();
    },
  };
});
