import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Action, carryOut, type Effect } from "@writ/enforce/adapter";
import { Downstream } from "./downstream.ts";
import { httpTransport } from "./http-transport.ts";
import { toolDefinition } from "./tool-definition.ts";

const TOOL = { name: "echo", description: "says it again", inputSchema: { type: "object" } };

interface Heard {
  readonly method: string;
  readonly authorization: string | undefined;
  readonly message: { readonly id?: number; readonly method?: string; readonly params?: never };
}

type Reply = (response: ServerResponse, heard: Heard) => void;

const json: Reply = (response, { message }) => {
  const results: Readonly<Record<string, object>> = {
    initialize: {
      protocolVersion: "2025-06-18",
      capabilities: { tools: {} },
      serverInfo: { name: "http", version: "1" },
    },
    "tools/list": { tools: [TOOL] },
    "tools/call": { content: [{ type: "text", text: JSON.stringify(message.params) }] },
    ping: {},
  };
  const result = results[message.method ?? ""];
  if (result === undefined) return void response.writeHead(202).end();
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ jsonrpc: "2.0", id: message.id, result }));
};

interface World {
  readonly heard: Heard[];
  /** How calls are answered from now on. */
  reply: Reply;
  /** How all else is. */
  other: Reply;
  readonly lost: string[];
  /** Under the server's deadline, unless a shorter one is given. */
  call(deadlineMs?: number): Promise<Effect>;
}

/** Connected already, so that a deadline is that of a call alone. */
async function world(t: TestContext): Promise<World> {
  const heard: Heard[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    let text = "";
    for await (const piece of request) text += String(piece);
    const { method = "", headers } = request;
    const one = { method, authorization: headers.authorization, message: JSON.parse(text || "{}") };
    heard.push(one);
    const isCall = one.message.method === "tools/call";
    (isCall ? made.reply : made.other)(response, one);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  const lost: string[] = [];
  const connected = Promise.withResolvers<void>();
  const downstream = new Downstream({
    name: "http",
    onChange: (state, detail) => (state === "lost" ? lost.push(detail) : connected.resolve()),
    deadlineMs: 20_000,
    maxResultBytes: 10_000,
    pingMs: 20_000,
    open: async () => httpTransport({ url, authorization: "Bearer secret", most: 100_000 }),
  });
  t.after(async () => {
    await downstream.close();
    server.closeAllConnections();
    server.close();
  });
  const input = { arguments: { text: "x" } };
  const action: Action = {
    category: "echo",
    actionType: "echo",
    traceId: "ab".repeat(32),
    decisionId: "0123456789abcdef.1.1",
    input,
    inputText: JSON.stringify(input),
  };
  const { sha256 } = toolDefinition(TOOL);
  const made: World = {
    heard,
    reply: json,
    other: json,
    lost,
    call: (deadlineMs = 20_000) =>
      carryOut({ ...downstream.adapter({ name: "echo", sha256 }), deadlineMs }, action),
  };
  await connected.promise;
  return made;
}

const DONE = {
  done: true,
  result:
    '{"content":[{"type":"text","text":"{\\"name\\":\\"echo\\",\\"arguments\\":{\\"text\\":\\"x\\"}}"}]}',
};

test("a server by URL is called as one by command, with the credential and no other stream", async (t) => {
  const at = await world(t);
  assert.deepEqual(await at.call(), DONE);
  at.reply = (response, { message }) => {
    const result = { content: [{ type: "text", text: "by an event" }] };
    const data = JSON.stringify({ jsonrpc: "2.0", id: message.id, result });
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(`event: message\ndata: ${data}\n\n`);
  };
  const effect = await at.call();
  assert.match(effect.done ? effect.result : "", /by an event/);
  assert.ok(at.heard.every(({ method }) => method === "POST"));
  assert.ok(at.heard.every(({ authorization }) => authorization === "Bearer secret"));
});

const faults: Readonly<Record<string, Reply>> = {
  "another status": (response) => void response.writeHead(500).end(),
  "a session that is gone": (response) => void response.writeHead(404).end(),
  "a redirect": (response) =>
    void response.writeHead(307, { location: "http://127.0.0.1:1/else" }).end(),
  "no JSON": (response) =>
    void response.writeHead(200, { "content-type": "application/json" }).end("{"),
  "an answer without end": (response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(" ".repeat(200_000));
  },
  "an event without end": (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(`data: ${"x".repeat(200_000)}`);
  },
  "a broken connection": (response) => void response.destroy(),
  "no answer": () => {},
};

/** What nothing but the deadline ends. */
const ENDLESS = new Set(["an event without end", "no answer"]);

/** Where nobody is there, or nobody who knows of this session. */
const BEGUN_ANEW = new Set(["a session that is gone", "a redirect", "a broken connection"]);

for (const [name, reply] of Object.entries(faults)) {
  test(`${name}: the call has failed, once, and the next one is made`, async (t) => {
    const at = await world(t);
    at.reply = reply;
    assert.equal((await at.call(ENDLESS.has(name) ? 1_000 : undefined)).done, false);
    assert.equal(at.heard.filter(({ message }) => message.method === "tools/call").length, 1);
    at.reply = json;
    assert.deepEqual(await at.call(), DONE);
    const begun = at.heard.filter(({ message }) => message.method === "initialize").length;
    assert.equal(begun, BEGUN_ANEW.has(name) ? 2 : 1);
  });
}

test("a server that repeats what it was sent has no credential or input told to a log", async (t) => {
  const at = await world(t);
  const echo: Reply = (response, { authorization, message }) => {
    const text = JSON.stringify({ authorization, message });
    response.writeHead(400).end(text);
  };
  assert.deepEqual(await at.call(), DONE);
  at.reply = echo;
  at.other = echo;
  const first = await at.call();
  const second = await at.call();
  while (at.lost.length < 2) await sleep(10);
  const told = JSON.stringify([first, second, at.lost]);
  assert.doesNotMatch(told, /secret|text/);
  assert.match(told, /the server answered with status 400/);
});
