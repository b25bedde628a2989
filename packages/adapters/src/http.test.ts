import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type Action, carryOut, requireAdapter } from "@writ/enforce/adapter";
import { httpAdapter } from "./http.ts";

const ACTION: Action = {
  category: "send",
  actionType: "message",
  traceId: "ab".repeat(32),
  decisionId: "0123456789abcdef.1.1",
  input: { text: "Hello", __proto__: null },
  inputText: '{"text":"Hello \\u2028"}',
};

interface Heard {
  readonly request: IncomingMessage;
  readonly body: string;
}

type Answer = (response: ServerResponse, heard: Heard) => void;

/** An endpoint that answers every call alike, and keeps what it heard. */
async function endpoint(t: TestContext, answer: Answer): Promise<{ url: string; heard: Heard[] }> {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const one = { request, body: Buffer.concat(chunks).toString() };
    heard.push(one);
    answer(response, one);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/do`, heard };
}

const DEADLINE_MS = 20_000;

function adapterFor(url: string, authorization: string | null = null) {
  const limits = { deadlineMs: DEADLINE_MS, maxResultBytes: 64 };
  return httpAdapter({ name: "desk", url, ...limits, authorization });
}

test("it posts the action, with the input as the very text that was judged", async (t) => {
  const { url, heard } = await endpoint(t, (response) => response.end('{"sent":true}'));
  const adapter = adapterFor(url, "Bearer secret");
  requireAdapter(adapter);
  assert.deepEqual(await carryOut(adapter, ACTION), { done: true, result: '{"sent":true}' });
  const [call] = heard;
  assert.equal(call?.request.method, "POST");
  assert.equal(call?.request.headers["content-type"], "application/json");
  assert.equal(call?.request.headers.authorization, "Bearer secret");
  assert.equal(
    call?.body,
    `{"category":"send","action_type":"message","trace_id":"${ACTION.traceId}",` +
      `"enforcement_decision_id":"${ACTION.decisionId}","input":${ACTION.inputText}}`,
  );
});

const ENDINGS: Readonly<Record<string, { answer: Answer; result?: string; failure?: string }>> = {
  "no body is null": { answer: (r) => r.writeHead(204).end(), result: "null" },
  "any 2xx is success": { answer: (r) => r.writeHead(201).end("7"), result: "7" },
  "a client error": { answer: (r) => r.writeHead(404).end("{}"), failure: "THREW" },
  "a server error": { answer: (r) => r.writeHead(503).end("{}"), failure: "THREW" },
  "a redirect": {
    answer: (r, { request }) =>
      r.writeHead(307, { location: `http://${request.headers.host}/elsewhere` }).end(),
    failure: "THREW",
  },
  "a body that is no JSON": { answer: (r) => r.end("sent"), failure: "THREW" },
  "a body that is no UTF-8": {
    answer: (r) => r.end(Buffer.from([0x22, 0xff, 0x22])),
    failure: "THREW",
  },
  "a body beyond the limit": { answer: (r) => r.end(`"${"x".repeat(200)}"`), failure: "THREW" },
  "a connection that breaks": { answer: (r) => r.socket?.destroy(), failure: "THREW" },
  "a body that never ends": {
    answer: (r) => {
      r.write("[");
    },
    failure: "LATE",
  },
  "no answer at all": { answer: () => {}, failure: "LATE" },
};

for (const [name, { answer, result, failure }] of Object.entries(ENDINGS)) {
  test(`how a call ends: ${name}`, async (t) => {
    const { url, heard } = await endpoint(t, answer);
    if (failure === "LATE") t.mock.timers.enable({ apis: ["setTimeout"] });
    const call = carryOut(adapterFor(url), ACTION);
    if (failure === "LATE") {
      while (heard.length === 0) await turn();
      // What it began to answer may arrive: nothing ends by it.
      for (let turns = 0; turns < 50; turns += 1) await turn();
      t.mock.timers.tick(DEADLINE_MS);
    }
    const effect = await call;
    assert.equal(effect.done ? effect.result : undefined, result);
    assert.equal(effect.done ? undefined : effect.failure, failure);
    assert.equal(heard.length, 1, "nothing is sent twice");
  });
}

test("an endpoint that is not there", async () => {
  const effect = await carryOut(adapterFor("http://127.0.0.1:9/do"), ACTION);
  assert.equal(effect.done ? undefined : effect.failure, "THREW");
});

test("what goes wrong shows no credential", async (t) => {
  const { url } = await endpoint(t, (response) => response.writeHead(401).end());
  const effect = await carryOut(adapterFor(url, "Bearer secret"), ACTION);
  assert.ok(!effect.done && !effect.detail.includes("secret"));
});
