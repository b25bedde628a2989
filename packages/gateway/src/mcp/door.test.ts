import assert from "node:assert/strict";
import { test } from "node:test";
import { Client as ClientTwo, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as ClientOne } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as HttpOne } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport as TransportOne } from "@modelcontextprotocol/sdk/shared/transport.js";
import { LineTransport } from "../../../adapters/src/mcp/line-transport.ts";
import { calling, type Desk, desk, post, withoutIds } from "./mcp.test-support.ts";

/** What both lines of the SDK have in common, as far as a test goes. */
interface Agent {
  connect(): Promise<void>;
  listTools(): Promise<{ tools: readonly { name: string }[] }>;
  callTool(call: { name: string; arguments?: object }): Promise<object>;
  request(method: string): Promise<unknown>;
  close(): Promise<void>;
}

const IDENTITY = { name: "test", version: "1" };

function first(transport: TransportOne): Agent {
  const client = new ClientOne(IDENTITY);
  return {
    connect: () => client.connect(transport),
    listTools: () => client.listTools(),
    callTool: (call) => client.callTool(call as never),
    request: async (method) =>
      client.request({ method } as never, { parse: (value: unknown) => value } as never),
    close: () => client.close(),
  };
}

function second(
  transport: LineTransport | StreamableHTTPClientTransport,
  mode: "legacy" | "auto",
): Agent {
  const client = new ClientTwo(IDENTITY, { versionNegotiation: { mode } });
  const anything = {
    "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) },
  } as const;
  return {
    connect: () => client.connect(transport),
    listTools: () => client.listTools(),
    callTool: (call) => client.callTool(call as never),
    request: async (method) => client.request({ method, params: {} }, anything),
    close: () => client.close(),
  };
}

const AGENTS: Readonly<Record<string, (at: Desk) => Agent>> = {
  "the SDK over HTTP": ({ url }) =>
    second(new StreamableHTTPClientTransport(new URL(url)), "legacy"),
  "the SDK over HTTP, revision 2026-07-28": ({ url }) =>
    second(new StreamableHTTPClientTransport(new URL(url)), "auto"),
  "the SDK's first line over HTTP": ({ url }) =>
    first(new HttpOne(new URL(url)) as unknown as TransportOne),
  "the SDK on a stream": (at) => second(new LineTransport(at.stream(), 1_000_000), "legacy"),
  "the SDK on a stream, revision 2026-07-28": (at) =>
    second(new LineTransport(at.stream(), 1_000_000), "auto"),
  "the SDK's first line on a stream": (at) =>
    first(new LineTransport(at.stream(), 1_000_000) as unknown as TransportOne),
};

const ELSEWHERE = [
  "resources/list",
  "resources/read",
  "resources/templates/list",
  "resources/subscribe",
  "prompts/list",
  "prompts/get",
  "completion/complete",
  "logging/setLevel",
  "tasks/list",
];

for (const [name, agentAt] of Object.entries(AGENTS)) {
  test(`${name}: tools, and nothing else; each call one record`, async (t) => {
    const at = await desk(t);
    const agent = agentAt(at);
    await agent.connect();
    const { tools } = await agent.listTools();
    assert.deepEqual(
      tools.map((tool) => tool.name),
      ["desk__note", "desk__never"],
    );
    assert.ok(tools.every((tool) => !("execution" in tool)));
    const say = (text: string): Promise<object> =>
      agent.callTool({ name: "desk__note", arguments: { text } });
    assert.deepEqual(contentOf(await say("hello")), {
      content: [{ type: "text", text: "HELLO" }],
    });
    const refused = [
      await say("secret"),
      await say("throw"),
      await agent.callTool({ name: "desk__note", arguments: { text: 1 } }),
      await agent.callTool({ name: "desk__never", arguments: { text: "x" } }),
      await agent.callTool({ name: "note", arguments: { text: "hello" } }),
      await agent.callTool({ name: "desk__note" }),
    ];
    const shapes = refused.map((each) => withoutIds(JSON.stringify(each)));
    assert.deepEqual(new Set(shapes).size, 1, shapes.join("\n"));
    const block = `{"decision":"BLOCK","trace_id":"TRACE","enforcement_decision_id":"DECISION","status":"failed"}`;
    assert.deepEqual(contentOf(JSON.parse(shapes[0] ?? "")), {
      content: [{ type: "text", text: block }],
      isError: true,
    });
    const rewrite = contentOf(await say("loud"));
    assert.match(JSON.stringify(rewrite), /REWRITE.*"rewrite_class\\":\\"LOWER_VOICE\\"/);
    for (const method of ELSEWHERE) {
      await assert.rejects(agent.request(method), /-32601|Method not found|not supported/i, method);
    }
    await agent.close();
    assert.deepEqual(
      at.events().map((event) => [event.decision, event.reason_code, event.status]),
      [
        ["ALLOW", "ALLOWED", "success"],
        ["BLOCK", "SECRET", "success"],
        ["ALLOW", "ALLOWED", "failed"],
        ["BLOCK", "INPUT_SHAPE_VIOLATION", "failed"],
        ["BLOCK", "NEVER", "success"],
        ["BLOCK", "UNKNOWN_CATEGORY", "failed"],
        ["BLOCK", "MISSING_MANDATORY_INPUT", "failed"],
        ["REWRITE", "LOUD", "success"],
      ],
    );
    assert.ok(at.events().every((event) => event.evaluator_trace.caller === "coder"));
    assert.equal(at.actions.length, 2);
  });
}

