import { chmodSync, mkdirSync, rmSync, statSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { ServerSettings, Settings } from "../config/table.ts";
import { deploymentAt, SERVERS, serverSocket } from "../deployment.ts";
import { runFor, type ServerProgram } from "../mcp/server-program.ts";
import { describe, OperatorError } from "../operator-error.ts";
import { type Running, tell } from "./child.ts";

export interface ServersOptions {
  readonly settings: Settings;
  readonly data: string;
}

/** What programs mostly need to run at all; none of it is a secret. */
const HARMLESS = ["HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "USER"];
const STOP_MS = 5_000;

/**
 * Starts the process that runs the MCP servers of programs. The gateway, which hears strangers, starts
 * no program: it is given a socket for each, and a connection to it is a run of the program.
 */
export async function startServers({ settings, data }: ServersOptions): Promise<Running> {
  const cwd = process.cwd();
  process.chdir(deploymentAt(data).data);
  mkdirSync(SERVERS, { recursive: true, mode: 0o700 });
  const programs = [...settings.mcp.servers].flatMap(([name, of]) => programOf(name, of, cwd));
  const doors = await Promise.all(programs.map(openDoor));
  return {
    stopMs: STOP_MS,
    async stop() {
      await Promise.all(doors.map((door) => door.close()));
    },
  };
}

function programOf(name: string, of: ServerSettings, cwd: string): readonly ServerProgram[] {
  const { command, args, env } = of;
  if (command === null) return [];
  const missing = env.find((variable) => process.env[variable] === undefined);
  if (missing !== undefined) {
    throw new OperatorError(`mcp.servers.${name}.env: set the variable ${missing}`);
  }
  const environment = Object.fromEntries(
    [...HARMLESS, ...env].flatMap((variable) => {
      const value = process.env[variable];
      return value === undefined ? [] : [[variable, value] as const];
    }),
  );
  return [{ name, command, args, cwd: of.cwd ?? cwd, environment }];
}

function note(line: string): void {
  tell({ kind: "note", line });
}

interface Door {
  close(): Promise<void>;
}

/** A socket that the gateway's user alone may open; one connection, one run, at a time. */
async function openDoor(program: ServerProgram): Promise<Door> {
  const path = serverSocket(program.name);
  const sockets = new Set<Socket>();
  let last: Promise<void> = Promise.resolve();
  let isClosing = false;
  const server = createServer((socket) => {
    sockets.add(socket.once("close", () => sockets.delete(socket)));
    // Whoever hangs up before its turn came needs no run.
    socket.on("error", () => socket.destroy());
    last = last.then(async () => {
      if (isClosing || socket.destroyed) return void socket.destroy();
      await runFor(program, socket, note).catch((error) => {
        socket.destroy();
        note(`${program.name}: cannot start ${program.command}: ${describe(error)}`);
      });
    });
  });
  rmSync(path, { force: true });
  await listening(server, path);
  return {
    async close() {
      isClosing = true;
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      await last;
    },
  };
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      // With a group for the gateway's user, as the folder has it where each has a user of its own.
      chmodSync(path, (statSync(SERVERS).mode & 0o2000) === 0 ? 0o600 : 0o660);
      resolve();
    });
  });
}
