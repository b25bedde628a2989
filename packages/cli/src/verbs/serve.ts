import {
  REACHABLE,
  readGiven,
  readSettings,
  type Sources,
  settingFlags,
} from "../config/settings.ts";
import type { Settings } from "../config/table.ts";
import { beginConfined } from "../isolation/in-place.ts";
import { takeAttendance } from "../mcp/attendance.ts";
import { describe } from "../operator-error.ts";
import { runChild, tell } from "../processes/child.ts";
import { commandOf, type ServingOptions, servingDefaults, startServing } from "../serving.ts";
import { readValidatorsFile } from "../validators-file.ts";
import { type Arguments, optional, UsageError, type Verb } from "../verb.ts";

/** Flags that stand on their own in the help, and beside what every start is told. */
const TOLD = ["config", "validators", "policy", "data", "guard", "listen", "audit-listen", "users"];

export const verb: Verb = {
  help: `writ serve --config FILE
writ serve --policy DIR --data DIR [--guard DIR] [--validators FILE]
           [--listen HOST:PORT] [--audit-listen HOST:PORT] [--KEY VALUE]…

Runs three processes until Ctrl-C: the gateway decides, the bucket records, the audit reads.
Keys and the Bucket's constitution are made in the data folder on first use.

  --config FILE             writ.yaml, which says all of this and more: see writ init and
                            docs/configuration.md. Every key of one value there is a flag too
                            (log.level: --log-level) and a variable (WRIT_LOG_LEVEL); a flag wins
                            over a variable, and both over the file
  --policy DIR              folder with the bundle's .yaml or .json files
  --validators FILE         where the policy's validators are asked: JSON, by name
                            {"url", "timeout_ms", "authorization_env" or "authorization_file"};
                            in place of those in writ.yaml
  --data DIR                keys, Bucket, guard and counters of this deployment
  --guard DIR               where the guard is kept, best on another disk; default guard in DATA.
                            It remembers the last head that was synced, so that an older copy of
                            the Bucket is not taken for the present one. Give the same at each start
  --listen HOST:PORT        the gateway; default ${servingDefaults.listen}. Anything but this machine
                            alone needs callers: writ caller add
  --audit-listen HOST:PORT  the audit; default ${servingDefaults["audit-listen"]}
  --users gateway=USER,bucket=USER,audit=USER
                            whom the processes run as, by name or number; for root, who gives
                            each its part of the data folder. Without it they share this user, and
                            nothing but Node's permission model keeps the gateway from the Bucket
  --only ROLE               run only bucket, gateway, audit, or servers (the programs of
                            mcp.servers), in this process: for a service manager that gives each a
                            user of its own
  --for-agents              stop a few seconds after the last agent of writ mcp has left, which
                            starts this where nothing runs; addresses that are not given are free
                            ports of this machine

Keys of writ.yaml, each explained in docs/configuration.md:

${furtherRows()}

writ reload and writ halt change what a running gateway decides by. Ctrl-C and TERM let attempts
under way be recorded and answered.

example: writ serve --policy policies/airline --data .writ
`,
  options: {
    ...settingFlags(),
    config: { type: "string" },
    validators: { type: "string" },
    users: { type: "string" },
    only: { type: "string" },
    "for-agents": { type: "boolean" },
  },
  words: [0, 0],
  run(args) {
    if (args.flags.only !== undefined) return serveOne(args);
    return args.flags["for-agents"] === true ? serveForAgents(args) : serveAll(args);
  },
};

function furtherRows(): string {
  const further = REACHABLE.filter(({ flag }) => !TOLD.includes(flag));
  return further.map(({ flag, path }) => `  --${flag} VALUE`.padEnd(36) + path).join("\n");
}

async function serveAll(args: Arguments): Promise<number> {
  const settings = settingsOf(args);
  const serving = await startServing(optionsOf(args, settings, needed(settings, "policy")));
  if (args.flags.users === undefined) {
    process.stderr.write(
      "writ: the three processes share one user: Node's permission model alone keeps the gateway from the Bucket (--users)\n",
    );
  }
  process.stdout.write(`gateway  ${serving.gatewayUrl}\naudit    ${serving.auditUrl}\n`);
  process.stdout.write("serving until Ctrl-C\n");
  return untilStopped(serving);
}

