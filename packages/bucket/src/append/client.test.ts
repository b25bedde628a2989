import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import {
  ALICE,
  BOB,
  freshDirectory,
  LOG_KEY,
  ORIGIN,
  openBucket,
  STRANGER,
  signer,
} from "./bucket.test-support.ts";
import {
  BucketUnreachable,
  type ConnectOptions,
  connectBucket,
  HandshakeRefused,
} from "./client.ts";
import { hello, impostor } from "./impostor.test-support.ts";
import { encodeAccepted } from "./messages.ts";
import { SocketPathRefused } from "./socket-path.ts";

function refusedAs(code: HandshakeRefused["code"]): (error: unknown) => boolean {
  return (error) => error instanceof HandshakeRefused && error.code === code;
}

test("a refused handshake says that governance denies, and nothing of why", async (t) => {
  const { socketPath, log } = await openBucket(t);
  log.epochs.set(ALICE.name, 9);
  const base = { socketPath, origin: ORIGIN, epoch: 1 };
  const messages: string[] = [];
  for (const writer of [STRANGER, { name: ALICE.name, sign: BOB.sign }, ALICE]) {
    await assert.rejects(connectBucket({ ...base, writer }), (error) => {
      assert.ok(error instanceof HandshakeRefused);
      assert.equal(error.code, "GOVERNANCE_DENIED");
      messages.push(error.message.replace(writer.name, "W"));
      return true;
    });
  }
  assert.equal(new Set(messages).size, 1);
});

test("the wrong Bucket is noticed before anything is signed", async (t) => {
  const { socketPath, denials } = await openBucket(t);
  let signed = 0;
  const writer = {
    name: ALICE.name,
    sign: (text: Uint8Array) => {
      signed += 1;
      return ALICE.sign(text);
    },
  };
  const wrong: readonly Pick<ConnectOptions, "origin" | "logKey">[] = [
    { origin: "other.example/log" },
    { origin: ORIGIN, logKey: signer(2, ORIGIN).verifierKey },
  ];
  for (const which of wrong) {
    await assert.rejects(
      connectBucket({ socketPath, writer, epoch: 1, ...which }),
      refusedAs("WRONG_BUCKET"),
    );
  }
  assert.equal(signed, 0);
  assert.equal(denials.length, 0);
  const door = await connectBucket({
    socketPath,
    writer,
    epoch: 1,
    origin: ORIGIN,
    logKey: LOG_KEY,
  });
  await door.close();
});

test("no Bucket at the path is unreachable, a path too long is refused", async (t) => {
  const base = { origin: ORIGIN, writer: ALICE, epoch: 1 };
  const missing = join(freshDirectory(t), "none.sock");
  await assert.rejects(connectBucket({ ...base, socketPath: missing }), BucketUnreachable);
  const long = `/${"d".repeat(100)}`;
  await assert.rejects(connectBucket({ ...base, socketPath: long }), SocketPathRefused);
});

test("a peer that says nothing, or hangs up, is unreachable", async (t) => {
  const limits = { connectMs: 30 };
  const base = { origin: ORIGIN, writer: ALICE, epoch: 1, limits };
  const silent = await impostor(t, () => {});
  await assert.rejects(connectBucket({ ...base, socketPath: silent }), BucketUnreachable);
  const rude = await impostor(t, (socket) => socket.destroy());
  await assert.rejects(connectBucket({ ...base, socketPath: rude }), BucketUnreachable);
});

test("a peer of another version, or of no version of ours, is refused", async (t) => {
  const base = { origin: ORIGIN, writer: ALICE, epoch: 1 };
  const greetings = [
    hello(2),
    encodeAccepted(),
    Buffer.concat([hello(), hello()]),
    Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"),
  ];
  for (const greeting of greetings) {
    const socketPath = await impostor(t, (socket) => socket.write(greeting));
    await assert.rejects(connectBucket({ ...base, socketPath }), refusedAs("WRONG_PROTOCOL"));
  }
});

test("the client loads nothing of the log, the read side, or the file system", () => {
  const client = new URL("client.ts", import.meta.url).href;
  const script = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ resolve(specifier, context, next) {
      const found = next(specifier, context);
      loaded.push(found.url);
      return found;
    } });
    await import(${JSON.stringify(client)});
    console.log(JSON.stringify(loaded));`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
  const loaded: string[] = JSON.parse(run.stdout.toString());
  assert.ok(loaded.includes(client));
  const ours = loaded.filter((url) => url.includes("/bucket/src/"));
  const files = ours.map((url) => url.replace(/.*\/bucket\/src\//, ""));
  assert.deepEqual([...new Set(files)].sort(), [
    "append/admission-messages.ts",
    "append/ask-line.ts",
    "append/client.ts",
    "append/deadline-line.ts",
    "append/door.ts",
    "append/ending.ts",
    "append/framing.ts",
    "append/handshake.ts",
    "append/messages.ts",
    "append/scratch.ts",
    "append/socket-path.ts",
    "batch-signature.ts",
    "verifier-key.ts",
  ]);
  assert.deepEqual(
    loaded.filter((url) => /^node:(?!net$|crypto$|module$)/.test(url)),
    [],
  );
});
