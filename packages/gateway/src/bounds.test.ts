import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { stopTimers, temporaryFolder, until } from "../../enforce/src/enforce.test-support.ts";
import { addCaller } from "./callers.test-support.ts";
import { openCallers } from "./callers.ts";
import { exchange, HELLO, parse, post, RawClient, request, serve } from "./gateway.test-support.ts";
import { freeBytes } from "./held-bytes.ts";
import { maxBodyBytes } from "./limits.ts";
import type { Refusal, RefusalCause } from "./server.ts";

const LINE = "POST /v1/enforce HTTP/1.1";
const REFUSAL = '{"decision":"BLOCK","status":"failed"}';

/** Sends all of a body of this size but its last byte. */
function hold(t: TestContext, port: number, size: number): RawClient {
  const client = new RawClient(port);
  t.after(() => client.socket.destroy());
  client.send(request(LINE, [`content-length: ${size}`], "x".repeat(size - 1)));
  return client;
}

test("large bodies share a budget; beyond it they are refused, small ones go on, and it is given back", async (t) => {
  const causes: RefusalCause[] = [];
  const served = await serve(
    t,
    { bodyBudgetBytes: 2 * maxBodyBytes },
    {},
    {
      onRefusal: ({ cause }) => causes.push(cause),
    },
  );
  const { gateway, port, log } = served;
  const slow = [0, 1].map(() => hold(t, port, maxBodyBytes - freeBytes));
  // Rooms grow by doubling: only when both bodies are there does neither want more.
  await until(() => gateway.load.bodyBytes >= 2 * (maxBodyBytes - 2 * freeBytes - 1));
  await sleep(100);
  const refused = parse(await exchange(port, post("x".repeat(maxBodyBytes / 2))));
  assert.deepEqual([refused.status, refused.body, causes], [503, REFUSAL, ["BODIES"]]);
  assert.equal(parse(await exchange(port, post(HELLO))).status, 200);
  assert.equal(parse(await exchange(port, post("x".repeat(freeBytes)))).status, 200);
  slow[0]?.send("x");
  assert.equal(parse(`${await slow[0]?.ended}`).status, 200);
  slow[1]?.socket.destroy();
  await until(() => gateway.load.bodyBytes === 0);
  assert.equal(parse(await exchange(port, post("x".repeat(maxBodyBytes)))).status, 200);
  assert.equal(gateway.load.bodyBytes, 0);
  assert.equal(log.size, 4);
});

test("a refused sender reads the answer although it is still sending, and is cut off in time", async (t) => {
  const { port, connections } = await serve(t);
  const client = new RawClient(port);
  client.send(request(LINE, [`content-length: ${1 << 30}`]));
  const flood = setInterval(() => client.send("x".repeat(50_000)), 5);
  t.after(() => clearInterval(flood));
  const began = performance.now();
  const answer = parse(await client.ended);
  assert.deepEqual([answer.status, answer.body], [413, REFUSAL]);
  assert.ok(performance.now() - began < 5_000);
  while (connections() > 0) await sleep(5);
});

test("whoever is not let in is told before the body is asked for", async (t) => {
  const { port } = await serve(t);
  const large = request(LINE, ["expect: 100-continue", `content-length: ${maxBodyBytes + 1}`]);
  const client = new RawClient(port);
  client.send(large);
  assert.equal(parse(await client.ended).status, 413);
});

test("connections beyond their number are closed, and the others served", async (t) => {
  const { port, connections } = await serve(t, { connections: 20 });
  const idle: Socket[] = [];
  t.after(() => {
    for (const socket of idle) socket.destroy();
  });
  const first = new RawClient(port);
  t.after(() => first.socket.destroy());
  first.send("POST");
  await until(() => connections() === 1);
  let closed = 0;
  for (let one = 0; one < 60; one += 1) {
    const socket = connect(port, "127.0.0.1");
    socket
      .on("error", () => {})
      .on("close", () => {
        closed += 1;
      });
    idle.push(socket);
  }
  await until(() => closed >= 41);
  first.send(post(HELLO).slice(4));
  assert.equal(parse(await first.ended).status, 200);
});

