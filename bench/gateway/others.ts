import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { installed, run, runOnce } from "../bucket/program.ts";
import { Skipped } from "../bucket/system.ts";
import type { Contender, Place, Served } from "./server.ts";
import { CERBOS_CHECKS, CERBOS_POLICY, OPA_INPUTS, REGO } from "./workload.ts";

const CERBOS_VERSION = "0.55.0";
const OPA_VERSION = "v1.9.0";
const HOST = "127.0.0.1";

/** A port that nobody had a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, HOST, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function cerbosProgram({ tools, say }: Place): string {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Skipped("its package is for Linux on x64");
  }
  const folder = join(tools, `cerbos-${CERBOS_VERSION}`);
  const name = "@cerbos/cerbos-linux-x64";
  const program = join(folder, "node_modules", name, "cerbos-linux-x64");
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  say(`installing ${name}`);
  runOnce("npm", ["install", "--no-save", "--prefix", folder, `${name}@${CERBOS_VERSION}`]);
  return program;
}

function cerbosConfig(folder: string, port: number, grpcPort: number): string {
  const config = {
    server: { httpListenAddr: `${HOST}:${port}`, grpcListenAddr: `${HOST}:${grpcPort}` },
    storage: { driver: "disk", disk: { directory: join(folder, "policies") } },
    telemetry: { disabled: true },
    audit: {
      enabled: true,
      accessLogsEnabled: false,
      decisionLogsEnabled: true,
      backend: "file",
      file: { path: join(folder, "decisions.log") },
    },
  };
  return JSON.stringify(config);
}

export const CERBOS: Contender = {
  name: "cerbos",
  title: "Cerbos, audit log to a file",
  means: "decided, and handed to its logger, which writes to a file and does not sync: not durable",
  async start(place): Promise<Served> {
    const program = cerbosProgram(place);
    const { folder } = place;
    const [port, grpcPort] = [await freePort(), await freePort()];
    mkdirSync(join(folder, "policies"));
    writeFileSync(join(folder, "policies", "payment.yaml"), CERBOS_POLICY);
    const config = join(folder, "cerbos.json");
    writeFileSync(config, cerbosConfig(folder, port, grpcPort));
    const words = ["server", "--log-level=error", `--config=${config}`];
    const server = await run(program, words, { host: HOST, port });
    return {
      pids: [server.pid],
      port,
      path: "/api/check/resources",
      type: "application/json",
      bodies: CERBOS_CHECKS.map(({ body }) => body),
      perBody: 1,
      proof: CERBOS_CHECKS,
      isRefusal: (answer) => JSON.parse(answer).results[0].actions.pay !== "EFFECT_ALLOW",
      remark: CERBOS_VERSION,
      stop: () => server.stop(),
    };
  },
};

export const OPA: Contender = {
  name: "opa",
  title: "OPA's server, decision log to its console",
  means: "decided, and handed to its logger, whose console is a file here: not durable",
  async start({ folder, tools, say }): Promise<Served> {
    if (!existsSync(join(tools, `opa-${OPA_VERSION}`))) say("building OPA, some minutes");
    const program = installed("opa", "github.com/open-policy-agent/opa", OPA_VERSION, tools);
    const port = await freePort();
    const policy = join(folder, "limits.rego");
    writeFileSync(policy, REGO);
    const words = ["run", "--server", "--addr", `${HOST}:${port}`, "--skip-version-check"];
    const logs = ["--set", "decision_logs.console=true", "--log-level", "error"];
    // A console in this process would cost it time that is not OPA's.
    const toFile = `exec "$0" "$@" > ${join(folder, "console")} 2>&1`;
    const all = ["-c", toFile, program, ...words, ...logs, policy];
    const server = await run("sh", all, { host: HOST, port });
    return {
      pids: [server.pid],
      port,
      path: "/v1/data/limits/deny",
      type: "application/json",
      bodies: OPA_INPUTS.map(({ body }) => body),
      perBody: 1,
      proof: OPA_INPUTS,
      isRefusal: (answer) => JSON.parse(answer).result === true,
      remark: OPA_VERSION,
      stop: () => server.stop(),
    };
  },
};
