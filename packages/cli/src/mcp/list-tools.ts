import { getDefaultEnvironment, StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { connectClient } from "@writ/adapters/mcp/connect-client";
import { listDefinitions } from "@writ/adapters/mcp/list-definitions";
import { type ToolDefinition, ToolRefused } from "@writ/adapters/mcp/tool-definition";
import { describe, OperatorError } from "../operator-error.ts";

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

const TIMEOUT_MS = 60_000;

/**
 * Starts an MCP server, reads all its tools and stops it. Of the environment it
 * gets what is named and a few harmless variables: no secret that is not meant for it. What it writes to standard error goes to ours. No tool is called.
 *
 * Throws OperatorError if it does not start, does not speak MCP, or lists what is no tool.
 */
export async function listTools({ command, args, env }: ServerCommand): Promise<ServerTools> {
  const open = async (): Promise<StdioClientTransport> =>
    new StdioClientTransport({
      command,
      args: [...args],
      env: { ...getDefaultEnvironment(), ...env },
      stderr: "inherit",
    });
  try {
    const client = await connectClient(open, TIMEOUT_MS);
    try {
      const { name = "unnamed", version = "" } = client.getServerVersion() ?? {};
      const tools = [...(await listDefinitions(client, TIMEOUT_MS)).values()];
      return { server: name, version, tools };
    } finally {
      await client.close();
    }
  } catch (error) {
    const why = error instanceof ToolRefused ? error.message : describe(error);
    throw new OperatorError(`cannot read the tools of ${command}: ${why}`);
  }
}
