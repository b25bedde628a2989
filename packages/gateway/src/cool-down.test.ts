import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { stopTimers, temporaryFolder, until } from "../../enforce/src/enforce.test-support.ts";
import { addCaller } from "./callers.test-support.ts";
import { ANYBODY, openCallers } from "./callers.ts";
import { CoolDowns, spareAtOnce } from "./cool-down.ts";
import {
  caughtUp,
  exchange,
  HELLO,
  post,
  RawClient,
  request,
  type Served,
  serve,
} from "./gateway.test-support.ts";
import { freeBytes } from "./held-bytes.ts";
import type { GatewayLimits } from "./limits.ts";

interface Busy extends Served {
  /** The headers that show a caller's key. */
  readonly slow: string;
  readonly other: string;
  readonly causes: string[];
}

/** A gateway where `slow` has one attempt in an hour, and `other` as many as it likes. */
async function serveSlow(t: TestContext, limits: Partial<GatewayLimits> = {}): Promise<Busy> {
  const file = join(temporaryFolder(), "callers");
  const key = (name: string, rate?: number): string =>
    `authorization: Bearer ${addCaller(file, { name, ...(rate === undefined ? {} : { rate, burst: 1 }) })}`;
  const [slow, other] = [key("slow", 0.001), key("other")];
  const causes: string[] = [];
  const served = await serve(
    t,
    limits,
    {},
    {
      callers: openCallers(file),
      onRefusal: ({ cause }) => causes.push(cause),
    },
  );
  return { ...served, slow, other, causes };
}

/** A request that leaves its connection open. */
function keep(...headers: readonly string[]): string {
  return post(HELLO, ...headers).replace("connection: close\r\n", "");
}

function statuses({ received }: RawClient): number[] {
  return (received.match(/HTTP\/1\.1 \d+/g) ?? []).map((line) => Number(line.slice(-3)));
}

function open(t: TestContext, port: number): RawClient {
  const client = new RawClient(port);
  t.after(() => client.socket.destroy());
  return client;
}

