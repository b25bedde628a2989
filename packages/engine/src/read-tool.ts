import type { FaultList } from "./fault.ts";
import { fault, fieldsOf, type Keys, textOf } from "./fields.ts";
import type { Located } from "./located.ts";

/**
 * The tool that a category judges the calls of, and what it was when the policy was written: a
 * server that later gives the name another meaning is not the one that was judged.
 */
export interface Tool {
  readonly name: string;
  /** Of the tool's definition (SPEC: tool definitions), 64 lowercase hex digits. */
  readonly sha256: string;
}

const TOOL: Keys = { what: "a tool", required: ["name", "sha256"], optional: [] };

/** As long as names of tools may be (MCP, 2025-11-25, "Tool Names"). */
const MAX_NAME = 128;

/** Null where a category names no tool, and where `faults` says what is wrong with it. */
export function readTool(section: Located | undefined, faults: FaultList): Tool | null {
  if (section === undefined) return null;
  const fields = fieldsOf(section, TOOL, faults);
  const name = textOf(fields.get("name"), "a tool's name", faults);
  const sha256 = textOf(fields.get("sha256"), "sha256", faults);
  if (name !== null && (name === "" || name.length > MAX_NAME)) {
    const message = `a tool's name has 1 to ${MAX_NAME} characters: write it as its server does`;
    fault(fields.get("name") ?? section, "TOOL", message, faults);
  }
  if (sha256 !== null && !/^[0-9a-f]{64}$/.test(sha256)) {
    const message = "sha256 is 64 of 0-9 and a-f: take it from writ policy import-mcp";
    fault(fields.get("sha256") ?? section, "TOOL", message, faults);
  }
  return name === null || sha256 === null ? null : { name, sha256 };
}