test("pipelined requests take no more room than there is, and end their connection beyond it", async (t) => {
  const pass = stopTimers(t);
  const { port, log, enforcement } = await serve(t, {}, { maxInFlight: 8 });
  log.hold();
  const keep = post(HELLO).replace("connection: close", "connection: keep-alive");
  const client = new RawClient(port);
  client.send(`${keep.repeat(99)}${post(HELLO)}`);
  await until(() => log.size === 8);
  log.release();
  await until(() => enforcement.inFlight === 0);
  await pass(1_000);
  const text = await client.ended;
  const statuses = text.match(/HTTP\/1\.1 \d+/g) ?? [];
  // Some are refused, the next waits until it fits again, and what cannot wait is the end.
  const told = statuses.map((line) => line.slice(-3)).join(" ");
  assert.match(told, /^(200 ){8}(429 )+200 429$/);
  assert.match(text, /429 [^{]*\r\nconnection: close\r\n/i);
  assert.equal(log.size, 9);
});

test("one caller's flood takes half of the room at most, and another is let in", async (t) => {
  const pass = stopTimers(t);
  const file = join(temporaryFolder(), "callers");
  const key = (name: string): string =>
    `authorization: Bearer ${addCaller(file, { name, another: true })}`;
  const [greedy, second, honest] = [key("greedy"), key("greedy"), key("honest")];
  const refused: Refusal[] = [];
  const { port, log, enforcement } = await serve(
    t,
    {},
    { maxInFlight: 8 },
    { callers: openCallers(file), onRefusal: (one) => refused.push(one) },
  );
  log.hold();
  const flood = [greedy, second].map((bearer) => {
    const client = new RawClient(port);
    const keep = post(HELLO, bearer).replace("connection: close", "connection: keep-alive");
    client.send(`${keep.repeat(10)}${post(HELLO, bearer)}`);
    return client;
  });
  await until(() => refused.length === 16);
  const late = exchange(port, post(HELLO, honest));
  await until(() => enforcement.inFlight === 5);
  log.release();
  assert.equal(parse(await late).status, 200);
  await until(() => enforcement.inFlight === 0);
  await pass(1_000);
  const answers = (await Promise.all(flood.map(({ ended }) => ended))).join("");
  const count = (status: number): number =>
    answers.match(new RegExp(`HTTP/1\\.1 ${status}`, "g"))?.length ?? 0;
  assert.deepEqual([count(200), log.size], [6, 7]);
  const told = new Set(refused.map(({ cause, caller }) => `${cause} ${caller}`));
  assert.deepEqual(told, new Set(["SHARE greedy", "TOO_SOON greedy"]));
  // What ended is given back.
  assert.equal(parse(await exchange(port, post(HELLO, greedy))).status, 200);
});

test("an answer that nobody takes in is given up in time", async (t) => {
  const adapter = {
    name: "desk",
    deadlineMs: 5_000,
    maxResultBytes: 1 << 26,
    run: async () => "x".repeat(1 << 25),
  };
  const { port, log, connections } = await serve(
    t,
    { answerMs: 200, requestMs: 400 },
    {
      adapters: new Map([["say", adapter]]),
    },
  );
  const client = new RawClient(port);
  t.after(() => client.socket.destroy());
  client.socket.pause();
  client.send(post(HELLO).replace("/v1/enforce", "/v1/execute"));
  await until(() => log.size === 1);
  while (connections() > 0) await sleep(20);
});

test("books that throw change no answer", async (t) => {
  const { port } = await serve(
    t,
    {},
    {},
    {
      onRefusal: () => {
        throw new Error("no room for the log");
      },
      onFault: () => {
        throw new Error("nor here");
      },
    },
  );
  assert.equal(parse(await exchange(port, request("GET /nothing HTTP/1.1", []))).status, 404);
  assert.equal(parse(await exchange(port, post(HELLO))).status, 200);
});
