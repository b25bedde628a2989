import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { OperatorError } from "./operator-error.ts";
import { Progress } from "./progress.ts";
import { sendCalls } from "./send-calls.ts";

async function gateway(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Waits until it is so, or long enough. */
async function until(isSo: () => boolean): Promise<void> {
  const begun = performance.now();
  while (!isSo() && performance.now() - begun < 15_000) {
    await new Promise((done) => setTimeout(done, 5));
  }
}

const lines = Array.from({ length: 100 }, (_, at) => Buffer.from(`line ${at} \xff`, "latin1"));

test("each line is one body, and answers keep the order of the lines", async (t) => {
  let underWay = 0;
  let most = 0;
  const url = await gateway(t, async (request, response) => {
    underWay += 1;
    most = Math.max(most, underWay);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("latin1");
    // The later a line, the sooner its answer.
    const at = Number(body.split(" ")[1]);
    // The first answer comes when a second call has, if one does.
    if (at === 0) await until(() => most > 1);
    setTimeout(
      () => {
        underWay -= 1;
        response.end(JSON.stringify({ decision: "EXECUTE", enforcement_decision_id: body }));
      },
      at % 2 === 0 ? 10 : 0,
    );
  });
  const sent = await sendCalls(url, lines, new Progress("enforce", lines.length));
  assert.deepEqual(
    sent,
    lines.map((line) => ({ decisionId: line.toString("latin1"), decision: "EXECUTE" })),
  );
  assert.ok(most > 1 && most <= 32, String(most));
});

test("what the gateway refused before an attempt began has no id", async (t) => {
  const url = await gateway(t, (_request, response) => {
    response.writeHead(429).end('{"decision":"BLOCK","status":"failed"}');
  });
  const sent = await sendCalls(url, lines.slice(0, 2), new Progress("enforce", 2));
  const refused = { decisionId: undefined, decision: "BLOCK" };
  assert.deepEqual(sent, [refused, refused]);
});

test("no lines, no calls", async () => {
  assert.deepEqual(await sendCalls("http://127.0.0.1:1", [], new Progress("enforce", 0)), []);
});

test("a gateway that goes away, or is none, is the operator's matter", async (t) => {
  const urls = [
    await gateway(t, (request) => request.socket.destroy()),
    await gateway(t, (_request, response) => response.end("<html>")),
    "http://127.0.0.1:1",
  ];
  for (const url of urls) {
    await assert.rejects(
      sendCalls(url, lines.slice(0, 3), new Progress("enforce", 3)),
      (error) =>
        error instanceof OperatorError && /^the gateway stopped answering: \S/.test(error.message),
    );
  }
});
