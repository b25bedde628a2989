import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryFolder, until } from "../../../enforce/src/enforce.test-support.ts";
import { addCaller } from "../callers.test-support.ts";
import { openCallers } from "../callers.ts";
import { exchange, parse, request } from "../gateway.test-support.ts";
import { calling, desk, post } from "./mcp.test-support.ts";

const JSON_HEADERS = [
  "content-type: application/json",
  "accept: application/json, text/event-stream",
];
const REFUSED = { decision: "BLOCK", status: "failed" };

function raw(body: string, ...headers: readonly string[]): string {
  const length = `content-length: ${Buffer.byteLength(body)}`;
  return request("POST /mcp HTTP/1.1", [...JSON_HEADERS, ...headers, length], body);
}

test("what is no call of the protocol is refused, and makes no attempt", async (t) => {
  const { port, log, actions } = await desk(t);
  const call = JSON.stringify(calling("hello"));
  const cases: Readonly<Record<string, readonly [bytes: string, status: number]>> = {
    "another method": [request("GET /mcp HTTP/1.1", JSON_HEADERS), 405],
    "ending a session": [request("DELETE /mcp HTTP/1.1", JSON_HEADERS), 405],
    "replacing it": [request("PUT /mcp HTTP/1.1", JSON_HEADERS), 405],
    "not JSON": [raw("{"), 400],
    "several at once": [raw(`[${call}]`), 400],
    "no JSON-RPC": [raw("{}"), 400],
    "a revision that there is not": [raw(call, "mcp-protocol-version: 2000-01-01"), 400],
    "another type": [raw(call).replace("application/json", "text/plain"), 415],
    lines: [raw(call).replace("application/json", "application/x-ndjson"), 415],
    "an answer that is not taken": [raw(call).replace(", text/event-stream", ""), 406],
    "a body that is too large": [
      request("POST /mcp HTTP/1.1", [...JSON_HEADERS, "content-length: 9999999"]),
      413,
    ],
    "an origin elsewhere": [raw(call, "origin: http://evil.example"), 403],
    "no origin at all": [raw(call, "origin: null"), 403],
    "a name that DNS gave this address": [
      raw(call, "origin: http://gateway:80").replace("host: gateway", "host: evil.example"),
      403,
    ],
    "the same without an origin": [raw(call).replace("host: gateway", "host: evil.example"), 403],
  };
  for (const [name, [bytes, expected]] of Object.entries(cases)) {
    const here = bytes.replace("host: gateway", "host: localhost");
    const { status, body } = parse(await exchange(port, here));
    assert.equal(status, expected, `${name}: ${body}`);
    if (![400, 406].includes(status)) assert.deepEqual(JSON.parse(body), REFUSED, name);
    else assert.ok("error" in JSON.parse(body), name);
  }
  const own = raw(call, `origin: http://localhost:${port}`).replace("gateway", `localhost:${port}`);
  assert.equal(parse(await exchange(port, own)).status, 200);
  assert.equal(log.size, 1);
  assert.equal(actions.length, 1);
});

test("a notification is taken in; there is nothing to answer, and a call needs an id", async (t) => {
  const { url, log } = await desk(t);
  const initialized = { jsonrpc: "2.0", method: "notifications/initialized" };
  assert.deepEqual(await post(url, initialized), { status: 202, body: {} });
  const { id, ...call } = calling("hello") as { id: number };
  assert.equal((await post(url, call)).status, 202);
  assert.equal(log.size, 0);
});

test("without a door for agents there is no such path", async (t) => {
  const { url } = await desk(t, {}, { agents: undefined });
  assert.deepEqual(await post(url, calling("hello")), { status: 404, body: REFUSED });
});

test("callers' keys, categories and rates hold; host.caller is the key's name", async (t) => {
  const file = `${temporaryFolder()}/gateway/callers`;
  const keyOf = (name: string, more: object = {}): Record<string, string> => ({
    authorization: `Bearer ${addCaller(file, { name, ...more })}`,
  });
  const ann = keyOf("ann");
  const eve = keyOf("eve");
  const bob = keyOf("bob", { categories: ["never"] });
  const once = keyOf("once", { rate: 0.001, burst: 1 });
  const { url, log, events } = await desk(t, {}, { callers: openCallers(file) });
  const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };

  assert.deepEqual(await post(url, calling("hello")), { status: 401, body: REFUSED });
  assert.deepEqual(await post(url, list, { authorization: "Bearer x" }), {
    status: 401,
    body: REFUSED,
  });
  assert.match(JSON.stringify(await post(url, calling("hello"), ann)), /HELLO/);
  // Whoever has a key may call by another name of this machine.
  assert.match(JSON.stringify(await post(url, calling("hello"), eve)), /BLOCK/);
  assert.deepEqual(await post(url, calling("hello"), bob), { status: 403, body: REFUSED });
  const { body } = await post(url, list, bob);
  assert.deepEqual(
    (body.result as { tools: { name: string }[] }).tools.map(({ name }) => name),
    ["desk__never"],
  );
  assert.equal((await post(url, calling("hello"), once)).status, 200);
  assert.deepEqual(await post(url, calling("hello"), once), { status: 429, body: REFUSED });
  assert.equal((await post(url, list, once)).status, 200);
  const recorded = events().map(({ evaluator_trace, reason_code }) => [
    evaluator_trace.caller,
    reason_code,
  ]);
  assert.deepEqual(recorded, [
    ["ann", "ALLOWED"],
    ["eve", "EVE"],
    ["once", "ALLOWED"],
  ]);
  assert.equal(log.size, 3);
});

test("more at once than the gateway takes is refused, and leaves no trace", async (t) => {
  const { url, log, letGo } = await desk(t, {}, {}, 4);
  let answered = 0;
  const calls = Array.from({ length: 40 }, async (_, i) => {
    const answer = await post(url, calling(`held ${i}`));
    answered += 1;
    return answer;
  });
  await until(() => answered === 36);
  letGo();
  const answers = await Promise.all(calls);
  const done = answers.filter(({ status }) => status === 200);
  const busy = answers.filter(({ status }) => status === 429);
  assert.deepEqual([done.length, busy.length], [4, 36]);
  assert.ok(busy.every(({ body }) => JSON.stringify(body) === JSON.stringify(REFUSED)));
  assert.equal(log.size, done.length);
});

test("an agent that hangs up has done what it did: it is recorded", async (t) => {
  const { url, log, actions, letGo } = await desk(t);
  const gone = new AbortController();
  const body = JSON.stringify(calling("held"));
  const headers = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const left = fetch(url, { method: "POST", headers, body, signal: gone.signal });
  await until(() => actions.length === 1);
  gone.abort();
  await assert.rejects(left);
  letGo();
  await until(() => log.size > 0);
  assert.equal(log.size, 1);
});

test("asking for the stream that there is not is what every client does, and no violation", async (t) => {
  const causes: string[] = [];
  const at = await desk(t, {}, { onRefusal: ({ cause }) => void causes.push(cause) });
  for (const method of ["GET", "DELETE", "PUT"]) {
    const response = await fetch(at.url, { method, headers: { accept: "text/event-stream" } });
    assert.deepEqual([response.status, response.headers.get("allow")], [405, "POST"]);
  }
  assert.deepEqual(causes, ["NO_STREAM", "METHOD", "METHOD"]);
});
