import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** An MCP server that is started as a program. */
export interface ServerProgram {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What the specification leaves a server to end by itself, and then after TERM. */
const GOODBYE_MS = 500;
const TERM_MS = 1_000;
/** Of what one run writes to standard error, so much is told. */
const MOST_TOLD = 65_536;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Runs the program for one connection: what comes in goes to its standard input, its standard output
 * goes back, byte for byte, and neither outlives the other. Resolves when all of it is gone.
 */
export async function runFor(
  { name, command, args, cwd, environment }: ServerProgram,
  socket: Socket,
  tell: (line: string) => void,
): Promise<void> {
  // A group of its own: what a program starts in turn is ended with it.
  const child = spawn(command, [...args], {
    cwd,
    env: environment,
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", (error) => {
      tell(`${name}: cannot start ${command}: ${error.message}`);
      resolve();
    });
  });
  const left = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  tellErrors(child, name, tell);
  child.stdin.on("error", () => {});
  socket.on("error", () => socket.destroy());
  socket.pipe(child.stdin);
  child.stdout.pipe(socket);
  await Promise.race([ended, left]);
  socket.unpipe(child.stdin);
  await end(child, ended);
  // The last of what it wrote is on its way already.
  socket.destroySoon();
}

async function end(child: Child, ended: Promise<void>): Promise<void> {
  child.stdin.end();
  for (const [signal, patience] of [
    ["SIGTERM", GOODBYE_MS],
    ["SIGKILL", TERM_MS],
  ] as const) {
    const isOver = await Promise.race([
      ended.then(() => true),
      sleep(patience, false, { ref: false }),
    ]);
    if (isOver) break;
    signalGroup(child, signal);
  }
  await ended;
  // What it started in turn may still hold its ends of the pipes.
  signalGroup(child, "SIGKILL");
  child.stdout.destroy();
  child.stderr.destroy();
}

function signalGroup({ pid }: Child, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // None of it is left.
  }
}

/** A server's own words go to the operator, of whose terminal they may not take hold. */
function tellErrors(child: Child, name: string, tell: (line: string) => void): void {
  let told = 0;
  let rest = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (told > MOST_TOLD) return;
    told += text.length;
    const lines = `${rest}${text}`.split("\n");
    rest = (lines.pop() ?? "").slice(0, 1_000);
    for (const line of lines) tell(`${name}: ${line.replace(/\p{C}/gu, " ").slice(0, 1_000)}`);
    if (told > MOST_TOLD) tell(`${name}: writes more than is told`);
  });
  child.stderr.on("error", () => {});
}
