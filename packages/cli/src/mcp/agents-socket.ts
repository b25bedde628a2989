import { chmodSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import type { Talk } from "@writ/gateway/mcp/agents-door";

/** Lets an agent in; undefined if it does not. */
export type LetIn = (socket: Socket, caller: string | null) => Talk | undefined;

export interface AgentsSocket {
  /** Lets nobody in any more: whoever comes finds no gateway, and may wait for the next one. */
  stop(): void;
  /** Hangs up on who is still in. */
  close(): Promise<void>;
}

const MOST_BYTES = 4_096;
const PATIENCE_MS = 5_000;

/**
 * Listens for agents that `writ mcp` brings: on a line `{"caller": NAME or null}` follows a line
 * `{"in": true}`, or `{"in": false, "why": …}` and the end; then MCP, a message a line. Only this
 * user can connect, and so is believed about the caller's name.
 */
export async function openAgentsSocket(path: string, letIn: LetIn): Promise<AgentsSocket> {
  const sockets = new Set<Socket>();
  // An agent that has said all it will say still hears the answers.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.once("close", () => sockets.delete(socket)));
    void greet(socket, letIn);
  });
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => resolve());
  });
  chmodSync(path, 0o600);
  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  const stop = (): void => {
    if (server.listening) server.close();
  };
  return {
    stop,
    async close() {
      stop();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function greet(socket: Socket, letIn: LetIn): Promise<void> {
  const line = await firstLine(socket);
  const caller = line === undefined ? undefined : callerIn(line);
  if (caller === undefined) return void socket.destroy();
  const talk = letIn(socket, caller);
  // Nothing has been said yet: a talk only answers, and what it hears comes later than this line.
  socket.write(`${JSON.stringify(talk === undefined ? notIn(caller) : { in: true })}\n`);
  await talk?.ended;
  socket.destroySoon();
}

function notIn(caller: string | null): object {
  const who = caller === null ? "without a name" : `as ${caller}`;
  return {
    in: false,
    why: `the gateway lets no agent in ${who}: see mcp.caller and writ caller list`,
  };
}

function callerIn(line: string): string | null | undefined {
  try {
    const { caller } = JSON.parse(line);
    return caller === null || typeof caller === "string" ? caller : undefined;
  } catch {
    return undefined;
  }
}

/** Reads up to the first LF, and leaves the rest where it was; undefined if none comes in time. */
function firstLine(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = Buffer.alloc(0);
    const end = (line: string | undefined): void => {
      clearTimeout(late);
      socket.off("data", take).off("close", gone).pause();
      resolve(line);
    };
    const gone = (): void => end(undefined);
    const take = (piece: Buffer): void => {
      text = Buffer.concat([text, piece]);
      const at = text.indexOf(10);
      if (at < 0 && text.length <= MOST_BYTES) return;
      if (at >= 0 && text.length > at + 1) socket.unshift(text.subarray(at + 1));
      end(at < 0 ? undefined : text.subarray(0, at).toString("utf8"));
    };
    const late = setTimeout(gone, PATIENCE_MS);
    socket.on("error", () => socket.destroy());
    socket.on("data", take).on("close", gone);
  });
}

/** Why there is no gateway to talk to; `refused` where there is one that does not let this agent in. */
export type NotIn = { readonly reason: "none" } | { readonly reason: "refused"; why: string };

/** Brings an agent in: the socket, on which MCP is spoken from now on, or why not. */
export async function enterAs(path: string, caller: string | null): Promise<Socket | NotIn> {
  const socket = connect({ path, allowHalfOpen: true });
  socket.write(`${JSON.stringify({ caller })}\n`);
  const line = await firstLine(socket);
  const { in: isIn, why } = answerIn(line);
  if (isIn) return socket;
  socket.destroy();
  return why === undefined ? { reason: "none" } : { reason: "refused", why };
}

function answerIn(line: string | undefined): { in: boolean; why?: string } {
  try {
    const { in: isIn, why } = JSON.parse(line ?? "");
    return isIn === true ? { in: true } : { in: false, why: String(why) };
  } catch {
    return { in: false };
  }
}
