import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { duplexPair } from "node:stream";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { canonicalJson, jsonFrom } from "@writ/contract/jcs";
import { type Action, carryOut, type Effect, requireAdapter } from "@writ/enforce/adapter";
import { Downstream } from "./downstream.ts";
import { LineTransport } from "./line-transport.ts";
import { ScriptedServer } from "./scripted-server.test-support.ts";
import { toolDefinition } from "./tool-definition.ts";

interface World {
  readonly downstream: Downstream;
  /** Each is a start of the server; the last is the present one. */
  readonly servers: ScriptedServer[];
  readonly changes: string[];
  /** Under the server's deadline, unless a shorter one is given. */
  call(tool: string, args?: unknown, deadlineMs?: number): Promise<Effect>;
}

const ACTION: Omit<Action, "input" | "inputText"> = {
  category: "tool",
  actionType: "tool",
  traceId: "ab".repeat(32),
  decisionId: "0123456789abcdef.1.1",
};

function world(t: TestContext): World {
  const servers: ScriptedServer[] = [];
  const changes: string[] = [];
  const downstream = new Downstream({
    name: "scripted",
    deadlineMs: 20_000,
    maxResultBytes: 50_000,
    pingMs: 1_000,
    onChange: (state, detail) => changes.push(`${state} ${detail}`.trim()),
    async open() {
      const [near, far] = duplexPair();
      const server = new ScriptedServer(far, far);
      // A change outlives the connection, as in a server that was replaced.
      server.suffix = servers.at(-1)?.suffix ?? "";
      servers.push(server);
      return new LineTransport(near, 1_000_000);
    },
  });
  t.after(() => downstream.close());
  return {
    downstream,
    servers,
    changes,
    call(tool, args = {}, deadlineMs = 20_000) {
      const input = { arguments: args };
      const adapter = { ...downstream.adapter(pin(tool)), deadlineMs };
      requireAdapter(adapter);
      return carryOut(adapter, { ...ACTION, input, inputText: JSON.stringify(input) });
    },
  };
}

/** As the server is when it starts. */
function pin(name: string, description = name): { name: string; sha256: string } {
  const told = { name, description, inputSchema: { type: "object" } };
  const form = canonicalJson(jsonFrom(told));
  return { name, sha256: createHash("sha256").update(form).digest("hex") };
}

function resultOf(effect: Effect): unknown {
  assert.ok(effect.done, JSON.stringify(effect));
  return JSON.parse(effect.result);
}

function failureOf(effect: Effect): string {
  assert.ok(!effect.done, JSON.stringify(effect));
  return `${effect.failure} ${effect.detail}`;
}

test("a call hands over its arguments, and nothing else of the action", async (t) => {
  const { call, servers } = world(t);
  const args = { Path: "/A ", n: 1e21, __proto__: undefined };
  const result = resultOf(await call("echo", args));
  assert.deepEqual(result, { content: [{ type: "text", text: '{"Path":"/A ","n":1e+21}' }] });
  const heard = servers[0]?.heard.find(({ method }) => method === "tools/call");
  assert.deepEqual(heard?.params, { name: "echo", arguments: { Path: "/A ", n: 1e21 } });
});

test("what a tool answers is its answer, an error of its own too", async (t) => {
  const { call } = world(t);
  assert.deepEqual(resultOf(await call("fail")), {
    content: [{ type: "text", text: "the tool itself says no" }],
    isError: true,
  });
  assert.deepEqual(resultOf(await call("rich")), {
    content: [{ type: "text", text: "7" }],
    structuredContent: { n: 7 },
  });
  assert.match(failureOf(await call("odd")), /^THREW /);
  assert.match(failureOf(await call("large")), /^RESULT_TOO_LARGE /);
});

test("the client offers nothing, and says so to whoever asks", async (t) => {
  const { call, servers } = world(t);
  await call("ask");
  resultOf(await call("told"));
  const heard = servers[0]?.heard ?? [];
  const [{ params } = {}] = heard;
  assert.deepEqual((params as { capabilities: unknown }).capabilities, {});
  const answers = heard.filter(({ method }) => method === undefined);
  const told = answers.map(({ id, error }) => [id, (error as { code: number })?.code]);
  assert.deepEqual(told, [
    ["sampling/createMessage", -32601],
    ["elicitation/create", -32601],
    ["roots/list", -32601],
    ["ping", undefined],
  ]);
});

