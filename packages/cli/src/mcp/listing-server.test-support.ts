import { createInterface } from "node:readline";

/**
 * An MCP server over standard input and output that does nothing but list: its one argument is a
 * JSON array of pages, each a list of tools.
 */
const pages: readonly unknown[] = JSON.parse(process.argv[2] ?? "[]");

const answers: Readonly<
  Record<string, (params: { cursor?: string; protocolVersion?: string }) => unknown>
> = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: "Listing Server 3", version: "1.0" },
  }),
  "tools/list": ({ cursor }) => {
    const at = Number(cursor ?? 0);
    const next = at + 1 < pages.length ? { nextCursor: String(at + 1) } : {};
    return { tools: pages[at], ...next };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) continue;
  const result = answers[method]?.(params ?? {});
  const error = { code: -32601, message: "no such method" };
  const answer = result === undefined ? { error } : { result };
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...answer })}\n`);
}