/** Some revisions sign their results with who gave them. */
function contentOf({ _meta, ...result }: { readonly _meta?: unknown }): object {
  return result;
}

test("of what an agent sends, the tool's name and arguments count, and nothing else", async (t) => {
  const at = await desk(t);
  const call = {
    ...calling("hello"),
    params: {
      name: "desk__note",
      arguments: { text: "hello" },
      _meta: { progressToken: 7, "writ/caller": "admin" },
      task: { ttl: 60_000 },
      host: { caller: "admin" },
    },
  };
  const { body } = await post(at.url, call, { "mcp-param-text": "else", "x-caller": "admin" });
  assert.deepEqual(body.result, { content: [{ type: "text", text: "HELLO" }] });
  assert.deepEqual(
    at.actions.map(({ inputText }) => inputText),
    ['{"arguments":{"text":"hello"}}'],
  );
  const [plain] = [await post(at.url, calling("hello"))];
  assert.deepEqual(plain?.body.result, body.result);
  const [one, two] = at.events();
  assert.equal(one?.trace_id, two?.trace_id);
});

const odd: Readonly<Record<string, readonly [arguments_: string, reason: string]>> = {
  "a name twice": ['{"text":"hello","text":"secret"}', "MALFORMED_INPUT"],
  "a name twice, escaped": ['{"text":"hello","\\u0074ext":"secret"}', "MALFORMED_INPUT"],
  "a number that no double holds": ['{"text":"hello","n":9007199254740993}', "MALFORMED_INPUT"],
  "half a character": ['{"text":"\\ud800"}', "MALFORMED_INPUT"],
  "too deep": [`{"text":${"[".repeat(70)}${"]".repeat(70)}}`, "MALFORMED_INPUT"],
  "an array": ["[]", "INPUT_SHAPE_VIOLATION"],
  "a text": ['"hello"', "INPUT_SHAPE_VIOLATION"],
  null: ["null", "MISSING_MANDATORY_INPUT"],
  "more than was declared": ['{"text":"hello","host":{}}', "INPUT_SHAPE_VIOLATION"],
  "a prototype": ['{"text":"hello","__proto__":{"text":"x"}}', "INPUT_SHAPE_VIOLATION"],
  "more than an input may have": [`{"text":"${"x".repeat(1_100_000)}"}`, "MALFORMED_INPUT"],
};

test("a call is an attempt, whatever else is amiss with its message", async (t) => {
  const at = await desk(t);
  const name = "desk__note";
  const params: readonly unknown[] = [
    undefined,
    null,
    "desk__note",
    [],
    { name: 7 },
    { name, _meta: 1 },
    { name, _meta: [] },
    { name, arguments: {}, task: 1 },
  ];
  for (const each of params) {
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: each };
    assert.match(JSON.stringify(await post(at.url, call)), /BLOCK.*"isError":true/);
  }
  assert.equal(at.log.size, params.length);
});

test("arguments that are not as they should be are an attempt, and BLOCK", async (t) => {
  const at = await desk(t);
  for (const [name, [args, reason]] of Object.entries(odd)) {
    const text = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"desk__note","arguments":${args}}}`;
    const { status, body } = await post(at.url, text);
    assert.equal(status, 200, name);
    assert.match(JSON.stringify(body), /BLOCK/, name);
    assert.equal(at.events().at(-1)?.reason_code, reason, name);
  }
  assert.equal(at.events().length, Object.keys(odd).length);
  assert.deepEqual(at.actions, []);
});
