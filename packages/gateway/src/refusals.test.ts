import assert from "node:assert/strict";
import { once } from "node:events";
import { METHODS } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { stopTimers, until } from "../../enforce/src/enforce.test-support.ts";
import type { Enforcement } from "../../enforce/src/enforcement.ts";
import {
  exchange,
  HELLO,
  listen,
  parse,
  post,
  RawClient,
  request,
  type Served,
  serve,
} from "./gateway.test-support.ts";
import { maxBodyBytes } from "./limits.ts";

const REFUSAL = '{"decision":"BLOCK","status":"failed"}';
const HEADERS = [
  "connection: close",
  "content-length: 38",
  "content-type: application/json; charset=utf-8",
];
const ALLOW = "allow: POST";
const LINE = "POST /v1/enforce HTTP/1.1";

/** What is refused before an attempt begins: the bytes sent, and the status that comes back. */
const REFUSED: Readonly<Record<string, readonly [text: string, status: number]>> = {
  "another path": [request("POST /v1/other HTTP/1.1", []), 404],
  "a path below": [request("POST /v1/enforce/ HTTP/1.1", []), 404],
  "a path with an escape that is none": [request("POST /v1/%zz HTTP/1.1", []), 400],
  "a request for no path": [request("OPTIONS * HTTP/1.1", []), 404],
  "a type that is none": [post(HELLO, "content-type: ;;;"), 415],
  "a type that is empty": [post(HELLO, "content-type: "), 415],
  "a body that is said to be too large": [
    request(LINE, [`content-length: ${maxBodyBytes + 1}`], "x"),
    413,
  ],
  "a body that is too large": [
    request(
      LINE,
      ["transfer-encoding: chunked"],
      `${(maxBodyBytes + 1).toString(16)}\r\n${"x".repeat(maxBodyBytes + 1)}\r\n0\r\n\r\n`,
    ),
    413,
  ],
  "an expectation other than 100-continue": [post(HELLO, "expect: a-miracle"), 417],
  "HTTP/1.1 without a host": [post(HELLO).replace("host: gateway\r\n", ""), 400],
  "headers beyond 16 KiB": [post(HELLO, `x: ${"x".repeat(20_000)}`), 431],
  "two lengths": [post(HELLO, "content-length: 1"), 400],
  "a length and chunks": [post("0\r\n\r\n", "transfer-encoding: chunked"), 400],
  "a length that is none": [request(LINE, ["content-length: -1"]), 400],
  "a chunk that is none": [request(LINE, ["transfer-encoding: chunked"], "zz\r\n"), 400],
  "a header that is none": [request(LINE, ["no colon here"]), 400],
  "a header line that is folded": [request(LINE, ["x: y", " z: w"]), 400],
  "a version that is none": [request("POST /v1/enforce HTTP/9.9", []), 400],
  "HTTP/2 without being asked": ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
  "a greeting of TLS": ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
  "no HTTP at all": ["hello\r\n\r\n", 400],
};

/** Nothing was decided, numbered or written. */
function assertNoAttempt({ log, enforcement }: Served): void {
  assert.deepEqual([log.size, enforcement.inFlight], [0, 0]);
  assert.match(enforcement.begin().decisionId, /\.1\.1$/);
}

for (const [name, [text, status]] of Object.entries(REFUSED)) {
  test(`${name}: ${status}, says BLOCK, and no attempt begins`, async (t) => {
    const served = await serve(t);
    const response = parse(await exchange(served.port, text));
    assert.deepEqual(response, { status, headers: HEADERS, body: REFUSAL });
    assertNoAttempt(served);
  });
}

test("every method but POST is refused, and told which it would be", async (t) => {
  const served = await serve(t);
  for (const method of METHODS) {
    if (method === "POST" || method === "CONNECT") continue;
    const text = await exchange(served.port, request(`${method} /v1/enforce HTTP/1.1`, []));
    const body = method === "HEAD" ? "" : REFUSAL;
    assert.deepEqual(parse(text), { status: 405, headers: [ALLOW, ...HEADERS], body }, method);
  }
  const unknown = await exchange(served.port, request("UPDATE /v1/enforce HTTP/1.1", []));
  assert.deepEqual(parse(unknown), { status: 405, headers: [ALLOW, ...HEADERS], body: REFUSAL });
  const tunnel = await exchange(served.port, request("CONNECT gateway:80 HTTP/1.1", []));
  assert.deepEqual(parse(tunnel), { status: 405, headers: [ALLOW, ...HEADERS], body: REFUSAL });
  assertNoAttempt(served);
});

