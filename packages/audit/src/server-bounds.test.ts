import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { before, after as finallyDo, test } from "node:test";
import { readAuditorKeys } from "./auditor-keys.ts";
import { ALICE, eventOf } from "./ledger.test-support.ts";
import { exchange, type Served, serveLedger } from "./served.test-support.ts";
import { type AuditServer, type Bounds, startAuditServer } from "./server.ts";

const LONG = 60_000;
/** Nobody who is merely slow runs into these times. */
const patient = {
  connections: 8,
  requestMs: LONG,
  idleMs: LONG,
  silenceMs: LONG,
  answerMs: LONG,
  answerBytes: 15_000_000,
};
const hurried: Partial<Bounds> = {
  ...patient,
  requestMs: 2000,
  idleMs: 400,
  silenceMs: 2000,
  answerMs: 2500,
  answerBytes: 5_000_000,
};
/** Of ten megabytes: a client that reads nothing fills every buffer on the way. */
const LARGE = "tile/entries/000.p/250";
let served: Served;
/** Serves the same. */
let hasty: AuditServer;
const errors: unknown[] = [];
let open: Socket[] = [];

before(async () => {
  const evaluators = Array.from({ length: 1800 }, (_, i) => [`e${1000 + i}`, "EXECUTE", null]);
  const trace = { engine_version: `3.0.0+${"a".repeat(64)}`, caller: null, rewrite_class: null };
  const evaluator_trace = { ...trace, validators: {}, evaluators: evaluators as never };
  const entries = Array.from({ length: 250 }, (_, i) =>
    eventOf(ALICE, 1, 1 + i, { evaluator_trace }),
  );
  const batch = { writer: ALICE, epoch: 1, batch: 1, entries };
  served = await serveLedger([batch], { bounds: patient });
  const onError = (error: unknown): void => void errors.push(error);
  hasty = await startAuditServer({
    bucketDirectory: served.place.bucket,
    keys: readAuditorKeys(served.keyFile, onError),
    host: "127.0.0.1",
    port: 0,
    bounds: hurried,
    onViolation: onError,
    onError,
  });
});

finallyDo(async () => {
  for (const socket of open) socket.destroy();
  await hasty.close();
  await served.stop();
  assert.deepEqual([...served.errors, ...errors], []);
});

/** A connection over which `text` is said; it reads nothing until it is told to. */
async function speak({ host, port }: AuditServer, text: string): Promise<Socket> {
  const socket = connect({ host, port }).pause();
  socket.on("error", () => {});
  open.push(socket);
  await once(socket, "connect");
  socket.write(text);
  return socket;
}

/** Asks for ten megabytes, and reads none. */
function askSilently(server: AuditServer): Promise<Socket> {
  const key = `Authorization: Bearer ${served.key}`;
  return speak(server, `GET /${LARGE} HTTP/1.1\r\nHost: x\r\n${key}\r\n\r\n`);
}

/** Milliseconds from now until the server has closed it. */
async function closedAfter(socket: Socket): Promise<number> {
  const begun = performance.now();
  socket.resume();
  // Not `once`, which would reject: a connection that is reset has an error first.
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
  return performance.now() - begun;
}

async function isServed(server: AuditServer): Promise<boolean> {
  const { status } = await exchange(server, "/checkpoint");
  assert.ok(status === 200 || status === 503, `${status}`);
  return status === 200;
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const begun = performance.now();
  while (!(await isSo())) {
    assert.ok(performance.now() - begun < 15_000, "waited in vain");
    await new Promise((done) => setTimeout(done, 20));
  }
}

const HEAD = "GET /checkpoint HTTP/1.1\r\nHost: x\r\n";

test("a request that does not come to an end is cut off, byte by byte or not", async () => {
  const silent = await speak(hasty, "");
  const half = await speak(hasty, HEAD);
  const dripping = await speak(hasty, HEAD);
  const drip = setInterval(() => dripping.write("X-Slow: 1\r\n"), 50).unref();
  const times = await Promise.all([silent, half, dripping].map(closedAfter));
  clearInterval(drip);
  for (const time of times) assert.ok(time < 8000, `${times}`);
});

test("however many hold connections open, one who asks is answered", async () => {
  // Each is let in for another that has been silent longer.
  for (let i = 0; i < 1000; i++) await speak(served.server, i % 2 === 0 ? "" : HEAD);
  const asked = await Promise.all(Array.from({ length: 3 }, () => isServed(served.server)));
  assert.deepEqual(asked, [true, true, true]);
  for (const socket of open) socket.resume();
  const alive = (): number => open.filter(({ readyState }) => readyState === "open").length;
  // Those that were made to go hear of it by and by; the others stay.
  await until(() => alive() <= patient.connections);
  assert.ok(alive() > 0);
  for (const socket of open) socket.destroy();
  open = [];
});

test("answers that no client takes in are bounded together, and small ones go on", async () => {
  const silent = await askSilently(served.server);
  let other = await served.read(`/${LARGE}`);
  await until(async () => {
    other = await served.read(`/${LARGE}`);
    return other.status !== 200;
  });
  assert.equal(other.status, 503);
  assert.equal(other.headers["retry-after"], "1");
  assert.equal(await isServed(served.server), true);
  silent.destroy();
  await until(async () => (await served.read(`/${LARGE}`)).status === 200);
});

test("a client that takes no answer in is cut off", async () => {
  const silent = await askSilently(hasty);
  // While its answer is out there is room for no other, and then there is again.
  await until(async () => !(await isServed(hasty)));
  await until(() => isServed(hasty));
  let got = 0;
  silent.on("data", (part) => {
    got += part.length;
  });
  assert.ok((await closedAfter(silent)) < 8000);
  const whole = served.stored(LARGE).length;
  assert.ok(got > 0 && got < whole, `${got} of ${whole}`);
});
