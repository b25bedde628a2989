import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeRejected } from "../../bucket/src/append/messages.ts";
import {
  enforceAt,
  obligingBucket,
  temporaryFolder,
  until,
} from "../../enforce/src/enforce.test-support.ts";
import {
  exchange,
  HELLO,
  listen,
  parse,
  post,
  RawClient,
  request,
  serve,
} from "./gateway.test-support.ts";
import { maxBodyBytes } from "./limits.ts";

const say = (text: string): string => JSON.stringify({ category: "say", input: { text } });

/**
 * An answer byte for byte, but for what is new or different in each: the date and the two ids, of
 * which the epoch rises while a gateway looks for its Bucket.
 */
function masked(response: string): string {
  return response
    .replace(/\r\ndate: [^\r]+/i, "")
    .replace(/"trace_id":"[0-9a-f]{64}"/, '"trace_id":T')
    .replace(/"enforcement_decision_id":"[0-9a-f]{16}\.\d\.\d"/, '"enforcement_decision_id":D');
}

const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ";
const BLOCK = `${HEAD}165\r\nConnection: close\r\n\r\n{"decision":"BLOCK","trace_id":T,"enforcement_decision_id":D,"status":"failed"}`;

const BLOCKED: Readonly<Record<string, string>> = {
  "a policy": say("secret"),
  "a malformed body": "{",
  "an empty body": "",
  "an unknown category": '{"category":"other","input":{"text":"hello"}}',
  "a missing mandatory input": '{"category":"say","input":{}}',
  "a shape violation": '{"category":"say","input":{"text":"hello","more":1}}',
  "a transient value": say("2026-11-21T20:45:10Z"),
  "no caller": '{"category":"give","input":{"text":"hello"}}',
};

test("contract §5: every BLOCK is the same, byte for byte, whatever its cause", async (t) => {
  const { port, log } = await serve(t);
  for (const [cause, body] of Object.entries(BLOCKED)) {
    assert.equal(masked(await exchange(port, post(body))), BLOCK, cause);
  }
  const reasons = log.entries.map((entry) => JSON.parse(Buffer.from(entry).toString()).reason_code);
  assert.equal(new Set(reasons).size, Object.keys(BLOCKED).length - 1);
});

async function rejecting(t: TestContext): Promise<string> {
  return obligingBucket(t, (socket, { batch }) =>
    socket.write(encodeRejected(batch, "QUOTA_EXCEEDED")),
  );
}

test("contract §5: so is the BLOCK of what could not be recorded", async (t) => {
  const unrecorded: Readonly<Record<string, string>> = {
    "a rejection": await rejecting(t),
    "a lost connection": await obligingBucket(t, (socket) => socket.destroy()),
    "no Bucket": `${temporaryFolder()}/none`,
  };
  for (const [cause, socketPath] of Object.entries(unrecorded)) {
    const { enforcement } = await enforceAt(t, socketPath);
    const { port } = await listen(t, enforcement);
    assert.equal(masked(await exchange(port, post(HELLO))), BLOCK, cause);
  }
});

test("EXECUTE and REWRITE have one shape each", async (t) => {
  const { port } = await serve(t);
  assert.equal(
    masked(await exchange(port, post(HELLO))),
    `${HEAD}168\r\nConnection: close\r\n\r\n{"decision":"EXECUTE","trace_id":T,"enforcement_decision_id":D,"status":"success"}`,
  );
  assert.equal(
    masked(await exchange(port, post(say("loud")))),
    `${HEAD}197\r\nConnection: close\r\n\r\n{"decision":"REWRITE","trace_id":T,"enforcement_decision_id":D,"status":"failed","rewrite_class":"LOWER_VOICE"}`,
  );
});

test("a body is judged by its bytes, whatever type or encoding it is said to have", async (t) => {
  const { port, log } = await serve(t);
  const headers = [
    "content-type: application/json",
    "content-type: application/json; charset=utf-16",
    "content-type: text/plain",
    "content-type: application/x-www-form-urlencoded",
    "content-type: multipart/form-data; boundary=x",
    "content-type: application/vnd.of-nobody+xml;v=1",
    "content-encoding: gzip",
    "accept: text/html",
    "upgrade: websocket",
    "x-http-method-override: DELETE",
  ];
  for (const header of headers) {
    const { status, body } = parse(await exchange(port, post(HELLO, header)));
    assert.deepEqual([status, JSON.parse(body).decision], [200, "EXECUTE"], header);
  }
  assert.equal(log.size, headers.length);
});

test("no body, an empty one and an empty chunked one are the same attempt, and BLOCK", async (t) => {
  const { port, log } = await serve(t);
  const line = "POST /v1/enforce HTTP/1.1";
  const traces = new Set<string>();
  for (const sent of [
    request(line, []),
    request(line, ["content-type: application/json"]),
    request(line, ["content-length: 0"]),
    request(line, ["content-type: application/json", "content-length: 0"]),
    request(line, ["transfer-encoding: chunked"], "0\r\n\r\n"),
  ]) {
    const { status, body } = parse(await exchange(port, sent));
    const { decision, trace_id } = JSON.parse(body);
    assert.deepEqual([status, decision], [200, "BLOCK"]);
    traces.add(trace_id);
  }
  assert.deepEqual([traces.size, log.size], [1, 5]);
});

