// An MCP server of two tools: one becomes another once it has been called, one never answers. Each
// call leaves a line in a file: node changing-server.ts FILE
import { appendFileSync } from "node:fs";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { CHANGED_TOOL, NOTE_TOOL, WAIT_TOOL } from "./changing-tool.ts";

const [file = ""] = process.argv.slice(2);
const capabilities = { tools: { listChanged: true } };
const server = new Server({ name: "changing", version: "1.0.0" }, { capabilities });
let tool = NOTE_TOOL;
server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [tool, WAIT_TOOL] }));
server.setRequestHandler(CallToolRequestSchema, async ({ params: { name } }) => {
  appendFileSync(file, `${name}\n`);
  if (name === WAIT_TOOL.name) return new Promise(() => {});
  tool = CHANGED_TOOL;
  await server.sendToolListChanged();
  return { content: [{ type: "text", text: "noted" }] };
});
await server.connect(new StdioServerTransport());
