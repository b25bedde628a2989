import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { formatSignerKey, parseCosignerKey, parseVerifierKey } from "@writ/tlog/note-key";
import { SampleLog, scratch, testSigner } from "./log-sample.test-support.ts";
import { startWitnessServer, type WitnessServer, type WitnessServerOptions } from "./server.ts";
import { originHash } from "./state.ts";
import type { Verdict } from "./witness.ts";

const LOG = testSigner("log.example/a", 1);
const log = new SampleLog(LOG);
const cosigner = parseCosignerKey(formatSignerKey("witness.example/w", new Uint8Array(32).fill(9)));
const KEPT = `/${originHash(LOG.name)}/checkpoint`;

interface Running extends WitnessServer {
  readonly url: string;
  readonly verdicts: Verdict[];
  readonly fatal: Error[];
}

async function start(folder: string, more: Partial<WitnessServerOptions> = {}): Promise<Running> {
  const verdicts: Verdict[] = [];
  const fatal: Error[] = [];
  const server = await startWitnessServer({
    folder,
    cosigner,
    logs: [{ origin: LOG.name, keys: [parseVerifierKey(LOG.verifierKey)] }],
    host: "127.0.0.1",
    port: 0,
    onViolation: () => {},
    onVerdict: (verdict) => verdicts.push(verdict),
    onFatal: (error) => fatal.push(error),
    ...more,
  });
  after(() => server.close());
  return { ...server, url: `http://127.0.0.1:${server.port}`, verdicts, fatal };
}

async function post(
  url: string,
  body: Uint8Array,
): Promise<{ status: number; text: string; type: string | null }> {
  const response = await fetch(`${url}/add-checkpoint`, { method: "POST", body });
  const type = response.headers.get("content-type");
  return { status: response.status, text: await response.text(), type };
}

test("over HTTP: cosigned, in conflict, and shown to monitors", async () => {
  const witness = await start(scratch());
  assert.equal((await fetch(witness.url + KEPT)).status, 404);
  const first = await post(witness.url, log.request(0, 7));
  assert.equal(first.status, 200);
  assert.match(first.text, /^— witness\.example\/w \S+\n$/);
  const conflict = await post(witness.url, log.request(3, 9));
  assert.deepEqual(conflict, { status: 409, text: "7\n", type: "text/x.tlog.size" });
  const kept = await (await fetch(witness.url + KEPT)).text();
  assert.equal(kept, Buffer.from(log.checkpoint(7)).toString() + first.text);
  const front = await (await fetch(witness.url)).text();
  assert.ok(
    front.includes(`\n${cosigner.verifierKey}\n`) && front.includes(`${LOG.name} ${KEPT}\n`),
  );
  assert.deepEqual(
    witness.verdicts.map(({ status, origin, oldSize, size }) => [status, origin, oldSize, size]),
    [
      [200, LOG.name, 0, 7],
      [409, LOG.name, 3, 9],
    ],
  );
});

test("what is no request of the protocol has an answer of its own, and moves nothing", async () => {
  const witness = await start(scratch());
  const status = async (path: string, init?: RequestInit): Promise<number> => {
    const response = await fetch(witness.url + path, init);
    await response.arrayBuffer();
    return response.status;
  };
  assert.equal(await status("/add-checkpoint"), 405);
  assert.equal(await status("/add-checkpoint", { method: "PUT", body: "x" }), 405);
  assert.equal(await status("/", { method: "POST", body: "x" }), 405);
  assert.equal(await status("/", { method: "HEAD" }), 200);
  assert.equal(await status("/nothing"), 404);
  assert.equal(await status(`/${originHash("unknown")}/checkpoint`), 404);
  assert.equal(await status("/add-checkpoint", { method: "POST", body: "" }), 400);
  assert.equal(await status("/add-checkpoint", { method: "POST", body: "old 0\n".repeat(3) }), 400);
  assert.equal(
    await status("/add-checkpoint", { method: "POST", body: new Uint8Array(65_537) }),
    413,
  );
  assert.deepEqual(witness.fatal, []);
});

test("a client that goes away in the middle harms nobody", async () => {
  const witness = await start(scratch());
  const socket = connect(witness.port, "127.0.0.1");
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.write("POST /add-checkpoint HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nold 0\n");
  await new Promise((resolve) => setTimeout(resolve, 20));
  socket.destroy();
  assert.equal((await post(witness.url, log.request(0, 4))).status, 200);
  assert.deepEqual(witness.fatal, []);
});

test("of requests that race from one size, one is cosigned and the others are told where it stands", async () => {
  const witness = await start(scratch());
  assert.equal((await post(witness.url, log.request(0, 5))).status, 200);
  const sizes = [6, 7, 8, 9, 10, 11, 12, 13];
  const answers = await Promise.all(sizes.map((size) => post(witness.url, log.request(5, size))));
  const won = sizes.filter((_, i) => answers[i]?.status === 200);
  assert.equal(won.length, 1);
  for (const { status, text } of answers.filter((answer) => answer.status !== 200)) {
    assert.deepEqual([status, text], [409, `${won[0]}\n`]);
  }
});

test("a second witness on one folder is refused, and one after it goes on where it was", async () => {
  const folder = scratch();
  const witness = await start(folder);
  assert.equal((await post(witness.url, log.request(0, 5))).status, 200);
  await assert.rejects(start(folder), { code: "WITNESS_LOCKED" });
  await witness.close();
  const next = await start(folder);
  assert.equal((await post(next.url, log.request(0, 5))).status, 409);
  assert.equal((await post(next.url, log.request(5, 8))).status, 200);
  const fork = new SampleLog(LOG, " forked");
  assert.equal((await post(next.url, log.request(8, 20))).status, 200);
  assert.equal((await post(next.url, fork.request(20, 30))).status, 422);
  assert.ok(next.verdicts.at(-1)?.suspect?.startsWith(`${LOG.name}\n30\n`));
});

test("a witness that cannot keep a head says so, cosigns nothing and asks to be ended", async () => {
  const folder = scratch();
  const witness = await start(folder);
  rmSync(join(folder, "logs"), { recursive: true });
  assert.equal((await post(witness.url, log.request(0, 5))).status, 500);
  assert.equal((await post(witness.url, log.request(0, 5))).status, 500);
  assert.ok(witness.fatal.length >= 1);
});

test("a port or an address that it cannot have leaves the folder free", async () => {
  const folder = scratch();
  const witness = await start(scratch());
  await assert.rejects(start(folder, { port: witness.port }), { code: "EADDRINUSE" });
  writeFileSync(join(folder, "another-file"), "");
  assert.equal((await fetch((await start(folder)).url)).status, 200);
});
