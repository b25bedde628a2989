import assert from "node:assert/strict";
import { Agent, request as tlsRequest } from "node:https";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { enforceAt, temporaryFolder } from "../../enforce/src/enforce.test-support.ts";
import { addCaller, revokeCaller } from "./callers.test-support.ts";
import { type Callers, openCallers } from "./callers.ts";
import { certificates } from "./certificates.test-support.ts";
import { exchange, HELLO, parse, post, request, serve } from "./gateway.test-support.ts";
import { createGateway, GatewayRefused, type Refusal, type TlsTexts } from "./server.ts";

const REFUSAL = '{"decision":"BLOCK","status":"failed"}';

interface Desk {
  readonly file: string;
  readonly callers: Callers;
  pass(): void;
}

function desk(): Desk {
  const file = join(temporaryFolder(), "gateway", "callers");
  let now = 0;
  addCaller(file, { name: "nobody" });
  const callers = openCallers(file, undefined, () => now);
  const pass = (): void => {
    now += 1_000;
  };
  return { file, callers, pass };
}

function bearer(key: string | null): string {
  return `authorization: Bearer ${key}`;
}

test("what is refused before it is an attempt takes no number, writes nothing, and is told of", async (t) => {
  const { file, callers } = desk();
  const key = addCaller(file, { name: "desk", categories: ["say"], rate: 0.001, burst: 2 });
  const refusals: Refusal[] = [];
  const open = openCallers(file);
  const served = await serve(t, {}, {}, { callers: open, onRefusal: (one) => refusals.push(one) });
  const give = '{"category":"give","input":{"text":"x"}}';
  const cases: readonly (readonly [text: string, status: number])[] = [
    [post(HELLO), 401],
    [post(HELLO, "authorization: Bearer writ_x"), 401],
    [post(HELLO, bearer(`${key}`.toUpperCase())), 401],
    [post("x".repeat(10_000), "authorization: Basic eDp5"), 401],
    [post(give, bearer(key)), 403],
    [post(HELLO, bearer(key)), 200],
    [post(HELLO, bearer(key)), 429],
    [post(give, bearer(key)), 429],
  ];
  for (const [text, status] of cases) {
    const answer = parse(await exchange(served.port, text));
    assert.equal(answer.status, status);
    if (status === 200) continue;
    assert.equal(answer.body, REFUSAL);
    assert.equal(answer.headers.includes("www-authenticate: Bearer"), status === 401);
  }
  assert.deepEqual(
    refusals.map(({ cause, status, caller }) => [cause, status, caller]),
    [
      ...Array(4).fill(["UNAUTHENTICATED", 401, null]),
      ["CATEGORY", 403, "desk"],
      ...Array(2).fill(["RATE", 429, "desk"]),
    ],
  );
  const events = served.log.entries.map((entry) => JSON.parse(Buffer.from(entry).toString()));
  assert.deepEqual(
    events.map((event) => [event.evaluator_trace.caller, event.enforcement_decision_id.slice(16)]),
    [["desk", ".1.1"]],
  );
  assert.ok(callers.asks);
});

test("a caller's name is what policy judges; no input can say it", async (t) => {
  const { file, callers, pass } = desk();
  const known = addCaller(file, { name: "desk" });
  const other = addCaller(file, { name: "other" });
  pass();
  const { port } = await serve(t, {}, {}, { callers });
  const give = '{"category":"give","input":{"text":"flowers"}}';
  const forged = '{"category":"give","input":{"text":"flowers","host":{"caller":"desk"}}}';
  const decided = async (body: string, key: string | null): Promise<string> =>
    JSON.parse(parse(await exchange(port, post(body, bearer(key)))).body).decision;
  assert.equal(await decided(give, known), "EXECUTE");
  assert.equal(await decided(give, other), "BLOCK");
  assert.equal(await decided(forged, other), "BLOCK");
});

test("a revoked key opens nothing, without a restart; pages need none", async (t) => {
  const { file, callers, pass } = desk();
  const key = addCaller(file, { name: "desk" });
  pass();
  const { port } = await serve(t, {}, {}, { callers });
  const status = async (): Promise<number> =>
    parse(await exchange(port, post(HELLO, bearer(key)))).status;
  assert.equal(await status(), 200);
  revokeCaller(file, "desk");
  pass();
  assert.equal(await status(), 401);
  for (const path of ["/healthz", "/readyz", "/openapi.json"]) {
    const { status } = parse(await exchange(port, request(`GET ${path} HTTP/1.1`, [])));
    assert.equal(status, 200, path);
  }
});

test("without callers it listens on a loopback address alone", async (t) => {
  const { enforcement } = await enforceAt(t, `${temporaryFolder()}/none`);
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "127.0.0.1.example", "gateway.example"]) {
    const gateway = createGateway(enforcement);
    await assert.rejects(gateway.listen({ host, port: 0 }), GatewayRefused, host);
    await gateway.close();
  }
  const { callers } = desk();
  for (const [host, known] of [
    ["127.0.0.1", undefined],
    ["localhost", undefined],
    ["0.0.0.0", callers],
  ] as const) {
    const gateway = createGateway(enforcement, { callers: known });
    const { port } = await gateway.listen({ host, port: 0 });
    assert.ok(port > 0);
    await gateway.close();
  }
});