test("a body in many pieces is the same attempt as in one", async (t) => {
  const { port } = await serve(t);
  const whole = parse(await exchange(port, post(HELLO)));
  const slow = new RawClient(port);
  for (const byte of post(HELLO)) {
    slow.send(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const chunks = [...HELLO].map((byte) => `1\r\n${byte}\r\n`).join("");
  const line = "POST /v1/enforce HTTP/1.1";
  const chunked = request(line, ["transfer-encoding: chunked"], `${chunks}0\r\n\r\n`);
  for (const other of [await slow.ended, await exchange(port, chunked)]) {
    assert.equal(JSON.parse(parse(other).body).trace_id, JSON.parse(whole.body).trace_id);
  }
});

test("a caller that waits for 100-continue is told to go on", async (t) => {
  const { port } = await serve(t);
  const client = new RawClient(port);
  const [head = "", body = ""] = post(HELLO, "expect: 100-continue").split(/(?<=\r\n\r\n)/);
  client.send(head);
  await until(() => client.received !== "");
  assert.equal(client.received, "HTTP/1.1 100 Continue\r\n\r\n");
  client.send(body);
  const answer = (await client.ended).slice(client.received.indexOf("\r\n\r\n") + 4);
  assert.equal(JSON.parse(parse(answer).body).decision, "EXECUTE");
});

test("requests that follow each other on one connection are answered in their order", async (t) => {
  const { port, log } = await serve(t);
  const keep = post(say("loud")).replace("connection: close", "connection: keep-alive");
  const text = await exchange(port, keep + keep + post(HELLO));
  assert.deepEqual(text.match(/"decision":"\w+"|\.1\.\d+/g), [
    '"decision":"REWRITE"',
    ".1.1",
    '"decision":"REWRITE"',
    ".1.2",
    '"decision":"EXECUTE"',
    ".1.3",
  ]);
  assert.equal(log.size, 3);
});

test("a body of the greatest size is an attempt, one byte more is not", async (t) => {
  const { port, log, enforcement } = await serve(t);
  const largest = parse(await exchange(port, post("x".repeat(maxBodyBytes))));
  assert.deepEqual([largest.status, JSON.parse(largest.body).decision], [200, "BLOCK"]);
  const larger = parse(await exchange(port, post("x".repeat(maxBodyBytes + 1))));
  assert.equal(larger.status, 413);
  assert.equal(log.size, 1);
  assert.match(enforcement.begin().decisionId, /\.1\.2$/);
});

test("health is told always, readiness only with a Bucket", async (t) => {
  const { port } = await serve(t);
  const { enforcement } = await enforceAt(t, `${temporaryFolder()}/none`);
  const alone = await listen(t, enforcement);
  const expected: readonly (readonly [number, string, number, unknown])[] = [
    [port, "/healthz", 200, { status: "up" }],
    [alone.port, "/healthz", 200, { status: "up" }],
    [port, "/readyz", 200, { status: "ready" }],
    [alone.port, "/readyz", 503, { status: "no bucket" }],
  ];
  for (const [at, path, code, said] of expected) {
    const { status, body } = parse(await exchange(at, request(`GET ${path} HTTP/1.1`, [])));
    assert.deepEqual([status, JSON.parse(body)], [code, said]);
  }
});

test("a caller who left without the answer is recorded all the same, once", async (t) => {
  const { port, log, enforcement } = await serve(t);
  log.hold();
  const client = new RawClient(port);
  client.send(post(HELLO));
  await until(() => log.size === 1);
  client.socket.destroy();
  await client.ended;
  log.release();
  await until(() => enforcement.inFlight === 0);
  const { body } = parse(await exchange(port, post(HELLO)));
  assert.deepEqual([JSON.parse(body).decision, log.size], ["EXECUTE", 2]);
});

test("closing lets what is under way be recorded and answered, and begins nothing", async (t) => {
  const { port, log, close } = await serve(t, { closeMs: 15_000 });
  log.hold();
  const keep = post(HELLO).replace("connection: close", "connection: keep-alive");
  const client = new RawClient(port);
  client.send(keep);
  await until(() => log.size === 1);
  const closed = close();
  client.send(keep);
  await sleep(20);
  log.release();
  const text = await client.ended;
  await closed;
  assert.deepEqual(text.match(/"decision":"\w+"/g), ['"decision":"EXECUTE"']);
  assert.match(text, /connection: close/i);
  assert.equal(log.size, 1);
});

test("closing waits for no request that never ends", async (t) => {
  const { port, log, close, enforcement } = await serve(t, { closeMs: 50 });
  const client = new RawClient(port);
  client.send(post(HELLO).slice(0, -1));
  await exchange(port, post(HELLO));
  await close();
  assert.equal(await client.ended, "");
  assert.equal(log.size, 1);
  assert.match(enforcement.begin().decisionId, /\.1\.2$/);
});