for (const quietly of [false, true]) {
  const how = quietly ? "found out at the next connection" : "told of";
  test(`a definition that has changed runs nothing: ${how}`, async (t) => {
    const { call, servers, downstream } = world(t);
    resultOf(await call("echo"));
    const before = await downstream.definition(pin("echo"), 20_000);
    resultOf(await call("change", { quietly }));
    if (quietly) {
      servers[0]?.end();
      while (servers.length < 2) await sleep(10);
    }
    const calls = (): number =>
      servers.flatMap(({ heard }) => heard).filter(({ params }) => nameIn(params) === "echo")
        .length;
    const asked = calls();
    assert.match(failureOf(await call("echo")), /^THREW the server's tool echo is not the one/);
    assert.equal(calls(), asked);
    // What was seen once is still what the policy names.
    assert.deepEqual(await downstream.definition(pin("echo"), 20_000), before);
    const other = pin("echo", "echo changed");
    assert.equal((await downstream.definition(other, 20_000))?.description, "echo changed");
    assert.equal(await downstream.definition(pin("echo", "echo never"), 100), undefined);
  });
}

test("calls that come while tools are read again wait for what is read", async (t) => {
  const { call, servers } = world(t);
  resultOf(await call("change"));
  const effects = await Promise.all(Array.from({ length: 20 }, () => call("echo")));
  for (const effect of effects) assert.match(failureOf(effect), /is not the one that the policy/);
  const [server] = servers;
  assert.ok(server !== undefined);
  server.isRestless = true;
  server.send({ method: "notifications/tools/list_changed" });
  await sleep(10);
  assert.match(failureOf(await call("told")), /^THREW .* do not come to rest$/);
  server.isRestless = false;
  resultOf(await call("told"));
});

test("a tool that is not there any more runs nothing", async (t) => {
  const { call } = world(t);
  assert.match(failureOf(await call("gone")), /^THREW the server has no tool gone any more/);
});

test("a server that dies has failed the call; the next one finds it started again", async (t) => {
  const { call, servers, changes } = world(t);
  assert.match(failureOf(await call("die")), /^THREW /);
  resultOf(await call("echo"));
  assert.equal(servers.length, 2);
  const again = servers.flatMap(({ heard }) => heard).filter((m) => nameIn(m.params) === "die");
  assert.equal(again.length, 1, "a call that failed is not repeated");
  assert.deepEqual(changes, ["connected", "lost the connection ended", "connected"]);
});

test("a server that hangs is started again; one that is only slow is not", async (t) => {
  const { call, servers } = world(t);
  resultOf(await call("echo"));
  assert.match(failureOf(await call("late", {}, 150)), /^LATE /);
  resultOf(await call("echo"));
  assert.equal(servers.length, 1);
  assert.match(failureOf(await call("hang", {}, 150)), /^LATE /);
  // Until the ping has gone unanswered, calls wait for it.
  await call("echo");
  resultOf(await call("echo"));
  assert.equal(servers.length, 2);
});

test("a flood, an endless line: the connection ends, and begins again", async (t) => {
  const { call, servers } = world(t);
  assert.match(failureOf(await call("flood")), /^THREW /);
  assert.match(failureOf(await call("endless")), /^THREW /);
  resultOf(await call("echo"));
  assert.equal(servers.length, 3);
});

test("a digest covers what a tool says, and not how it looks", () => {
  const tool = { name: "echo", description: "d", inputSchema: {} };
  const { sha256 } = toolDefinition(tool);
  const shown = { ...tool, icons: [1], _meta: { a: 1 } };
  assert.equal(toolDefinition(shown).sha256, sha256);
  assert.deepEqual(toolDefinition(shown).told, tool);
  for (const change of [{ title: "t" }, { outputSchema: {} }, { annotations: {} }, { name: "f" }]) {
    assert.notEqual(toolDefinition({ ...tool, ...change }).sha256, sha256);
  }
});

function nameIn(params: unknown): unknown {
  return (params as { name?: unknown } | undefined)?.name;
}
