import assert from "node:assert/strict";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Duplex } from "node:stream";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { temporaryFolder } from "../../../enforce/src/enforce.test-support.ts";
import { addCaller } from "../callers.test-support.ts";
import { openCallers } from "../callers.ts";
import { calling, desk } from "./mcp.test-support.ts";

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "t", version: "1" },
  },
};
const REFUSED = { decision: "BLOCK", status: "failed" };

interface Answer {
  readonly id: unknown;
  readonly result?: { readonly content?: readonly { readonly text: string }[] };
  readonly error?: { readonly code: number; readonly data?: unknown };
}

/** Speaks first, and then what a test wants. */
class Agent {
  readonly answers: Answer[] = [];
  readonly closed: Promise<unknown>;
  readonly #stream: Duplex;

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.closed = once(stream, "close");
    createInterface({ input: stream }).on("line", (line) => this.answers.push(JSON.parse(line)));
    this.say(INITIALIZE);
  }

  say(...messages: readonly (object | string)[]): void {
    const lines = messages.map((each) => (typeof each === "string" ? each : JSON.stringify(each)));
    this.#stream.write(`${lines.join("\n")}\n`);
  }

  async answersTo(count: number): Promise<readonly Answer[]> {
    const others = (): readonly Answer[] => this.answers.filter(({ id }) => id !== 0);
    while (others().length < count) await sleep(5);
    return others();
  }

  end(): void {
    this.#stream.end();
  }
}

test("cancelling undoes nothing: the call is carried out, recorded and answered", async (t) => {
  const at = await desk(t);
  const agent = new Agent(at.stream());
  const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } };
  agent.say(calling("slow"), cancel);
  const [answer] = await agent.answersTo(1);
  assert.equal(answer?.result?.content?.[0]?.text, "SLOW");
  assert.equal(at.events()[0]?.status, "success");
});

test("whoever ends what it says still hears the answers; then it is over", async (t) => {
  const at = await desk(t);
  const agent = new Agent(at.stream());
  agent.say(calling("slow", "desk__note", "a"), calling("slow", "desk__note", 2));
  agent.end();
  const answers = await agent.answersTo(2);
  assert.deepEqual(answers.map(({ id }) => id).sort(), [2, "a"]);
  await agent.closed;
  assert.equal(at.log.size, 2);
});

test("closing the gateway answers what is under way, and ends the talk", async (t) => {
  const at = await desk(t, { closeMs: 15_000 });
  const agent = new Agent(at.stream());
  agent.say(calling("slow"));
  while (at.actions.length === 0) await sleep(5);
  await at.close();
  const [answer] = await agent.answersTo(1);
  assert.equal(answer?.result?.content?.[0]?.text, "SLOW");
  assert.equal(at.log.size, 1);
});

test("what is no message, or an id in use, is an error, and the talk goes on", async (t) => {
  const at = await desk(t);
  const agent = new Agent(at.stream());
  const line = `{"x":"${"x".repeat(2_200_000)}"}`;
  agent.say("{", "[]", line, calling("held"), calling("held"), calling("hello", "desk__note", 3));
  await agent.answersTo(5);
  at.letGo();
  const answers = await agent.answersTo(6);
  const codes = answers.map(({ id, error }) => [id, error?.code]);
  assert.deepEqual(codes, [
    [null, -32700],
    [null, -32600],
    [null, -32000],
    [1, -32600],
    [3, undefined],
    [1, undefined],
  ]);
  assert.equal(at.log.size, 2);
});

test("more at once than the gateway takes: refused, and nothing written", async (t) => {
  const at = await desk(t, {}, {}, 8);
  const agent = new Agent(at.stream());
  const calls = Array.from({ length: 2_000 }, (_, i) => calling("hello", "desk__note", i + 1));
  agent.say(...calls);
  const answers = await agent.answersTo(2_000);
  const refused = answers.filter(({ error }) => error !== undefined);
  assert.ok(refused.every(({ error }) => error?.code === -32000));
  assert.deepEqual(refused[0]?.error?.data, REFUSED);
  assert.equal(at.log.size, 2_000 - refused.length);
  assert.equal(at.enforcement.inFlight, 0);
  assert.equal(at.gateway.load.bodyBytes, 0);
});

test("an agent that takes no answer in is not read on", async (t) => {
  const at = await desk(t);
  const stream = at.stream();
  stream.pause();
  stream.write(`${JSON.stringify(INITIALIZE)}\n`);
  const list = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" })}\n`;
  let written = 0;
  for (; written < 20_000 && stream.writableLength < 1_000_000; written += 1) {
    stream.write(list.replace('"id":1', `"id":${written + 1}`));
    if (written % 100 === 0) await sleep(0);
  }
  await sleep(50);
  assert.ok(stream.writableLength > 500_000, `${stream.writableLength} bytes wait`);
});

test("where callers are known, an agent comes as one of them or not at all", async (t) => {
  const file = `${temporaryFolder()}/gateway/callers`;
  addCaller(file, { name: "coder", categories: ["never"] });
  const at = await desk(t, {}, { callers: openCallers(file) });
  for (const name of ["mallory", null]) {
    assert.equal(at.gateway.converse(at.stream("coder"), name), undefined);
  }
  const agent = new Agent(at.stream("coder"));
  agent.say(calling("hello"));
  const [answer] = await agent.answersTo(1);
  assert.equal(answer?.error?.code, -32000);
  assert.equal(at.log.size, 0);
});

test("requests that come to no answer keep no talk open, and hold nothing", async (t) => {
  const at = await desk(t);
  const agent = new Agent(at.stream());
  const odd = [
    { id: 1, method: "tools/list" },
    { jsonrpc: "1.0", id: 2, method: "tools/list" },
    { jsonrpc: "2.0", id: 3, method: "tools/list", params: "none" },
    { jsonrpc: "2.0", id: 4.5, method: "tools/list" },
    { jsonrpc: "2.0", id: 5, method: "notifications/cancelled", params: { requestId: 1 } },
    { jsonrpc: "2.0", id: 6, method: "notifications/initialized" },
    { jsonrpc: "2.0", id: 7, method: "tools/list", result: {} },
    { ...calling("hello", "desk__note", 8), jsonrpc: "3.0" },
    { jsonrpc: "2.0", id: 9, method: "tools/call", params: { name: "desk__note", _meta: 1 } },
  ];
  agent.say(...odd, calling("slow", "desk__note", "last"));
  agent.end();
  const tooLate = sleep(15_000, false, { ref: false });
  const isClosed = await Promise.race([agent.closed.then(() => true), tooLate]);
  assert.ok(isClosed, JSON.stringify(agent.answers));
  const told = agent.answers.map(({ id }) => id);
  assert.ok(told.includes("last"), JSON.stringify(agent.answers));
  assert.equal(at.gateway.load.bodyBytes, 0);
});
