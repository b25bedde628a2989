import { createHash } from "node:crypto";

/** As long as clients take names of tools to be. */
const MAX = 64;
const DIGEST = 8;

/**
 * What agents call a tool: the server's name and the tool's. A name with other characters than
 * clients accept, or one that is too long, is cut and told apart by a digest of the tool's own.
 */
export function toolName(server: string, tool: string): string {
  const plain = `${server}__${tool}`;
  if (/^[A-Za-z0-9_-]+$/.test(plain) && plain.length <= MAX) return plain;
  const digest = createHash("sha256").update(tool).digest("hex").slice(0, DIGEST);
  const readable = plain.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, MAX - DIGEST - 1);
  return `${readable}_${digest}`;
}
