import { connect } from "node:net";
import { Downstream } from "@writ/adapters/mcp/downstream";
import { httpTransport } from "@writ/adapters/mcp/http-transport";
import { LineTransport } from "@writ/adapters/mcp/line-transport";
import type { Adapter } from "@writ/enforce/adapter";
import type { Tool } from "@writ/engine/bundle";
import type { AgentsDoor } from "@writ/gateway/mcp/agents-door";
import { openAgentsDoor } from "@writ/gateway/mcp/door";
import type { ServerSettings, Settings } from "../config/table.ts";
import { credentialOf } from "../credential.ts";
import { serverSocket } from "../deployment.ts";
import { ToolTable, toolRows } from "../mcp/tool-table.ts";

/** The gateway's side of MCP: a door for agents, and the servers behind it. */
export interface AgentsPart {
  readonly door: AgentsDoor;
  /**
   * Who carries out the calls of a policy's tools, by category; from now on agents see these tools.
   * Throws OperatorError, and changes nothing.
   */
  adaptersFor(tools: ReadonlyMap<string, Tool>): ReadonlyMap<string, Adapter>;
  close(): Promise<void>;
}

export interface AgentsOptions {
  readonly settings: Settings;
  /** Told what becomes of the connections to servers. */
  readonly tell: (state: "connected" | "lost", server: string, detail: string) => void;
}

/** Beside the result, a line holds the message around it; and a list of tools is one line. */
const LEAST_LINE = 4 * 1024 * 1024;
const AROUND = 65_536;

/** Connects to the servers of the settings, and goes on doing so. */
export function openAgents({ settings, tell }: AgentsOptions): AgentsPart {
  const servers = new Map(
    [...settings.mcp.servers].map(([name, of]) => [name, downstream(name, of, tell)] as const),
  );
  const table = new ToolTable(servers);
  return {
    door: openAgentsDoor(table, settings.mcp.caller),
    adaptersFor: (tools) => table.take(toolRows(tools, settings)),
    async close() {
      await Promise.all([...servers.values()].map((each) => each.close()));
    },
  };
}

function downstream(name: string, of: ServerSettings, tell: AgentsOptions["tell"]): Downstream {
  const most = Math.max(of.max_result_bytes + AROUND, LEAST_LINE);
  const authorization = credentialOf(of, `mcp.servers.${name}`, process.env);
  const { url } = of;
  return new Downstream({
    name,
    deadlineMs: of.deadline_ms,
    maxResultBytes: of.max_result_bytes,
    onChange: (state, detail) => tell(state, name, detail),
    open: async () =>
      url === null
        ? new LineTransport(connect(serverSocket(name)), most)
        : httpTransport({ url, authorization, most }),
  });
}
