import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { readSettings } from "../config/settings.ts";
import { temporaryFolder } from "../spawn-writ.test-support.ts";
import { startServers } from "./servers.ts";

/** What a program says, before its connection ends. */
async function heardFrom(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (piece) => {
    text += String(piece);
  });
  await once(socket, "close");
  return text;
}

test("a program that cannot be started takes no other with it, and is tried again", async () => {
  const data = join(temporaryFolder(), "data");
  mkdirSync(data);
  const file = join(data, "writ.yaml");
  const hello = { command: process.execPath, args: ["-p", "process.cwd()"], cwd: data };
  // Node throws for the first, and tells of the second later.
  const long = { ...hello, args: ["x".repeat(200_000)] };
  const none = { ...hello, command: join(data, "none") };
  writeFileSync(file, JSON.stringify({ mcp: { servers: { hello, long, none } } }));
  const settings = readSettings({ file, flags: {}, environment: {} });
  const servers = await startServers({ settings, data });
  const heard = (name: string): Promise<string> =>
    heardFrom(connect(join(data, "servers", `${name}.sock`)));
  for (const name of ["long", "none", "long"]) assert.equal(await heard(name), "");
  assert.equal((await heard("hello")).trim(), process.cwd());
  assert.equal(statSync(join(data, "servers")).mode & 0o777, 0o700);
  assert.equal(statSync(join(data, "servers/hello.sock")).mode & 0o777, 0o600);
  await servers.stop();
  await assert.rejects(once(connect(join(data, "servers/hello.sock")), "connect"));
});