test("what exceeds the room is 429, takes no number, and fits again later", async (t) => {
  const { port, log, enforcement } = await serve(t, {}, { maxInFlight: 2 });
  log.hold();
  const underWay = [exchange(port, post(HELLO)), exchange(port, post(HELLO))];
  await until(() => enforcement.inFlight === 2);
  for (let time = 0; time < 3; time += 1) {
    const refused = parse(await exchange(port, post(HELLO)));
    const headers = [...HEADERS, "retry-after: 1"];
    assert.deepEqual(refused, { status: 429, headers, body: REFUSAL });
  }
  log.release();
  for (const text of await Promise.all(underWay)) assert.equal(parse(text).status, 200);
  const { body } = parse(await exchange(port, post(HELLO)));
  assert.match(JSON.parse(body).enforcement_decision_id, /\.1\.3$/);
  assert.equal(log.size, 3);
});

test("a body that does not arrive in time is 408, and no attempt begins", async (t) => {
  const served = await serve(t, { requestMs: 60 });
  const text = await exchange(served.port, post(HELLO).slice(0, -1));
  assert.deepEqual(parse(text), { status: 408, headers: HEADERS, body: REFUSAL });
  assertNoAttempt(served);
});

test("headers that do not arrive in time end the same", async (t) => {
  const served = await serve(t, { requestMs: 60 });
  const text = await exchange(served.port, "POST /v1/enforce HTTP/1.1\r\nhost: gate");
  assert.deepEqual(parse(text), { status: 408, headers: HEADERS, body: REFUSAL });
  assertNoAttempt(served);
});

test("whoever was refused cannot keep the connection by not hanging up", async (t) => {
  const pass = stopTimers(t);
  const { port, connections } = await serve(t);
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  t.after(() => socket.destroy());
  socket.resume();
  socket.write("hello\r\n\r\n");
  await once(socket, "end");
  await pass(999);
  assert.equal(connections(), 1);
  await pass(1);
  await until(() => connections() === 0);
});

test("a caller who leaves within the body began no attempt", async (t) => {
  const served = await serve(t);
  for (let cut = 1; cut <= 40; cut += 13) {
    for (const leave of ["end", "destroy", "resetAndDestroy"] as const) {
      const client = new RawClient(served.port);
      client.send(post(HELLO).slice(0, -cut));
      await sleep(5);
      client.socket[leave]();
      await client.ended;
    }
  }
  assertNoAttempt(served);
});

test("what follows a request and is no HTTP releases nothing of it", async (t) => {
  const { port, log } = await serve(t);
  log.hold();
  const keep = post(HELLO).replace("connection: close", "connection: keep-alive");
  const client = new RawClient(port);
  client.send(`${keep}garbage\r\n\r\n`);
  const text = await client.ended;
  assert.deepEqual(parse(text), { status: 400, headers: HEADERS, body: REFUSAL });
  await until(() => log.size === 1);
});

test("a fault of our own is 500 and says BLOCK, not what it was", async (t) => {
  const faulty: readonly (() => never)[] = [
    () => {
      throw new Error("a secret of ours");
    },
    () => {
      throw Object.assign(new Error("a secret of ours"), { statusCode: 200 });
    },
    () => {
      throw "a secret of ours";
    },
  ];
  for (const begin of faulty) {
    const enforcement: Enforcement = {
      begin,
      rearm: () => {},
      engineVersion: "",
      ready: true,
      epoch: 1,
      inFlight: 0,
      free: 1,
      close: () => Promise.resolve(),
    };
    const { port } = await listen(t, enforcement);
    const response = parse(await exchange(port, post(HELLO)));
    assert.deepEqual(response, { status: 500, headers: HEADERS, body: REFUSAL });
  }
});
