import assert from "node:assert/strict";
import { type Behaviour, WORDS } from "./behaviours.ts";
import { exchange } from "./exchange.ts";
import type { Door } from "./table.ts";

const HEADERS = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
  host: "localhost",
};

async function say(port: number, method: string, params: object): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const said = await exchange(port, { method: "POST", path: "/mcp", headers: HEADERS, body });
  return JSON.parse(said.body);
}

/** A tool of any name is an attempt of its own; there is no other message that would do anything. */
export function mcpDoors(port: number): readonly Door[] {
  return [
    {
      name: "HTTP: gateway POST /mcp, a tool of that name",
      async attempt(behaviour: Behaviour) {
        const [name] = WORDS[behaviour];
        const said = await say(port, "tools/call", { name, arguments: { index: 0 } });
        assert.match(JSON.stringify(said), /BLOCK.*"isError":true/);
        return { how: "appended", by: ["an attempt of its own"], probes: 1, counted: "the log" };
      },
    },
    {
      name: "HTTP: gateway POST /mcp, a message of that name",
      async attempt(behaviour: Behaviour) {
        const methods = WORDS[behaviour].flatMap((word) => [word, `tools/${word}`]);
        for (const method of methods) {
          const said = await say(port, method, { index: 0 });
          assert.match(JSON.stringify(said), /"code":-32601/, method);
        }
        return { how: "absent", by: ["-32601"], probes: methods.length, counted: null };
      },
    },
  ];
}
