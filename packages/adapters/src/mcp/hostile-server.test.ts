import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { type Duplex, duplexPair } from "node:stream";
import { type TestContext, test } from "node:test";
import { type Action, carryOut, type Effect } from "@writ/enforce/adapter";
import { Downstream } from "./downstream.ts";
import { LineTransport } from "./line-transport.ts";
import { toolDefinition } from "./tool-definition.ts";

interface Message {
  readonly id?: number;
  readonly method?: string;
}

const TOOL = { name: "pay", description: "pays", inputSchema: { type: "object" } };
const PAID = { content: [{ type: "text", text: "paid" }] };

const ACTION: Action = {
  category: "pay",
  actionType: "pay",
  traceId: "ab".repeat(32),
  decisionId: "0123456789abcdef.1.1",
  input: { arguments: {} },
  inputText: '{"arguments":{}}',
};

/** Answers what a client must have answered, and calls as it is told. */
class Hostile {
  readonly calls: Message[] = [];
  readonly #line: Duplex;

  constructor(line: Duplex, results: Readonly<Record<string, object>>, paying: Paying) {
    this.#line = line.on("error", () => {});
    createInterface({ input: line }).on("line", (text) => {
      const message = JSON.parse(text) as Message;
      const { id, method = "" } = message;
      if (id === undefined) return;
      if (method === "tools/call") {
        this.calls.push(message);
        paying(this, id);
      } else if (results[method] === undefined) this.say({ id, error: REFUSED });
      else this.say({ id, result: results[method] });
    });
  }

  say(...messages: readonly object[]): void {
    const line = (message: object): string => JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#line.write(messages.map((message) => `${line(message)}\n`).join(""));
  }
}

type Paying = (server: Hostile, id: number) => void;

const REFUSED = { code: -32601, message: "Method not found" };
const serverInfo = { name: "hostile", version: "1" };
const whole = { resultType: "complete", ttlMs: 0, cacheScope: "private" };
const INITIALIZED = {
  initialize: { protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo },
  "tools/list": { tools: [TOOL] },
  ping: {},
};
const STANDING_ALONE = {
  "server/discover": {
    ...whole,
    supportedVersions: ["2026-07-28"],
    capabilities: { tools: {} },
    serverInfo,
  },
  "tools/list": { ...whole, tools: [TOOL] },
};

interface World {
  readonly servers: Hostile[];
  readonly lost: string[];
  pay(): Promise<Effect>;
}

function world(t: TestContext, results: Readonly<Record<string, object>>, paying: Paying): World {
  const servers: Hostile[] = [];
  const lost: string[] = [];
  const downstream = new Downstream({
    name: "hostile",
    deadlineMs: 20_000,
    maxResultBytes: 10_000,
    onChange: (state, detail) => void (state === "lost" && lost.push(detail)),
    async open() {
      const [near, far] = duplexPair();
      servers.push(new Hostile(far, results, paying));
      return new LineTransport(near, 100_000);
    },
  });
  t.after(() => downstream.close());
  const { sha256 } = toolDefinition(TOOL);
  const adapter = downstream.adapter({ name: TOOL.name, sha256 });
  return { servers, lost, pay: () => carryOut(adapter, ACTION) };
}

test("a server that asks to be called again is not", async (t) => {
  const at = world(t, STANDING_ALONE, (server, id) => {
    server.say({ id, result: { resultType: "input_required", requestState: "again" } });
  });
  const effect = await at.pay();
  assert.equal(effect.done, false);
  assert.equal(at.servers.flatMap(({ calls }) => calls).length, 1, JSON.stringify(effect));
});

test("answers that nobody asked for are a flood like any other", async (t) => {
  let isFlooding = true;
  const at = world(t, INITIALIZED, (server, id) => {
    // In one piece, and so many that one second at least has too many, wherever one ends.
    const most = isFlooding ? 10_000 : 0;
    server.say(...Array.from({ length: most }, (_, i) => ({ id: id + 1_000 + i, result: {} })));
    isFlooding = false;
    server.say({ id, result: PAID });
    // What is answered a second time is not asked for any more.
    server.say({ id, result: { content: [] } });
  });
  assert.equal((await at.pay()).done, false);
  const effect = await at.pay();
  assert.deepEqual(effect, { done: true, result: JSON.stringify(PAID) });
  assert.equal(at.servers.length, 2);
});

test("nothing that a server says of a failure is told on", async (t) => {
  const secret = "Bearer secret";
  const at = world(t, INITIALIZED, (server, id) => {
    server.say({ id, error: { code: -32000, message: `you sent ${secret}`, data: secret } });
  });
  const effect = await at.pay();
  assert.deepEqual(effect, {
    done: false,
    failure: "THREW",
    detail: "the server answered with error -32000",
  });
});