/** A connection that was refused just now. */
async function refused(t: TestContext, { port, slow, causes }: Busy): Promise<RawClient> {
  await exchange(port, post(HELLO, slow));
  const client = open(t, port);
  client.send(keep(slow));
  await until(() => statuses(client).length === 1);
  assert.deepEqual(causes.splice(0), ["RATE"]);
  assert.match(client.received, /^HTTP\/1\.1 429 [^{]*\r\nretry-after: 1\r\n/);
  return client;
}

test("whoever was refused for asking too much waits on that connection, and nobody else does", async (t) => {
  const pass = stopTimers(t);
  const busy = await serveSlow(t);
  const client = await refused(t, busy);
  client.send(keep(busy.slow));
  // The same caller elsewhere, and another one, are answered meanwhile.
  const elsewhere = open(t, busy.port);
  elsewhere.send(keep(busy.slow));
  await until(() => statuses(elsewhere).length === 1);
  await exchange(busy.port, post(HELLO, busy.other));
  await pass(999);
  await caughtUp(busy.port);
  assert.deepEqual(statuses(client), [429]);
  await pass(1);
  await until(() => statuses(client).length === 2);
  assert.deepEqual(statuses(client), [429, 429]);
  assert.deepEqual(busy.causes, ["RATE", "RATE"]);
  assert.equal(busy.log.size, 2);
});

test("another caller whom a proxy sends on the same connection does not wait, nor does a page", async (t) => {
  const busy = await serveSlow(t);
  const client = await refused(t, busy);
  client.send(keep(busy.other));
  await until(() => statuses(client).length === 2);
  client.send(request("GET /healthz HTTP/1.1", []).replace("connection: close\r\n", ""));
  await until(() => statuses(client).length === 3);
  client.send(keep(busy.slow));
  await until(() => statuses(client).length === 4);
  assert.deepEqual(statuses(client), [429, 200, 200, 429]);
  assert.equal(busy.log.size, 2);
});

test("so does whoever guesses at keys", async (t) => {
  const { port, causes, log } = await serveSlow(t);
  const client = open(t, port);
  const began = performance.now();
  client.send(keep());
  await until(() => statuses(client).length === 1);
  client.send(keep("authorization: Bearer writ_guess"));
  await until(() => statuses(client).length === 2);
  assert.ok(performance.now() - began > 900);
  assert.deepEqual(statuses(client), [401, 401]);
  assert.doesNotMatch(client.received, /retry-after/i);
  assert.deepEqual([causes, log.size], [["UNAUTHENTICATED", "UNAUTHENTICATED"], 0]);
});

test("of two who were refused on one connection both wait", async (t) => {
  const busy = await serveSlow(t);
  const client = await refused(t, busy);
  const began = performance.now();
  client.send(keep());
  await until(() => statuses(client).length === 2);
  client.send(keep());
  await until(() => statuses(client).length === 3);
  assert.ok(performance.now() - began > 900);
  assert.deepEqual(statuses(client), [429, 401, 401]);
  client.send(keep(busy.other));
  await until(() => statuses(client).length === 4);
  assert.equal(statuses(client)[3], 200);
});

const NOTHING = request("GET /nothing HTTP/1.1", []).replace("connection: close\r\n", "");
const HEALTH = NOTHING.replace("/nothing", "/healthz");

test("so does whoever asks for too much that is no attempt, a page or nothing at all", async (t) => {
  const busy = await serveSlow(t);
  const client = open(t, busy.port);
  const began = performance.now();
  // With four more than at once, so that no tokens which come meanwhile could do instead of a wait.
  for (let i = 1; i <= spareAtOnce + 4; i += 1) {
    client.send(i % 2 === 0 ? NOTHING : HEALTH);
    await until(() => statuses(client).length === i);
  }
  assert.ok(performance.now() - began > 900);
  assert.deepEqual(new Set(statuses(client)), new Set([404, 200]));
  assert.equal(busy.log.size, 0);
});

test("and pages at once beyond that end their connection", async (t) => {
  const { port, causes } = await serveSlow(t);
  const client = open(t, port);
  client.send(HEALTH.repeat(3 * spareAtOnce));
  await client.ended;
  assert.equal(statuses(client).at(-1), 429);
  assert.ok(statuses(client).length > spareAtOnce);
  assert.deepEqual(new Set(causes), new Set(["TOO_SOON"]));
  assert.match(client.received, /connection: close\r\n[^{]*\{"decision":"BLOCK"[^}]*\}$/i);
});

test("what cannot wait ends the connection, and no attempt begins on it any more", async (t) => {
  const large = `content-length: ${freeBytes + 1}`;
  const cannotWait: Record<string, (slow: string) => string> = {
    "a second request": (slow) => `${keep(slow)}${keep(slow)}`,
    "a body of more than is free": (slow) => request("POST /v1/enforce HTTP/1.1", [slow, large]),
    "a body of unsaid length": (slow) =>
      request(
        "POST /v1/enforce HTTP/1.1",
        [slow, "transfer-encoding: chunked"],
        "1\r\nx\r\n0\r\n\r\n",
      ),
  };
  const pass = stopTimers(t);
  for (const [what, sent] of Object.entries(cannotWait)) {
    const busy = await serveSlow(t);
    const client = await refused(t, busy);
    client.send(sent(busy.slow).replaceAll("connection: close\r\n", ""));
    await until(() => busy.causes.includes("TOO_SOON"));
    // Neither for this caller nor for one who may.
    client.send(keep(busy.other));
    await caughtUp(busy.port);
    await pass(1_000);
    await client.ended;
    assert.match(client.received, /429 [^{]*\r\nconnection: close\r\n[^{]*\{[^}]*\}$/i, what);
    assert.equal(busy.log.size, 1, what);
  }
});

test("whoever leaves while waiting began no attempt", async (t) => {
  const pass = stopTimers(t);
  const { port, log, enforcement, connections } = await serve(t, {}, { maxInFlight: 1 });
  log.hold();
  const first = exchange(port, post(HELLO));
  await until(() => enforcement.inFlight === 1);
  const client = open(t, port);
  client.send(keep());
  await until(() => statuses(client).length === 1);
  client.send(keep());
  log.release();
  await first;
  await caughtUp(port);
  client.socket.destroy();
  await until(() => connections() === 0);
  await pass(1_000);
  // Had it begun one, this would come after it.
  assert.match(await exchange(port, post(HELLO)), /EXECUTE.*\.1\.2"/);
  assert.equal(log.size, 2);
});

test("a gateway that closes refuses who waits, and ends", async (t) => {
  const pass = stopTimers(t);
  const busy = await serveSlow(t, { closeMs: 15_000 });
  const client = await refused(t, busy);
  client.send(keep(busy.slow));
  await caughtUp(busy.port);
  const closed = busy.gateway.close();
  await pass(1_000);
  await Promise.all([closed, client.ended]);
  assert.deepEqual(statuses(client), [429, 503]);
  assert.deepEqual([busy.causes, busy.log.size], [["CLOSING"], 1]);
});

test("nothing is kept of a connection that has cooled down, or is closed", async () => {
  const coolDowns = new CoolDowns();
  const requests = Array.from({ length: 3 }, () => ({ socket: new Socket() }) as IncomingMessage);
  const [calm, eager, late] = requests as [IncomingMessage, IncomingMessage, IncomingMessage];
  for (const one of requests) coolDowns.begin(one, ANYBODY);
  const over = coolDowns.wait(calm, ANYBODY, 0);
  assert.ok(over !== undefined);
  assert.equal(coolDowns.wait(eager, ANYBODY, freeBytes + 1), undefined);
  assert.ok(coolDowns.concerns(eager, null));
  assert.equal(coolDowns.wait(eager, ANYBODY, 0), undefined);
  assert.ok(coolDowns.wait(late, ANYBODY, freeBytes) !== undefined);
  assert.equal(coolDowns.wait(late, ANYBODY, freeBytes), undefined);
  assert.ok(!coolDowns.concerns(calm, null));
  // Its timer keeps no process alive.
  const alive = setInterval(() => {}, 100);
  await over;
  await sleep(50);
  clearInterval(alive);
  assert.deepEqual(
    requests.map((one) => coolDowns.has(one)),
    [false, true, true],
  );
  for (const { socket } of requests) socket.destroy();
  await sleep(10);
  assert.deepEqual(
    requests.map((one) => coolDowns.has(one)),
    [false, false, false],
  );
});

test("a connection has so many other answers at once, and two more a second", () => {
  let now = 0;
  const coolDowns = new CoolDowns(() => now);
  const one = { socket: new Socket() } as IncomingMessage;
  for (let i = 0; i < spareAtOnce; i += 1) {
    coolDowns.count(one, i % 2 === 0 ? "page" : "NOT_FOUND", null);
    now += 1;
  }
  assert.ok(!coolDowns.has(one));
  now += 1_000;
  for (const cause of ["page", "METHOD"] as const) coolDowns.count(one, cause, null);
  assert.ok(!coolDowns.has(one));
  coolDowns.count(one, "TOO_LARGE", ANYBODY);
  assert.deepEqual(
    [null, ANYBODY].map((caller) => coolDowns.concerns(one, caller)),
    [false, true],
  );
  one.socket.destroy();
});
