import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { before, after as finallyDo, test } from "node:test";
import { ALICE, eventOf } from "./ledger.test-support.ts";
import { type Served, serveLedger } from "./served.test-support.ts";

const bounds = {
  connections: 8,
  requestMs: 2000,
  idleMs: 400,
  silenceMs: 1200,
  answerMs: 1500,
  answerBytes: 15_000_000,
};
let served: Served;
let open: Socket[] = [];

before(async () => {
  // Ten megabytes together: a client that reads nothing fills every buffer on the way.
  const evaluators = Array.from({ length: 1800 }, (_, i) => [`e${1000 + i}`, "EXECUTE", null]);
  const trace = { engine_version: `3.0.0+${"a".repeat(64)}`, caller: null, rewrite_class: null };
  const evaluator_trace = { ...trace, validators: {}, evaluators: evaluators as never };
  const entries = Array.from({ length: 250 }, (_, i) =>
    eventOf(ALICE, 1, 1 + i, { evaluator_trace }),
  );
  served = await serveLedger([{ writer: ALICE, epoch: 1, batch: 1, entries }], { bounds });
});

finallyDo(async () => {
  for (const socket of open) socket.destroy();
  await served.stop();
  assert.deepEqual(served.errors, []);
});

/** A connection over which `text` is said; it reads nothing until it is told to. */
async function speak(text: string): Promise<Socket> {
  const { host, port } = served.server;
  const socket = connect({ host, port }).pause();
  socket.on("error", () => {});
  open.push(socket);
  await once(socket, "connect");
  socket.write(text);
  return socket;
}

/** Milliseconds from now until the server has closed it. */
async function closedAfter(socket: Socket): Promise<number> {
  const begun = performance.now();
  socket.resume();
  // Not `once`, which would reject: a connection that is reset has an error first.
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
  return performance.now() - begun;
}

async function isServed(): Promise<boolean> {
  return (await served.ask("/checkpoint")).status === 200;
}

const HEAD = "GET /checkpoint HTTP/1.1\r\nHost: x\r\n";

test("a request that does not come to an end is cut off, byte by byte or not", async () => {
  const silent = await speak("");
  const half = await speak(HEAD);
  const dripping = await speak(HEAD);
  const drip = setInterval(() => dripping.write("X-Slow: 1\r\n"), 50).unref();
  const times = await Promise.all([silent, half, dripping].map(closedAfter));
  clearInterval(drip);
  for (const time of times) assert.ok(time < 8000, `${times}`);
});

test("however many hold connections open, one who asks is answered", async () => {
  // Each is let in for another that has been silent longer.
  for (let i = 0; i < 1000; i++) await speak(i % 2 === 0 ? "" : HEAD);
  const asked = await Promise.all(Array.from({ length: 3 }, isServed));
  assert.deepEqual(asked, [true, true, true]);
  for (const socket of open) socket.resume();
  await new Promise((done) => setTimeout(done, 50));
  const alive = open.filter((socket) => socket.readyState === "open");
  assert.ok(alive.length > 0 && alive.length <= bounds.connections, `${alive.length}`);
  for (const socket of open) socket.destroy();
  open = [];
});

test("a client that takes no answer in is cut off, and such answers are bounded together", async () => {
  const all = "/v1/events?limit=1000";
  const silent = await speak(
    `GET ${all} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${served.key}\r\n\r\n`,
  );
  let other = await served.read(all);
  for (let tries = 0; other.status === 200 && tries < 10; tries++) {
    await new Promise((done) => setTimeout(done, 50));
    other = await served.read(all);
  }
  assert.equal(other.status, 503);
  assert.equal(other.headers["retry-after"], "1");
  assert.equal(await isServed(), true);
  await new Promise((done) => setTimeout(done, bounds.answerMs + 200));
  let got = 0;
  silent.on("data", (part) => {
    got += part.length;
  });
  assert.ok((await closedAfter(silent)) < 2000);
  const whole = await served.read(all);
  assert.equal(whole.status, 200);
  assert.ok(got > 0 && got < whole.body.length, `${got} of ${whole.body.length}`);
});
