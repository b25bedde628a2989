import { lstatSync, rmSync } from "node:fs";
import { isListening } from "./is-listening.ts";
import { requireSocketPath, SocketPathRefused } from "./socket-path.ts";

/**
 * Makes a path free to listen on: removes a socket that a dead Bucket left. What listens, and what
 * is no socket, stays, and SocketPathRefused says so.
 */
export async function vacateSocket(path: string): Promise<void> {
  requireSocketPath(path);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw taken(`${path} is not a socket; move it away`);
  if (await isListening(path)) throw taken(`a process listens on ${path}; stop it first`);
  rmSync(path, { force: true });
}

function taken(message: string): SocketPathRefused {
  return new SocketPathRefused("SOCKET_PATH_TAKEN", message);
}
