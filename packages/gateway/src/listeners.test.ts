import assert from "node:assert/strict";
import { createServer as createHttp, type Server as HttpServer } from "node:http";
import { connect, createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { until } from "../../enforce/src/enforce.test-support.ts";
import { Listeners } from "./listeners.ts";

const HOST = "127.0.0.1";

async function listening(
  t: TestContext,
  most: number,
): Promise<{ readonly listeners: Listeners; readonly port: number; readonly taken: Socket[] }> {
  const http = createHttp();
  const taken: Socket[] = [];
  http.on("connection", (socket) => taken.push(socket));
  const listeners = new Listeners(http, most);
  const { port } = await listeners.listen({ host: HOST, port: 0 });
  t.after(async () => {
    listeners.hangUp();
    await listeners.close();
  });
  return { listeners, port, taken };
}

/** Connections, and how many of them were closed from the other side. */
function open(t: TestContext, port: number, count: number): { readonly closed: () => number } {
  let closed = 0;
  for (let at = 0; at < count; at += 1) {
    const socket = connect(port, HOST);
    t.after(() => socket.destroy());
    socket
      .on("error", () => {})
      .on("close", () => {
        closed += 1;
      });
  }
  return { closed: () => closed };
}

async function listenOnce(port: number, reusePort = false): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen({ host: HOST, port, reusePort }, resolve);
  });
  return server;
}

test("by whichever door they come, connections are held to one bound, and count again when they go", async (t) => {
  const { listeners, port, taken } = await listening(t, 50);
  const first = open(t, port, 200);
  await until(() => first.closed() === 150);
  assert.equal(listeners.connections, 50);
  // All of the doors were used: the first alone would have let in none by another.
  const doors = new Set(taken.map((socket) => (socket as Socket & { _server?: Server })._server));
  assert.ok(process.platform !== "linux" || doors.size > 4, `${doors.size} doors`);
  for (const socket of taken.slice(0, 20)) socket.destroy();
  await until(() => listeners.connections === 30);
  const second = open(t, port, 40);
  await until(() => second.closed() === 20);
  assert.equal(listeners.connections, 50);
});

test("an address that is in use is refused, whatever its user would share", async (t) => {
  for (const reusePort of [false, process.platform === "linux"]) {
    const used = await listenOnce(0, reusePort);
    t.after(() => used.close());
    const { port } = used.address() as { readonly port: number };
    const listeners = new Listeners(createHttp(), 10);
    await assert.rejects(listeners.listen({ host: HOST, port }), { code: "EADDRINUSE" });
  }
  const { port } = await listening(t, 10);
  const another = new Listeners(createHttp(), 10);
  await assert.rejects(another.listen({ host: HOST, port }), { code: "EADDRINUSE" });
});

/** An HTTP server on a system that is not as this one: `change` is made to what it is told. */
function serverOf(change: (asked: ListenOptions) => ListenOptions | NodeJS.ErrnoException): Server {
  const http = createHttp();
  const listen = http.listen.bind(http) as (asked: ListenOptions) => Server;
  http.listen = ((asked: ListenOptions) => {
    const changed = change(asked);
    if (!(changed instanceof Error)) return listen(changed);
    process.nextTick(() => http.emit("error", changed));
    return http;
  }) as typeof http.listen;
  return http;
}

function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}

test("where no address can be shared there is one door; any other error is the caller's to hear", async (t) => {
  for (const code of ["ENOTSUP", "ENOPROTOOPT"]) {
    const http = serverOf((asked) => (asked.reusePort === true ? systemError(code) : asked));
    const listeners = new Listeners(http as HttpServer, 10);
    const { port } = await listeners.listen({ host: HOST, port: 0 });
    const { closed } = open(t, port, 20);
    await until(() => closed() === 10);
    assert.equal(listeners.connections, 10);
    listeners.hangUp();
    await listeners.close();
  }
  const barred = new Listeners(serverOf(() => systemError("EACCES")) as HttpServer, 10);
  await assert.rejects(barred.listen({ host: HOST, port: 0 }), { code: "EACCES" });
});

test("when a further door cannot be opened, none stays open", async () => {
  let port = 0;
  const http = serverOf((asked) => ({ ...asked, reusePort: false })) as HttpServer;
  http.on("listening", () => {
    port = (http.address() as { readonly port: number }).port;
  });
  const listeners = new Listeners(http, 10);
  await assert.rejects(listeners.listen({ host: HOST, port: 0 }), { code: "EADDRINUSE" });
  (await listenOnce(port)).close();
});

test("when it closes nobody is let in, those who are in may stay, and the address is free", async (t) => {
  const { listeners, port } = await listening(t, 100);
  open(t, port, 40);
  await until(() => listeners.connections === 40);
  let isClosed = false;
  const closing = listeners.close().then(() => {
    isClosed = true;
  });
  (await listenOnce(port)).close();
  assert.equal(isClosed, false);
  assert.equal(listeners.connections, 40);
  listeners.hangUp();
  await closing;
  await until(() => listeners.connections === 0);
});
