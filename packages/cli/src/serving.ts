import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { readSettings, spelledOut } from "./config/settings.ts";
import type { Settings } from "./config/table.ts";
import type { Deployment } from "./deployment.ts";
import { type Address, deploymentAt, parseAddress, url } from "./deployment.ts";
import { prepareDeployment } from "./first-use.ts";
import { type GatewayReach, gatewayFiles } from "./gate/gateway-files.ts";
import { nodeFlags } from "./isolation/confine.ts";
import { credentialVariables, environmentOf, serverVariables } from "./isolation/environment.ts";
import { giveServers, handOver } from "./isolation/hand-over.ts";
import type { Command } from "./isolation/in-place.ts";
import { parseUsers } from "./isolation/users.ts";
import { describe, OperatorError } from "./operator-error.ts";
import { type ProcessRole, type Role, type Started, startRole } from "./supervise.ts";
import { readValidatorsFile } from "./validators-file.ts";

export interface ServingOptions {
  readonly policy: string;
  /** File that says where the policy's validators are asked, if it declares any. */
  readonly validators?: string | undefined;
  /** writ.yaml, for what is not said here. */
  readonly config?: string | undefined;
  /** Further settings of the gateway, by the names of their flags; they win over the file. */
  readonly flags?: Readonly<Record<string, string>>;
  readonly data: string;
  /** The guard's folder, if not the one in the data folder. */
  readonly guard?: string | undefined;
  readonly listen: string;
  readonly auditListen: string;
  /** Whom the processes run as, where each has a user of its own; needs root. */
  readonly users?: string | undefined;
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
  const deployment = deploymentAt(makeFolder(options.data).data, options.guard);
  for (const line of prepareDeployment(deployment)) options.say(line);

  const users = options.users === undefined ? undefined : parseUsers(options.users);
  if (users !== undefined) handOver(deployment, users);

  const gateway = gatewayOf(options);
  const hasPrograms = needsServers(gateway.settings);
  if (users !== undefined && hasPrograms) giveServers(deployment, users);
  const data = ["--data", deployment.data];
  const started: Started[] = [];
  const start = async <R extends ProcessRole>(role: R, ...flags: string[]): Promise<Started> => {
    const confinement = {
      nodeFlags: NODE_FLAGS[role](deployment, gateway),
      user: users?.[role],
      // A program is started where its operator is, unless the settings say where.
      cwd: role === "servers" ? process.cwd() : deployment.data,
      environment: environmentOf(role, process.env, variablesOf(role, gateway)),
    };
    const one = await startRole(role, [...data, ...flags], confinement, options.say);
    started.push(one);
    return one;
  };
  try {
    const { guard } = options;
    const bucket = await start("bucket", ...(guard === undefined ? [] : ["--guard", guard]));
    const servers = hasPrograms ? await start("servers", ...gateway.flags) : undefined;
    const deciding = await start("gateway", ...gateway.flags);
    const audit = await start("audit", "--audit-listen", options.auditListen);
    const hasTls = gateway.settings.tls.cert !== null;
    return running(deployment, { ...listen, hasTls }, auditListen, {
      bucket,
      servers,
      gateway: deciding,
      audit,
    });
  } catch (error) {
    for (const one of started.reverse()) await one.stop();
    throw error;
  }
}

interface GatewayPart extends GatewayReach {
  readonly flags: readonly string[];
  /** That hold its credentials. */
  readonly variables: readonly string[];
}

/** Said to every process, or the gateway's business not at all. */
const OTHERS = ["data", "guard", "audit-listen"];

/** The flags of the gateway's process, and what it will make of them. Throws OperatorError. */
function gatewayOf({ policy, listen, validators, config, flags }: ServingOptions): GatewayPart {
  const environment = process.env;
  // A trial is watched by a person, who is told of what is amiss alone.
  const given = { ...(flags ?? { "log-level": "warn" }), policy, listen };
  const files = Object.entries({ config, validators }).flatMap(([flag, path]) =>
    path === undefined ? [] : [`--${flag}`, resolve(path)],
  );
  const read = readSettings({ file: config, flags: given, environment });
  const settings =
    validators === undefined ? read : { ...read, validators: readValidatorsFile(validators) };
  const scalars = Object.entries(spelledOut({ flags: given, environment })).flatMap(
    ([flag, value]) => (OTHERS.includes(flag) ? [] : [`--${flag}`, value]),
  );
  const variables = credentialVariables(settings);
  return { settings, config, validators, flags: [...files, ...scalars], variables };
}

/** What a start of one process alone stands for: the very command that this file gives its children. */
export function commandOf(role: "gateway" | "audit", options: ServingOptions): Command {
  const deployment = deploymentAt(options.data, options.guard);
  const gateway = role === "gateway" ? gatewayOf(options) : undefined;
  const flags = gateway?.flags ?? ["--audit-listen", options.auditListen];
  return {
    nodeFlags:
      gateway === undefined ? nodeFlags(role, deployment) : gatewayNodeFlags(deployment, gateway),
    args: ["serve", "--only", role, "--data", deployment.data, ...flags],
    cwd: deployment.data,
    environment: environmentOf(role, process.env, gateway?.variables),
  };
}

function needsServers({ mcp }: Settings): boolean {
  return [...mcp.servers.values()].some(({ command }) => command !== null);
}

const NODE_FLAGS: Readonly<
  Record<ProcessRole, (deployment: Deployment, gateway: GatewayPart) => readonly string[]>
> = {
  gateway: gatewayNodeFlags,
  bucket: (deployment) => nodeFlags("bucket", deployment),
  audit: (deployment) => nodeFlags("audit", deployment),
  // It is there to start programs, which are held by their user's rights alone.
  servers: () => ["--no-addons"],
};

function variablesOf(role: ProcessRole, { variables, settings }: GatewayPart): readonly string[] {
  if (role === "gateway") return variables;
  return role === "servers" ? serverVariables(settings) : [];
}

function gatewayNodeFlags(deployment: Deployment, gateway: GatewayPart): readonly string[] {
  const { read, write } = gatewayFiles(gateway);
  const logs = write.flatMap((path) => [`--allow-fs-read=${path}`, `--allow-fs-write=${path}`]);
  return [...nodeFlags("gateway", deployment, read), ...logs];
}

type All = Readonly<Record<Role, Started>> & { readonly servers: Started | undefined };

function running(
  deployment: Deployment,
  listen: Address & { readonly hasTls: boolean },
  auditListen: Address,
  processes: All,
): Serving {
  const all = Object.values(processes).filter((one) => one !== undefined);
  const broken = Promise.race(
    all.map(async ({ role, ended }) => `the ${role} process ended by itself (${await ended})`),
  );
  const deciding = url({ ...listen, port: processes.gateway.port ?? listen.port });
  return {
    deployment,
    gatewayUrl: listen.hasTls ? deciding.replace(/^http:/, "https:") : deciding,
    auditUrl: url({ ...auditListen, port: processes.audit.port ?? auditListen.port }),
    broken,
    async stop() {
      const { gateway, servers, bucket, audit } = processes;
      for (const one of [gateway, servers, bucket, audit]) await one?.stop();
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
