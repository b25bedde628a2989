import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { openWriterKey } from "@writ/bucket/writer-key";
import { openEnforcement } from "@writ/enforce/enforcement";
import { createGateway } from "@writ/gateway/server";
import { httpValidators } from "@writ/gateway/validator-client";
import { parseVerifierKey } from "@writ/tlog/note-key";
import { type Address, deploymentAt } from "../deployment.ts";
import { describe, OperatorError } from "../operator-error.ts";
import { armFolder } from "../policy-folder.ts";
import { readValidators } from "../validators-file.ts";
import { type Running, tell } from "./child.ts";

/** Under the in-flight quota of the constitution that first use makes. */
const maxInFlight = 2_048;

export interface GatewayOptions {
  readonly data: string;
  readonly policy: string;
  readonly listen: Address;
  /** File that says where validators are asked; none are without it. */
  readonly validators: string | undefined;
}

/** Starts the deciding process. It reads its own part of the data folder and the policy, no more. */
export async function startGateway(options: GatewayOptions): Promise<Running> {
  const { data, policy, listen } = options;
  const deployment = deploymentAt(data);
  const engine = await armFolder(policy);
  const validators = httpValidators(readValidators(options.validators, engine, process.env));
  const writer = openWriterKey(readFileSync(deployment.writerKey, "utf8"));
  const logKey = readFileSync(deployment.gatewayVkey, "utf8").trim();
  process.chdir(deployment.data);

  const enforcement = await openEnforcement({
    engine,
    validators,
    writer,
    logKey,
    origin: parseVerifierKey(logKey).name,
    socketPath: deployment.socket,
    epochFile: deployment.epoch,
    maxInFlight,
    now: () => new Date().toISOString(),
    onViolation: (line) => tell({ kind: "note", line: `violation: ${line}` }),
    onChange: (state, detail) => {
      if (state !== "connected") tell({ kind: "note", line: `${state}: ${detail}` });
    },
  });
  const server = createGateway(enforcement);
  try {
    await server.listen(listen);
  } catch (error) {
    await enforcement.close();
    throw new OperatorError(`cannot listen on ${listen.host}:${listen.port}: ${describe(error)}`);
  }
  return {
    port: (server.server.address() as AddressInfo).port,
    async stop() {
      await server.close();
      await enforcement.close();
    },
  };
}
