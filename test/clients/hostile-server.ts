import { createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

/** One line of vectors/client/answers.json. */
export interface ClientCase {
  readonly name: string;
  readonly why: string;
  readonly verb: "enforce" | "execute";
  readonly head: readonly string[];
  readonly body: string;
  readonly repeat?: number;
  readonly length?: number | null;
  readonly then?: "hold" | "reset" | "drip";
  readonly deadline_ms?: number;
  readonly expect: { readonly decision: string; readonly why?: readonly string[] };
}

/**
 * How many times as long as it says a case may take until it is too late, that its request has come by
 * then on a slow machine too; what comes too slowly comes as much slower.
 */
export const PATIENCE = 5;

export interface HostileServer {
  readonly port: number;
  /** The path of every request that came. */
  readonly paths: readonly string[];
}

/** Answers a request at `/N/v1/…` as case N says, and any GET with `page`. */
export async function serveHostile(
  t: TestContext,
  cases: readonly ClientCase[],
  page = "",
): Promise<HostileServer> {
  const paths: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket)).on("error", () => {});
    let received = "";
    socket.on("data", (piece: Buffer) => {
      received += piece.toString("latin1");
      const end = received.indexOf("\r\n\r\n");
      const length = /\r\ncontent-length: (\d+)\r\n/i.exec(received)?.[1];
      if (end >= 0 && received.startsWith("GET ")) return sendPage(socket, page);
      if (end < 0 || received.length < end + 4 + Number(length)) return;
      const path = /^POST (\S+)/.exec(received)?.[1] ?? "";
      received = "";
      paths.push(path);
      const asked = cases[Number(path.split("/")[1])];
      if (asked === undefined) socket.destroy();
      else void behave(socket, asked);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, paths };
}

function sendPage(socket: Socket, page: string): void {
  const head = ["HTTP/1.1 200 OK", "content-type: text/html; charset=utf-8", "connection: close"];
  socket.end([...head, "", page].join("\r\n"));
}

async function behave(socket: Socket, { then, ...asked }: ClientCase): Promise<void> {
  const { head, body, repeat = 1 } = asked;
  const { length = body.length * repeat } = asked;
  const lines = length === null ? head : [...head, `content-length: ${length}`];
  const start = head.length === 0 ? "" : `${lines.join("\r\n")}\r\n\r\n`;
  if (then === "drip") return drip(socket, start + body);
  socket.write(start, "latin1");
  const block = Math.max(1, Math.floor(65_536 / Math.max(1, body.length)));
  for (let sent = 0; sent < repeat && !socket.destroyed; sent += block) {
    const more = body.repeat(Math.min(block, repeat - sent));
    if (!socket.write(more, "latin1")) await pause(1);
  }
  if (then === "reset") socket.resetAndDestroy();
  else if (then !== "hold") socket.end();
}

async function drip(socket: Socket, text: string): Promise<void> {
  for (const byte of Buffer.from(text, "latin1")) {
    if (socket.destroyed) return;
    socket.write(Uint8Array.of(byte));
    await pause(PATIENCE);
  }
  socket.end();
}
