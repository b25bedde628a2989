import { fork } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { AGENTS_SOCKET } from "../deployment.ts";
import { claimedSocket } from "../gate/claim.ts";
import { OperatorError } from "../operator-error.ts";
import type { ChildMessage } from "../processes/child.ts";
import { enterAs } from "./agents-socket.ts";
import { attend } from "./attendance.ts";

export interface RelayOptions {
  readonly data: string;
  /** `host.caller` of this agent. */
  readonly caller: string | null;
  /** The flags of `writ serve` that start all of it where nothing runs; every path in them absolute. */
  readonly serveFlags: readonly string[];
}

const program = join(import.meta.dirname, "..", "..", "bin", "writ.js");
/** Starting may take a machine some time; a client waits about as long. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 100;

/** An agent's way in: to the gateway, and, where that runs for agents alone, among those it runs for. */
interface Way {
  readonly gateway: Socket;
  readonly host: Socket | null;
}

/**
 * Carries an agent's standard input to the gateway that serves the data folder and the answers back,
 * byte for byte, until either ends. Starts a gateway where none runs. Returns the exit code.
 */
export async function relay(
  options: RelayOptions,
  input: Readable,
  output: Writable,
): Promise<number> {
  const way = await find(options);
  const isCut = await carry(way.gateway, input, output);
  way.host?.destroy();
  if (isCut) process.stderr.write("writ: the gateway went away\n");
  return isCut ? 1 : 0;
}

/** Resolves with whether the gateway ended it, rather than the agent. */
function carry(gateway: Socket, input: Readable, output: Writable): Promise<boolean> {
  let isAsked = false;
  const leave = (): void => {
    isAsked = true;
    gateway.destroy();
  };
  process.once("SIGINT", leave).once("SIGTERM", leave);
  // Once nothing more comes in, what was asked for is still answered.
  input.once("end", () => {
    isAsked = true;
  });
  input.once("error", leave);
  input.pipe(gateway);
  gateway.pipe(output, { end: false });
  return new Promise((resolve) => {
    gateway.on("error", () => gateway.destroy());
    gateway.once("end", () => gateway.end());
    gateway.once("close", () => {
      process.off("SIGINT", leave).off("SIGTERM", leave);
      input.unpipe(gateway);
      input.pause();
      resolve(!isAsked);
    });
  });
}

async function find(options: RelayOptions): Promise<Way> {
  const { data, caller } = options;
  const here = process.cwd();
  mkdirSync(data, { recursive: true, mode: 0o700 });
  process.chdir(data);
  const latest = performance.now() + PATIENCE_MS;
  while (performance.now() < latest) {
    const host = await attend();
    const gateway = await enterAs(AGENTS_SOCKET, caller);
    if (!("reason" in gateway)) return { gateway, host };
    host?.destroy();
    if (gateway.reason === "refused") throw new OperatorError(gateway.why);
    if (host === null) await startHost(options, here).catch(unlessHeld);
    await sleep(PAUSE_MS);
  }
  throw new OperatorError(`no gateway came to serve ${data} within ${PATIENCE_MS / 1_000} s`);
}

/** Whoever holds the folder is about to serve it, or to leave it: either is worth waiting for. */
async function unlessHeld(error: unknown): Promise<void> {
  if ((await claimedSocket("gateway")) === null) throw error;
}

/**
 * Starts `writ serve` for agents, apart from this process: it serves others too, and outlives this
 * one. Resolves when it serves, or has left it to another that was sooner.
 */
async function startHost({ data, serveFlags }: RelayOptions, cwd: string): Promise<void> {
  const log = openSync(join("agents", "log"), "w", 0o600);
  const child = fork(program, ["serve", "--for-agents", ...serveFlags], {
    cwd,
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  await new Promise<void>((resolve, reject) => {
    child.on("message", (message: ChildMessage) => {
      if (message.kind === "failed") reject(new OperatorError(message.line));
      if (message.kind === "ready") resolve();
    });
    child.once("error", reject);
    child.once("exit", (code) => {
      if (code === 0) resolve();
      else
        reject(new OperatorError(`the gateway did not start: see ${join(data, "agents", "log")}`));
    });
  });
  if (child.connected) child.disconnect();
  child.unref();
}
