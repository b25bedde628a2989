import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { freshDirectory, ORIGIN } from "./bucket.test-support.ts";
import { MESSAGE_BYTES, MessageDecoder, type WireMessage } from "./framing.ts";
import {
  type AppendMessage,
  decodeAppend,
  encodeAccepted,
  encodeHello,
  MESSAGE,
} from "./messages.ts";

/** Something at the socket that is not our Bucket and does what a test says. */
export async function impostor(t: TestContext, meet: (socket: Socket) => void): Promise<string> {
  const socketPath = join(freshDirectory(t), "other.sock");
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    t.after(() => socket.destroy());
    meet(socket);
  }).listen(socketPath);
  await once(server, "listening");
  t.after(() => server.close());
  return socketPath;
}

export const hello = (version = 1): Uint8Array =>
  encodeHello({
    version,
    challenge: new Uint8Array(32),
    logKeyHash: new Uint8Array(32),
    origin: ORIGIN,
  });

/** A peer that lets the writer in and hands every append message to `meet`. */
export function lenient(
  t: TestContext,
  meet: (socket: Socket, message: AppendMessage) => void,
): Promise<string> {
  return impostor(t, (socket) => {
    const decoder = new MessageDecoder(MESSAGE_BYTES);
    socket.write(hello());
    socket.on("data", (chunk: Uint8Array) => {
      decoder.push(chunk);
      for (let next = decoder.next(); next !== undefined; next = decoder.next()) met(next);
    });
    const met = ({ type, body }: WireMessage): void => {
      if (type === MESSAGE.answer) socket.write(encodeAccepted());
      else meet(socket, decodeAppend(body));
    };
  });
}
