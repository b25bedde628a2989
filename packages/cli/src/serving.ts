import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import type { Deployment } from "./deployment.ts";
import { type Address, deploymentAt, parseAddress, url } from "./deployment.ts";
import { prepareDeployment } from "./first-use.ts";
import { describe, OperatorError } from "./operator-error.ts";
import { type Role, type Started, startRole } from "./supervise.ts";

export interface ServingOptions {
  readonly policy: string;
  /** File that says where the policy's validators are asked, if it declares any. */
  readonly validators?: string | undefined;
  readonly data: string;
  /** The guard's folder, if not the one in the data folder. */
  readonly guard?: string | undefined;
  readonly listen: string;
  readonly auditListen: string;
  /** Lines for the operator: first use, a process that came back. */
  readonly say: (line: string) => void;
}

/** Gateway, bucket and audit, running as three processes. */
export interface Serving {
  readonly deployment: Deployment;
  readonly gatewayUrl: string;
  readonly auditUrl: string;
  /** Settles when one of the three ended by itself and could not be brought back; says which. */
  readonly broken: Promise<string>;
  /** Stops the gateway, then the Bucket, then the audit: no attempt is cut off from its record. */
  stop(): Promise<void>;
}

export const servingDefaults = {
  listen: "127.0.0.1:8420",
  "audit-listen": "127.0.0.1:8421",
} as const;

/** Starts all three, or throws an `OperatorError` and leaves none behind. */
export async function startServing(options: ServingOptions): Promise<Serving> {
  const listen = addressOf("--listen", options.listen);
  const auditListen = addressOf("--audit-listen", options.auditListen);
  const deployment = makeFolder(options.data);
  for (const line of prepareDeployment(deployment)) options.say(line);

  const data = ["--data", deployment.data];
  const started: Started[] = [];
  const start = async (role: Role, ...flags: string[]): Promise<Started> => {
    const one = await startRole(role, [...data, ...flags], options.say);
    started.push(one);
    return one;
  };
  try {
    const { guard } = options;
    const bucket = await start("bucket", ...(guard === undefined ? [] : ["--guard", guard]));
    const policy = ["--policy", resolve(options.policy)];
    const { validators } = options;
    const asked = validators === undefined ? [] : ["--validators", resolve(validators)];
    const gateway = await start("gateway", ...policy, ...asked, "--listen", options.listen);
    const audit = await start("audit", "--audit-listen", options.auditListen);
    return running(deployment, listen, auditListen, { bucket, gateway, audit });
  } catch (error) {
    for (const one of started.reverse()) await one.stop();
    throw error;
  }
}

type Trio = Readonly<Record<Role, Started>>;

function running(
  deployment: Deployment,
  listen: Address,
  auditListen: Address,
  trio: Trio,
): Serving {
  const all = Object.values(trio);
  const broken = Promise.race(
    all.map(async ({ role, ended }) => `the ${role} process ended by itself (${await ended})`),
  );
  return {
    deployment,
    gatewayUrl: url({ ...listen, port: trio.gateway.port ?? listen.port }),
    auditUrl: url({ ...auditListen, port: trio.audit.port ?? auditListen.port }),
    broken,
    async stop() {
      for (const one of [trio.gateway, trio.bucket, trio.audit]) await one.stop();
    },
  };
}

/** Reads a HOST:PORT flag. */
export function addressOf(flag: string, text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new OperatorError(`${flag} ${text}: give HOST:PORT`);
  return parsed;
}

function makeFolder(folder: string): Deployment {
  const deployment = deploymentAt(folder);
  try {
    mkdirSync(deployment.data, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new OperatorError(`cannot make the data folder: ${describe(error)}`);
  }
  return deployment;
}
