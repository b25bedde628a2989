import { createHash } from "node:crypto";
import { canonicalJson, jsonFrom } from "@writ/contract/jcs";

/** A tool as a server's `tools/list` gives it; only what is used is looked at. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: unknown;
  /** SPEC: tool definitions. */
  readonly sha256: string;
  /** All that the digest covers: the definition without what is for show alone. */
  readonly told: Readonly<Record<string, unknown>>;
}

/** Members that say nothing about what the tool does. */
const PRESENTATION: ReadonlySet<string> = new Set(["_meta", "icons"]);

export class ToolRefused extends Error {
  override readonly name = "ToolRefused";
  readonly code: "TOOL_REFUSED" = "TOOL_REFUSED";
}

/** Throws ToolRefused for what is no tool. */
export function toolDefinition(tool: unknown): ToolDefinition {
  if (typeof tool !== "object" || tool === null || !("name" in tool)) {
    throw new ToolRefused("the server lists something that is no tool");
  }
  const { name } = tool;
  if (typeof name !== "string" || name === "" || name.length > 128) {
    throw new ToolRefused("the server lists a tool whose name is not 1 to 128 characters");
  }
  const described = "description" in tool ? tool.description : "";
  const description = typeof described === "string" ? described : "";
  const inputSchema = "inputSchema" in tool ? tool.inputSchema : undefined;
  const told = Object.fromEntries(Object.entries(tool).filter(([key]) => !PRESENTATION.has(key)));
  return { name, description, inputSchema, sha256: digestOf(told), told };
}

function digestOf(told: Readonly<Record<string, unknown>>): string {
  return createHash("sha256")
    .update(canonicalJson(jsonFrom(told)))
    .digest("hex");
}
