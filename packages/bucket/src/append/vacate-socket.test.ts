import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import {
  constitutionWith,
  freshDirectory,
  openBucket,
  RecordingLog,
} from "./bucket.test-support.ts";
import { serveAppends } from "./server.ts";
import { SocketPathRefused } from "./socket-path.ts";

test("only this user may reach the socket", async (t) => {
  const { socketPath } = await openBucket(t);
  assert.equal(statSync(socketPath).mode & 0o777, 0o600);
});

test("in a folder with the set-group-id bit its group may reach it too", async (t) => {
  const folder = freshDirectory(t);
  chmodSync(folder, 0o2750);
  const socketPath = join(folder, "socket");
  const server = await serveAt(socketPath);
  assert.equal(statSync(socketPath).mode & 0o777, 0o660);
  await server.close();
});

function serveAt(socketPath: string): ReturnType<typeof serveAppends> {
  return serveAppends({
    writer: new RecordingLog(),
    constitution: constitutionWith(),
    socketPath,
    onFatal: () => {},
    onDenial: () => {},
  });
}

const refusedAs = (code: SocketPathRefused["code"]) => (error: unknown) =>
  error instanceof SocketPathRefused && error.code === code;

test("a socket that a killed Bucket left is taken over", async (t) => {
  const path = join(freshDirectory(t), "bucket.sock");
  const child: ChildProcess = spawn(
    process.execPath,
    ["-e", `require("net").createServer().listen(${JSON.stringify(path)}, () => console.log())`],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  assert.ok(child.stdout !== null);
  await once(child.stdout, "data");
  await assert.rejects(serveAt(path), refusedAs("SOCKET_PATH_TAKEN"));
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.ok(existsSync(path));
  const server = await serveAt(path);
  await server.close();
});

test("a socket on which someone listens is left alone", async (t) => {
  const path = join(freshDirectory(t), "bucket.sock");
  const other = createServer((socket) => socket.destroy()).listen(path);
  await once(other, "listening");
  await assert.rejects(serveAt(path), refusedAs("SOCKET_PATH_TAKEN"));
  assert.ok(existsSync(path));
  other.close();
});

test("a file that is no socket is left alone", async (t) => {
  const path = join(freshDirectory(t), "bucket.sock");
  writeFileSync(path, "precious");
  await assert.rejects(serveAt(path), refusedAs("SOCKET_PATH_TAKEN"));
  assert.ok(existsSync(path));
});

test("a path too long for a socket is refused by name", async () => {
  await assert.rejects(serveAt(`/${"d".repeat(100)}`), refusedAs("SOCKET_PATH_TOO_LONG"));
});