function optionsOf(args: Arguments, settings: Settings, policy: string): ServingOptions {
  return {
    policy,
    validators: optional(args, "validators"),
    data: needed(settings, "data"),
    guard: settings.guard ?? undefined,
    listen: addressText(settings.listen),
    auditListen: addressText(settings.audit_listen),
    config: optional(args, "config"),
    flags: furtherFlags(args),
    users: optional(args, "users"),
    say: (line) => process.stderr.write(`writ: ${line}\n`),
  };
}

const ANY_PORT = "127.0.0.1:0";

/** As long as agents of `writ mcp` are there; 0 also where another process serves them already. */
async function serveForAgents(args: Arguments): Promise<number> {
  const { settings, given } = readGiven(sourcesOf(args));
  const told = optionsOf(args, settings, needed(settings, "policy"));
  // Agents come by a socket: nobody who did not choose a port should find it taken.
  const options = {
    ...told,
    listen: given.has("listen") ? told.listen : ANY_PORT,
    auditListen: given.has("audit_listen") ? told.auditListen : ANY_PORT,
  };
  const attendance = await takeAttendance(options.data);
  if (attendance === null) return 0;
  try {
    const serving = await startServing(options);
    attendance.ready();
    tell({ kind: "ready" });
    return await untilStopped(serving, attendance.empty);
  } catch (error) {
    tell({ kind: "failed", line: describe(error) });
    throw error;
  } finally {
    await attendance.close();
    if (process.connected) process.disconnect();
  }
}

/** Waits for Ctrl-C, TERM, or the death of one process; 0 only for what was asked, or unneeded. */
export async function untilStopped(
  serving: { readonly broken: Promise<string>; stop(): Promise<void> },
  unneeded: Promise<void> = new Promise(() => {}),
): Promise<number> {
  const asked = new Promise<undefined>((resolve) => {
    process.once("SIGINT", () => resolve(undefined));
    process.once("SIGTERM", () => resolve(undefined));
  });
  const broke = await Promise.race([serving.broken, asked, unneeded.then(() => undefined)]);
  if (broke !== undefined) process.stderr.write(`writ: ${broke}; stopping the others\n`);
  await serving.stop();
  process.stderr.write("writ: stopped\n");
  return broke === undefined ? 0 : 1;
}

async function serveOne(args: Arguments): Promise<number> {
  const settings = settingsOf(args);
  const data = needed(settings, "data");
  switch (args.flags.only) {
    case "bucket": {
      const { startBucket } = await import("../processes/bucket.ts");
      return runChild(() => startBucket({ data, guard: settings.guard ?? undefined }));
    }
    case "gateway": {
      const { startGateway } = await import("../processes/gateway.ts");
      const policy = needed(settings, "policy");
      beginConfined(commandOf("gateway", optionsOf(args, settings, policy)));
      return lastLines(await runChild(() => startGateway({ settings, data, policy })));
    }
    case "servers": {
      const { startServers } = await import("../processes/servers.ts");
      return runChild(() => startServers({ settings, data }));
    }
    case "audit": {
      const { startAudit } = await import("../processes/audit.ts");
      beginConfined(commandOf("audit", optionsOf(args, settings, "")));
      return runChild(() => startAudit(data, settings.audit_listen));
    }
    default:
      throw new UsageError("--only takes bucket, gateway, audit or servers");
  }
}

function sourcesOf(args: Arguments): Sources {
  return { file: optional(args, "config"), flags: args.flags, environment: process.env };
}

function settingsOf(args: Arguments): Settings {
  const settings = readSettings(sourcesOf(args));
  const validators = optional(args, "validators");
  if (validators === undefined || args.flags.only !== "gateway") return settings;
  return { ...settings, validators: readValidatorsFile(validators) };
}

function needed(settings: Settings, key: "policy" | "data"): string {
  const value = settings[key];
  if (value === null) throw new UsageError(`--${key} is missing`);
  return value;
}

/** What was given beside the flags that every start has. */
function furtherFlags({ flags }: Arguments): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(flags).flatMap(([flag, value]) =>
      typeof value === "string" && !TOLD.includes(flag) && flag !== "only" ? [[flag, value]] : [],
    ),
  );
}

function addressText({ host, port }: Settings["listen"]): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whoever should read standard error may never do so; that must not keep the process. */
function lastLines(code: number): number {
  if (process.stderr.writableLength > 0) process.exit(code);
  return code;
}
