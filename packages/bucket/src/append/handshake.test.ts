import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { sha256 } from "@writ/tlog/hash";
import { rawPublicKey } from "../verifier-key.ts";
import {
  ALICE,
  appendOf,
  BOB,
  eventOf,
  LOG_KEY,
  ORIGIN,
  openBucket,
  RawPeer,
  STRANGER,
  stopDeadlines,
} from "./bucket.test-support.ts";
import { handshakeText } from "./handshake.ts";
import { MESSAGE } from "./messages.ts";

test("the exact bytes of a handshake text", () => {
  const text = handshakeText({
    origin: "log.example/writ",
    logKeyHash: new Uint8Array(32).fill(0xaa),
    challenge: new Uint8Array(32).fill(0xbb),
    writer: "0123456789abcdef",
    epoch: 7,
  });
  const expected = `writ-append/v1\nlog.example/writ\n${"aa".repeat(32)}\n${"bb".repeat(32)}\n0123456789abcdef\n7\n`;
  assert.equal(new TextDecoder().decode(text), expected);
});

test("the hello names the log, and each challenge is new", async (t) => {
  const { socketPath } = await openBucket(t);
  const hellos = await Promise.all([1, 2, 3].map(() => new RawPeer(t, socketPath).hello()));
  for (const hello of hellos) {
    assert.equal(hello.version, 1);
    assert.equal(hello.origin, ORIGIN);
    assert.deepEqual(hello.logKeyHash, sha256(rawPublicKey(LOG_KEY)));
  }
  assert.equal(new Set(hellos.map((hello) => String(hello.challenge))).size, 3);
});

test("a writer of the constitution gets in, its epoch raised before it hears so", async (t) => {
  const { socketPath, log, server } = await openBucket(t);
  const order: string[] = [];
  const raiseEpoch = log.raiseEpoch.bind(log);
  t.mock.method(log, "raiseEpoch", (writer: string, epoch: number) => {
    order.push("raised");
    raiseEpoch(writer, epoch);
  });
  assert.equal(await new RawPeer(t, socketPath).enter(ALICE, 5), MESSAGE.accepted);
  assert.deepEqual(order, ["raised"]);
  assert.equal(log.epochs.get(ALICE.name), 5);
  assert.equal(server.writers, 1);
});

test("a stranger is refused, and spends no epoch", async (t) => {
  const { socketPath, log, denials } = await openBucket(t);
  const peer = new RawPeer(t, socketPath);
  assert.equal(await peer.enter(STRANGER, 1), MESSAGE.refused);
  await peer.gone;
  assert.deepEqual(denials, [
    { kind: "refusal", cause: "UNKNOWN_WRITER", writer: STRANGER.name, detail: "epoch 1" },
  ]);
  assert.equal(log.epochs.size, 0);
});

test("another's key opens nobody's door", async (t) => {
  const { socketPath, log, denials } = await openBucket(t);
  const thief = { name: ALICE.name, sign: BOB.sign };
  assert.equal(await new RawPeer(t, socketPath).enter(thief, 1), MESSAGE.refused);
  assert.equal(denials[0]?.cause, "HANDSHAKE_SIGNATURE");
  assert.equal(log.epochs.size, 0);
});

test("a signature for another log, epoch, writer or challenge is refused", async (t) => {
  const { socketPath, log, denials } = await openBucket(t);
  const claims = [
    { origin: "other.example/log" },
    { epoch: 2 },
    { writer: BOB.name },
    { challenge: new Uint8Array(32) },
    { logKeyHash: new Uint8Array(32) },
  ];
  for (const claim of claims) {
    const peer = new RawPeer(t, socketPath);
    peer.answer(ALICE, 1, await peer.hello(), claim);
    assert.equal((await peer.next())?.type, MESSAGE.refused, JSON.stringify(claim));
  }
  assert.equal(denials.filter((one) => one.cause === "HANDSHAKE_SIGNATURE").length, claims.length);
  assert.equal(log.epochs.size, 0);
});

test("an answer that was overheard opens no later connection", async (t) => {
  const { socketPath, denials } = await openBucket(t);
  const first = new RawPeer(t, socketPath);
  const answer = first.answer(ALICE, 1, await first.hello());
  assert.equal((await first.next())?.type, MESSAGE.accepted);
  first.socket.destroy();
  const second = new RawPeer(t, socketPath);
  await second.hello();
  second.send(answer);
  assert.equal((await second.next())?.type, MESSAGE.refused);
  assert.equal(denials[0]?.cause, "HANDSHAKE_SIGNATURE");
});

test("only a greater epoch gets in", async (t) => {
  const { socketPath, log, denials, server } = await openBucket(t);
  log.epochs.set(ALICE.name, 7);
  for (const epoch of [1, 6, 7]) {
    assert.equal(await new RawPeer(t, socketPath).enter(ALICE, epoch), MESSAGE.refused);
  }
  assert.deepEqual([...new Set(denials.map((one) => one.cause))], ["EPOCH_NOT_GREATER"]);
  assert.equal(server.writers, 0);
  assert.equal(await new RawPeer(t, socketPath).enter(ALICE, 8), MESSAGE.accepted);
});

test("a second connection of one writer is refused, and the first lives on", async (t) => {
  const { socketPath, log, denials } = await openBucket(t);
  const first = new RawPeer(t, socketPath);
  assert.equal(await first.enter(ALICE, 1), MESSAGE.accepted);
  assert.equal(await new RawPeer(t, socketPath).enter(ALICE, 2), MESSAGE.refused);
  assert.equal(denials[0]?.cause, "WRITER_CONNECTED");
  assert.equal(log.epochs.get(ALICE.name), 1);
  first.send(appendOf(ALICE, 1, 1, [eventOf(ALICE, 1, 1)]));
  assert.equal((await first.next())?.type, MESSAGE.ended);
  assert.equal(log.size, 1);
});

test("a writer comes back once its first connection is gone, and others come beside it", async (t) => {
  const { socketPath, server } = await openBucket(t);
  const first = new RawPeer(t, socketPath);
  assert.equal(await first.enter(ALICE, 1), MESSAGE.accepted);
  assert.equal(await new RawPeer(t, socketPath).enter(BOB, 1), MESSAGE.accepted);
  first.socket.destroy();
  while (server.writers > 1) await sleep(1);
  assert.equal(await new RawPeer(t, socketPath).enter(ALICE, 2), MESSAGE.accepted);
});

test("whoever does not answer in time is hung up on", async (t) => {
  const { socketPath } = await openBucket(t, { limits: { handshakeMs: 30 } });
  const peer = new RawPeer(t, socketPath);
  await peer.hello();
  await peer.gone;
});

test("whoever has answered may stay as long as it likes", async (t) => {
  const pass = stopDeadlines(t);
  const { socketPath } = await openBucket(t, { limits: { handshakeMs: 30 } });
  const peer = new RawPeer(t, socketPath);
  assert.equal(await peer.enter(ALICE, 1), MESSAGE.accepted);
  pass(60_000);
  peer.send(appendOf(ALICE, 1, 1, [eventOf(ALICE, 1, 1)]));
  assert.equal((await peer.next())?.type, MESSAGE.ended);
});

test("an epoch that cannot be stored is fatal, and nobody is let in", async (t) => {
  const { socketPath, log, fatal } = await openBucket(t);
  log.breakDown();
  const peer = new RawPeer(t, socketPath);
  assert.equal(await peer.enter(ALICE, 1), undefined);
  assert.equal(fatal.length, 1);
});
