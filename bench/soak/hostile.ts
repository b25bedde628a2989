/**
 * Clients that mean harm: `node hostile.ts PORT KEY FILE CONNECTIONS`. Each kind has its share of the
 * connections and begins anew when it is cut off. Says how often, whenever its parent asks. What they
 * are told is permitted they keep as everybody does.
 */
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { ENVELOPES } from "../gateway/workload.ts";
import { ReleasedFile } from "./kept.ts";
import { post } from "./wire.ts";

const [portText = "", key = "", file = "", connections = "0"] = process.argv.slice(2);
const released = new ReleasedFile(file);
const port = Number(portText);
const good = ENVELOPES[0]?.body ?? "";

interface Kind {
  readonly name: string;
  /** Of all connections. */
  readonly share: number;
  /** Between two acts of one client. */
  readonly pauseMs: number;
  /** One act; ends when the connection should go, if the gateway has not ended it. */
  act(socket: Socket): Promise<void>;
}

const holdMs = 60_000;

/** Sends a text, a character at a time. */
async function drip(socket: Socket, text: string, everyMs: number): Promise<void> {
  for (const character of text) {
    if (!socket.writable) return;
    socket.write(character);
    await pause(everyMs);
  }
}

function only(name: string, share: number, pauseMs: number, text: () => string): Kind {
  return {
    name,
    share,
    pauseMs,
    async act(socket) {
      socket.write(text());
      await pause(1_000);
    },
  };
}

const deep = `{"category":"payment","input":${'{"a":['.repeat(60_000)}`;
const huge = `{"category":"payment","input":{"memo":"${"x".repeat(1_900_000)}"}}`;
const head = post("/v1/enforce", key, good).split("\r\n\r\n")[0] ?? "";

/** Asks again as soon as it is answered; ends with the connection. */
async function again(socket: Socket, text: string): Promise<void> {
  socket.on("data", () => socket.write(text));
  socket.write(text);
  await pause(holdMs);
}

const KINDS: readonly Kind[] = [
  { name: "silent", share: 0.36, pauseMs: 100, act: () => pause(holdMs) },
  {
    name: "slow headers",
    share: 0.2,
    pauseMs: 100,
    act: (socket) => drip(socket, `${head}\r\n`, 1_500),
  },
  {
    name: "slow bodies",
    share: 0.2,
    pauseMs: 100,
    async act(socket) {
      socket.write(`${head}\r\n\r\n`);
      await drip(socket, good, 1_500);
    },
  },
  {
    name: "slow bodies without a key",
    share: 0.05,
    pauseMs: 1_000,
    async act(socket) {
      socket.write(`${head.replace(/authorization: .*\r\n/, "")}\r\n\r\n`);
      await drip(socket, good, 1_500);
    },
  },
  {
    name: "batches whose answers nobody takes",
    share: 0.01,
    pauseMs: 1_000,
    async act(socket) {
      socket.pause();
      const lines = `${good}\n`.repeat(5_000);
      socket.write(post("/v1/enforce", key, lines, "application/x-ndjson"));
      await pause(holdMs);
    },
  },
  {
    name: "pages and what is not there, without a pause",
    share: 0.04,
    pauseMs: 100,
    act: (socket) =>
      again(
        socket,
        `GET ${Math.random() < 0.5 ? "/healthz" : "/nothing"} HTTP/1.1\r\nhost: a\r\n\r\n`,
      ),
  },
  only("huge headers", 0.02, 2_000, () => `GET /healthz HTTP/1.1\r\nx: ${"x".repeat(200_000)}`),
  only("malformed JSON", 0.04, 1_000, () => post("/v1/enforce", key, `${good.slice(0, 90)}{`)),
  only("deep JSON", 0.004, 4_000, () => post("/v1/enforce", key, deep)),
  only("bodies of 1.9 MB", 0.004, 4_000, () => post("/v1/enforce", key, huge)),
  only("bodies beyond the limit", 0.002, 4_000, () => post("/v1/enforce", key, huge + huge)),
  only("no HTTP", 0.02, 2_000, () => `\x16\x03\x01${"\0\xff".repeat(400)}`),
  only("two lengths", 0.01, 2_000, () =>
    post("/v1/enforce", key, good).replace("\r\n", "\r\ncontent-length: 3\r\n"),
  ),
  only("a hundred at once", 0.002, 4_000, () => post("/v1/enforce", key, good).repeat(100)),
  {
    name: "gone before the answer",
    share: 0.04,
    pauseMs: 1_000,
    async act(socket) {
      socket.write(post("/v1/enforce", key, good));
      await pause(5 * Math.random());
    },
  },
  {
    name: "gone within the body",
    share: 0.01,
    pauseMs: 1_000,
    async act(socket) {
      socket.write(post("/v1/execute", key, good).slice(0, -50));
      await pause(50);
    },
  },
];

const acts: Record<string, number> = {};
let open = 0;

async function client(kind: Kind): Promise<never> {
  await pause(3_000 * Math.random());
  for (;;) {
    await once(kind);
    await pause(kind.pauseMs * (0.5 + Math.random()));
  }
}

/** One connection, to its end on either side. */
async function once({ name, act }: Kind): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1" });
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  socket.on("error", () => {});
  socket.on("connect", () => {
    open += 1;
    socket.once("close", () => {
      open -= 1;
    });
  });
  let heard = "";
  if (name !== "batches whose answers nobody takes") {
    socket.on("data", (piece: Buffer) => {
      heard += piece.toString("latin1");
    });
  }
  acts[name] = 1 + (acts[name] ?? 0);
  await Promise.race([act(socket), closed]);
  socket.destroy();
  await closed;
  for (const [answer] of heard.matchAll(/\{"decision":"EXECUTE"[^}]*\}/g)) {
    released.add("enforce", answer);
  }
}

for (const kind of KINDS) {
  const count = Math.max(1, Math.round(Number(connections) * kind.share));
  for (let at = 0; at < count; at += 1) void client(kind);
}
process.on("message", () => process.send?.({ open, acts }));
process.on("SIGTERM", () => {
  released.close();
  process.exit();
});
process.on("disconnect", () => process.exit());
process.send?.({ kind: "ready" });
