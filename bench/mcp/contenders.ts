import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { endWithUs } from "../bucket/living.ts";

const root = join(import.meta.dirname, "..", "..");
const program = join(root, "packages", "cli", "bin", "writ.js");
const server = join(root, "node_modules/@modelcontextprotocol/server-filesystem/dist/index.js");

/** One way for the same client to reach the same server. */
export interface Contender {
  readonly title: string;
  readonly means: string;
  /** The tool's name, as it is called there. */
  readonly tool: string;
  readonly client: Client;
}

/** Where everything is: the agent's folder in it, the policy for that, the ledger. */
export interface Place {
  readonly agent: string;
  readonly data: string;
  readonly config: string;
}

/** @param folder empty, and its path in lower case, as policies/filesystem asks */
export function prepare(folder: string): Place {
  const [agent, policy, data] = ["agent", "policy", "data"].map((name) => join(folder, name));
  if (agent === undefined || policy === undefined || data === undefined)
    throw new Error("no place");
  mkdirSync(join(agent, "out"), { recursive: true });
  const line = "A line of some eighty characters, as they stand in notes that people keep.\n";
  writeFileSync(join(agent, "notes.txt"), line.repeat(100));
  cpSync(join(root, "policies/filesystem"), policy, { recursive: true });
  const rules = join(policy, "folder.yaml");
  writeFileSync(rules, readFileSync(rules, "utf8").replaceAll("/srv/agent", agent));
  const config = join(folder, "writ.yaml");
  const listen = { listen: "127.0.0.1:0", audit_listen: "127.0.0.1:0" };
  const servers = { files: { command: process.execPath, args: [server, agent] } };
  writeFileSync(config, JSON.stringify({ policy, data, ...listen, mcp: { servers } }));
  return { agent, data, config };
}

/** Starts all of them; the last one serves two. */
export async function startAll({ agent, config }: Place): Promise<readonly Contender[]> {
  const gateway = await serve(config);
  const node = process.execPath;
  const stdio = (args: string[]): Transport =>
    new StdioClientTransport({ command: node, args, stderr: "ignore" });
  // The SDK's own types of this transport differ under exactOptionalPropertyTypes.
  const http = new StreamableHTTPClientTransport(new URL(`${gateway}/mcp`)) as Transport;
  return await Promise.all([
    connect(stdio([server, agent]), "read_text_file", "bare", "the server itself, on stdio"),
    connect(
      stdio([program, "mcp", "--config", config]),
      "files__read_text_file",
      "Writ, stdio",
      "`writ mcp` on stdio, to the gateway that runs, to the same server in a process of its own",
    ),
    connect(http, "files__read_text_file", "Writ, HTTP", "the same gateway by streamable HTTP"),
  ]);
}

async function connect(
  transport: Transport,
  tool: string,
  title: string,
  means: string,
): Promise<Contender> {
  const client = new Client({ name: "bench", version: "1.0.0" });
  await client.connect(transport);
  return { title, means, tool, client };
}

async function serve(config: string): Promise<string> {
  const child = spawn(process.execPath, [program, "serve", "--config", config], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  endWithUs(child);
  let gateway: string | undefined;
  for await (const line of createInterface(child.stdout)) {
    gateway ??= /^gateway +(http\S+)/.exec(line)?.[1];
    if (gateway !== undefined && line.includes("serving until")) return gateway;
  }
  throw new Error("writ serve ended before it served");
}
