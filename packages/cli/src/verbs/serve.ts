import { runChild } from "../processes/child.ts";
import { addressOf, servingDefaults, startServing } from "../serving.ts";
import { type Arguments, optional, required, UsageError, type Verb } from "../verb.ts";

export const verb: Verb = {
  help: `writ serve --policy DIR --data DIR [--guard DIR] [--validators FILE]
           [--listen HOST:PORT] [--audit-listen HOST:PORT]

Runs three processes until Ctrl-C: the gateway decides, the bucket records, the audit reads.
Keys and the Bucket's constitution are made in the data folder on first use.

  --policy DIR              folder with the bundle's .yaml or .json files
  --validators FILE         where the policy's validators are asked: JSON, by name
                            {"url", "timeout_ms", "authorization_env" or "authorization_file"}
  --data DIR                keys, Bucket, guard and counters of this deployment
  --guard DIR               where the guard is kept, best on another disk; default guard in DATA.
                            It remembers the last head that was synced, so that an older copy of
                            the Bucket is not taken for the present one. Give the same at each start
  --listen HOST:PORT        the gateway; default ${servingDefaults.listen}. It asks for no key
                            yet, so keep it on a loopback address
  --audit-listen HOST:PORT  the audit; default ${servingDefaults["audit-listen"]}
  --only ROLE               run only bucket, gateway or audit, in this process: for a service
                            manager that gives each a user of its own

example: writ serve --policy policies/airline --data .writ
`,
  options: {
    policy: { type: "string" },
    validators: { type: "string" },
    guard: { type: "string" },
    data: { type: "string" },
    listen: { type: "string", default: servingDefaults.listen },
    "audit-listen": { type: "string", default: servingDefaults["audit-listen"] },
    only: { type: "string" },
  },
  words: [0, 0],
  run: (args) => (args.flags.only === undefined ? serveAll(args) : serveOne(args)),
};

async function serveAll(args: Arguments): Promise<number> {
  const serving = await startServing({
    policy: required(args, "policy"),
    validators: optional(args, "validators"),
    data: required(args, "data"),
    guard: optional(args, "guard"),
    listen: required(args, "listen"),
    auditListen: required(args, "audit-listen"),
    say: (line) => process.stderr.write(`writ: ${line}\n`),
  });
  process.stdout.write(`gateway  ${serving.gatewayUrl}\naudit    ${serving.auditUrl}\n`);
  process.stdout.write("serving until Ctrl-C\n");
  return untilStopped(serving);
}

/** Waits for Ctrl-C, TERM, or the death of one of the three; 0 only for what was asked. */
export async function untilStopped(serving: {
  readonly broken: Promise<string>;
  stop(): Promise<void>;
}): Promise<number> {
  const asked = new Promise<undefined>((resolve) => {
    process.once("SIGINT", () => resolve(undefined));
    process.once("SIGTERM", () => resolve(undefined));
  });
  const broke = await Promise.race([serving.broken, asked]);
  if (broke !== undefined) process.stderr.write(`writ: ${broke}; stopping the others\n`);
  await serving.stop();
  process.stderr.write("writ: stopped\n");
  return broke === undefined ? 0 : 1;
}

async function serveOne(args: Arguments): Promise<number> {
  const data = required(args, "data");
  switch (args.flags.only) {
    case "bucket": {
      const { startBucket } = await import("../processes/bucket.ts");
      return runChild(() => startBucket({ data, guard: optional(args, "guard") }));
    }
    case "gateway": {
      const { startGateway } = await import("../processes/gateway.ts");
      const policy = required(args, "policy");
      const listen = addressOf("--listen", required(args, "listen"));
      const validators = optional(args, "validators");
      return runChild(() => startGateway({ data, policy, listen, validators }));
    }
    case "audit": {
      const { startAudit } = await import("../processes/audit.ts");
      const listen = addressOf("--audit-listen", required(args, "audit-listen"));
      return runChild(() => startAudit(data, listen));
    }
    default:
      throw new UsageError("--only takes bucket, gateway or audit");
  }
}
