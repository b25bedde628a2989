import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { endWithUs } from "./living.ts";
import { Skipped } from "./system.ts";

const ledgers = join(import.meta.dirname, "ledgers");
const PATIENCE_MS = 20_000;

/** Somebody else's program, running. */
export interface Program {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Who runs it; this user if left out. */
export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

/** Starts a program, which ends with this process, and waits until something listens at `address`. */
export async function run(
  program: string,
  args: readonly string[],
  address: { readonly path: string } | { readonly port: number; readonly host: string },
  as: RunAs = {},
): Promise<Program> {
  const child = spawn(program, args, { ...as, stdio: ["ignore", "ignore", "pipe"] });
  let told = "";
  child.stderr.on("data", (chunk: Buffer) => {
    told = (told + String(chunk)).slice(-2000);
  });
  const ended = once(child, "exit");
  endWithUs(child);
  await listening(child, address, () => told);
  return {
    pid: child.pid ?? 0,
    async stop() {
      child.kill("SIGINT");
      await ended;
    },
  };
}

async function listening(
  child: ChildProcess,
  address: Parameters<typeof run>[2],
  told: () => string,
): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until && child.exitCode === null) {
    if (await isListening(address)) return;
    await sleep(50);
  }
  child.kill("SIGKILL");
  throw new Skipped(`it did not start: ${lastLine(told())}`);
}

function isListening(address: Parameters<typeof run>[2]): Promise<boolean> {
  const socket = connect(address);
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  }).then((answer) => {
    socket.destroy();
    return answer === true;
  });
}

/** Runs a program to its end. Throws `Skipped` with its last words if it fails. */
export function runOnce(
  program: string,
  args: readonly string[],
  options: RunAs & { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: "utf8",
    ...options,
  });
  if (error !== undefined) throw new Skipped(`${program} cannot be run here`);
  if (status !== 0) throw new Skipped(`${program} failed: ${lastLine(stderr)}`);
  return stdout;
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}

/** Builds one of the ledgers in Go, at the versions that its module file pins. */
export function builtLedger(name: string, tools: string): string {
  requireGo();
  mkdirSync(tools, { recursive: true });
  const program = join(tools, name);
  runOnce("go", ["build", "-mod=readonly", "-o", program, `./${name}`], { cwd: ledgers });
  return program;
}

/** Installs a program of a Go module at exactly this version. */
export function installed(name: string, path: string, version: string, tools: string): string {
  const folder = join(tools, `${name}-${version}`);
  const program = join(folder, name);
  if (existsSync(program)) return program;
  requireGo();
  mkdirSync(folder, { recursive: true });
  runOnce("go", ["install", `${path}@${version}`], { env: { ...process.env, GOBIN: folder } });
  return program;
}

function requireGo(): void {
  if (spawnSync("go", ["version"]).status !== 0) throw new Skipped("Go is not installed here");
}