test("a page in a browser cannot use a gateway that asks nobody for a key", async (t) => {
  const { port, log } = await serve(t);
  const refused = parse(await exchange(port, post(HELLO, "origin: http://127.0.0.1")));
  assert.deepEqual([refused.status, refused.body, log.size], [403, REFUSAL, 0]);
  const { file, callers, pass } = desk();
  const key = addCaller(file, { name: "desk" });
  pass();
  const asked = await serve(t, {}, {}, { callers });
  const text = post(HELLO, "origin: http://127.0.0.1", bearer(key));
  assert.equal(parse(await exchange(asked.port, text)).status, 200);
});

async function call(
  port: number,
  tls: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<number | string> {
  const agent = new Agent({ ...tls, servername: "localhost", maxCachedSessions: 0 });
  try {
    return await callBy(agent, port, headers);
  } finally {
    agent.destroy();
  }
}

/** One request on a connection of its own; the status, or why there is none. */
function callBy(
  agent: Agent,
  port: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<number | string> {
  return new Promise((resolve) => {
    const sent = tlsRequest(
      { agent, port, host: "127.0.0.1", method: "POST", path: "/v1/enforce", headers },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    sent.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "failed"));
    sent.end(HELLO);
  });
}

/** What may lie there when a renewal went wrong. */
function brokenTls(good: TlsTexts, other: TlsTexts): readonly (readonly [TlsTexts, RegExp])[] {
  const noCertificate = /the client CA holds no certificate/;
  const { clientCa = "" } = good;
  return [
    [{ cert: "x", key: "y" }, /PEM|start line/],
    [{ ...good, key: other.key }, /key values mismatch/],
    [{ ...good, key: "" }, /the key is empty/],
    [{ ...good, cert: "\n" }, /the certificate is empty/],
    [{ ...good, clientCa: "" }, noCertificate],
    [{ ...good, clientCa: good.key }, noCertificate],
    [{ ...good, clientCa: clientCa.replace("BEGIN", "BEGAN") }, noCertificate],
    [{ ...good, clientCa: `${clientCa}${clientCa.replace("MII", "mii")}` }, /certificate 2 cannot/],
  ];
}

async function serveTls(t: TestContext, tls: TlsTexts, callers: Callers) {
  return serve(t, {}, {}, { tls, callers });
}

test("over mTLS a certificate's common name is the caller whose line says so", async (t) => {
  const { server, ca, client } = certificates();
  const { file, callers, pass } = desk();
  addCaller(file, { name: "desk", byCertificate: true });
  const key = addCaller(file, { name: "ops" });
  pass();
  const { port, log } = await serveTls(t, server, callers);
  assert.equal(await call(port, { ca, ...client("/CN=desk") }), 200);
  const authorization = `Bearer ${key}`;
  const resuming = new Agent({ ca, ...client("/CN=desk"), servername: "localhost" });
  t.after(() => resuming.destroy());
  for (const _ of [1, 2, 3]) assert.equal(await callBy(resuming, port), 200);
  assert.equal(await call(port, { ca, ...client("/CN=ops") }), 401);
  assert.equal(await call(port, { ca, ...client("/CN=ops") }, { authorization }), 200);
  assert.equal(await call(port, { ca, ...client("/CN=desk/CN=desk") }), 401);
  assert.equal(await call(port, { ca, ...client("/O=desk") }), 401);
  assert.equal(typeof (await call(port, { ca }, { authorization })), "string");
  const foreign = certificates().client("/CN=desk");
  assert.equal(typeof (await call(port, { ca, ...foreign })), "string");
  const names = log.entries.map(
    (entry) => JSON.parse(Buffer.from(entry).toString()).evaluator_trace.caller,
  );
  assert.deepEqual(names, ["desk", "desk", "desk", "desk", "ops"]);
});

test("a renewed certificate is met by the connections that follow", async (t) => {
  const [old, renewed] = [certificates(), certificates()];
  const { file, callers, pass } = desk();
  const authorization = `Bearer ${addCaller(file, { name: "desk" })}`;
  pass();
  const { cert, key } = old.server;
  const { port, gateway } = await serveTls(t, { cert, key }, callers);
  assert.equal(await call(port, { ca: old.ca }, { authorization }), 200);
  gateway.renewTls({ cert: renewed.server.cert, key: renewed.server.key });
  assert.equal(await call(port, { ca: renewed.ca }, { authorization }), 200);
  assert.equal(typeof (await call(port, { ca: old.ca }, { authorization })), "string");
  for (const [wrong, why] of brokenTls(renewed.server, old.server)) {
    assert.throws(() => gateway.renewTls(wrong), why);
  }
  assert.equal(await call(port, { ca: renewed.ca }, { authorization }), 200);
});
