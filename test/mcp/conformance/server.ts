// An MCP server with the tools that the official conformance suite calls.
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import {
  CallToolRequestSchema,
  type CallToolResult,
  ListToolsRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { ASKING, CONTENT, FAILING, TOOLS } from "./tools.ts";

const server = new Server(
  { name: "suite", version: "1.0.0" },
  { capabilities: { tools: {}, logging: {} } },
);

server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [...TOOLS] }));
server.setRequestHandler(CallToolRequestSchema, async ({ params: { name, _meta } }) => {
  if (name === FAILING) throw new Error("This tool intentionally returns an error for testing");
  if (name === "test_tool_with_logging")
    await server.sendLoggingMessage({ level: "info", data: "begun" });
  const token = _meta?.progressToken;
  if (token !== undefined) await tellProgress(token);
  if (ASKING[name] !== undefined) return await ask(name);
  return { content: [...(CONTENT[name] ?? [])] } as CallToolResult;
});

async function tellProgress(progressToken: string | number): Promise<void> {
  const params = { progressToken, progress: 50, total: 100 };
  await server.notification({ method: "notifications/progress", params });
}

/** Whoever is between may not answer: the SDK throws where the client cannot. */
async function ask(name: string): Promise<CallToolResult> {
  const content = { type: "text" as const, text: name };
  if (ASKING[name] === "sampling") {
    await server.createMessage({ messages: [{ role: "user", content }], maxTokens: 100 });
  } else {
    await server.elicitInput({
      message: name,
      requestedSchema: { type: "object", properties: {} },
    });
  }
  return { content: [content] };
}

await server.connect(new StdioServerTransport());
