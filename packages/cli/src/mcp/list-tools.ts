import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import {
  getDefaultEnvironment,
  StdioClientTransport,
} from "@modelcontextprotocol/sdk/client/stdio.js";
import { ResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { describe, OperatorError } from "../operator-error.ts";
import { type ToolDefinition, ToolRefused, toolDefinition } from "./tool-definition.ts";

/** A server to start and talk to over its standard input and output. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Variables that it gets besides a few harmless ones. */
  readonly env: Readonly<Record<string, string>>;
}

export interface ServerTools {
  /** As the server calls itself. */
  readonly server: string;
  readonly version: string;
  /** In the server's order. */
  readonly tools: readonly ToolDefinition[];
}

/** A server that pages without end is not imported. */
const MAX_PAGES = 1_000;
const TIMEOUT_MS = 60_000;

/**
 * Starts an MCP server, reads all its tools and stops it. Of the environment it
 * gets what is named and a few harmless variables: no secret that is not meant for it. What it writes to standard error goes to ours. No tool is called.
 *
 * Throws OperatorError if it does not start, does not speak MCP, or lists what is no tool.
 */
export async function listTools({ command, args, env }: ServerCommand): Promise<ServerTools> {
  const transport = new StdioClientTransport({
    command,
    args: [...args],
    env: { ...getDefaultEnvironment(), ...env },
    stderr: "inherit",
  });
  const client = new Client({ name: "writ", version: "0.1.0" });
  try {
    await client.connect(transport, { timeout: TIMEOUT_MS });
    const { name = "unnamed", version = "" } = client.getServerVersion() ?? {};
    return { server: name, version, tools: await allPages(client) };
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    const why = error instanceof ToolRefused ? error.message : describe(error);
    throw new OperatorError(`cannot read the tools of ${command}: ${why}`);
  } finally {
    await client.close();
  }
}

async function allPages(client: Client): Promise<readonly ToolDefinition[]> {
  const tools = new Map<string, ToolDefinition>();
  let cursor: string | undefined;
  for (let pages = 0; pages === 0 || cursor !== undefined; pages += 1) {
    if (pages > MAX_PAGES) throw new ToolRefused(`the server has more than ${MAX_PAGES} pages`);
    const params = cursor === undefined ? {} : { cursor };
    // The SDK's own reading of tools drops members that it does not know; a digest needs them all.
    const page = await client.request({ method: "tools/list", params }, ResultSchema, {
      timeout: TIMEOUT_MS,
    });
    for (const tool of listOf(page.tools).map(toolDefinition)) {
      if (tools.has(tool.name)) throw new ToolRefused(`the server lists ${tool.name} twice`);
      tools.set(tool.name, tool);
    }
    cursor = typeof page.nextCursor === "string" ? page.nextCursor : undefined;
  }
  return [...tools.values()];
}

function listOf(tools: unknown): readonly unknown[] {
  if (Array.isArray(tools)) return tools;
  throw new ToolRefused("the server answers tools/list without tools");
}
