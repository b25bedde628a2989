import type { Client, StandardSchemaV1 } from "@modelcontextprotocol/client";
import { type ToolDefinition, ToolRefused, toolDefinition } from "./tool-definition.ts";

/** A server that pages without end has no tools. */
const MAX_PAGES = 1_000;
const MAX_TOOLS = 10_000;
const MAX_CHARACTERS = 16 * 1024 * 1024;

/** Takes a result as it came: the SDK's own reading drops members, and a digest needs them all. */
const ANYTHING: StandardSchemaV1<unknown, Readonly<Record<string, unknown>>> = {
  "~standard": {
    version: 1,
    vendor: "writ",
    validate: (value) => ({ value: value as Readonly<Record<string, unknown>> }),
  },
};

/** All tools of a server, in its order. Throws ToolRefused, or the SDK's error. */
export async function listDefinitions(
  client: Client,
  timeoutMs: number,
): Promise<ReadonlyMap<string, ToolDefinition>> {
  const tools = new Map<string, ToolDefinition>();
  let characters = 0;
  let cursor: string | undefined;
  for (let pages = 0; pages === 0 || cursor !== undefined; pages += 1) {
    if (pages > MAX_PAGES) throw new ToolRefused(`the server has more than ${MAX_PAGES} pages`);
    const params = cursor === undefined ? {} : { cursor };
    const page = await client.request({ method: "tools/list", params }, ANYTHING, {
      timeout: timeoutMs,
    });
    for (const tool of listOf(page.tools).map(toolDefinition)) {
      if (tools.has(tool.name)) throw new ToolRefused(`the server lists ${tool.name} twice`);
      tools.set(tool.name, tool);
      characters += JSON.stringify(tool.told).length;
      if (tools.size > MAX_TOOLS || characters > MAX_CHARACTERS) {
        throw new ToolRefused("the server lists more than anybody would judge");
      }
    }
    cursor = typeof page.nextCursor === "string" ? page.nextCursor : undefined;
  }
  return tools;
}

function listOf(tools: unknown): readonly unknown[] {
  if (Array.isArray(tools)) return tools;
  throw new ToolRefused("the server answers tools/list without tools");
}
