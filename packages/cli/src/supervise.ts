import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { User } from "./isolation/users.ts";
import { OperatorError } from "./operator-error.ts";
import type { ChildMessage } from "./processes/child.ts";

export type Role = "bucket" | "gateway" | "audit";

/** With the one that runs MCP servers, where there are programs to run. */
export type ProcessRole = Role | "servers";

export interface Started {
  readonly role: ProcessRole;
  readonly port: number | undefined;
  readonly pid: number;
  /** Settles when the process has ended, with how. */
  readonly ended: Promise<string>;
  /** Asks it to stop and waits; kills it after ten seconds, or as long as it has asked for. */
  stop(): Promise<void>;
}

const program = join(import.meta.dirname, "..", "bin", "writ.js");
const patience = 10_000;

/** What a process may do, from before its first line on. */
export interface Confinement {
  /** Flags of Node itself. */
  readonly nodeFlags: readonly string[];
  /** Whom it runs as; this process's own user without it. */
  readonly user: User | undefined;
  /** Where it runs: the data folder, which it may not look into as a whole. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts one process of `writ serve` and waits until it can do its work. */
export function startRole(
  role: ProcessRole,
  flags: readonly string[],
  { nodeFlags, user, cwd, environment }: Confinement,
  onNote: (line: string) => void,
): Promise<Started> {
  const child = fork(program, ["serve", "--only", role, ...flags], {
    stdio: ["ignore", 1, 2, "ipc"],
    execArgv: [...nodeFlags],
    ...user,
    cwd,
    env: environment,
  });
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ?? `exit ${code}`));
  });
  return new Promise((resolve, reject) => {
    child.on("message", (message: ChildMessage) => {
      if (message.kind === "note") onNote(`${role}: ${message.line}`);
      if (message.kind === "failed") reject(new OperatorError(`${role}: ${message.line}`));
      if (message.kind === "ready") {
        resolve({
          role,
          port: message.port,
          pid: child.pid ?? 0,
          ended,
          stop: () => stop(child, ended, message.stopMs ?? patience),
        });
      }
    });
    child.once("error", reject);
    void ended.then((how) =>
      reject(new OperatorError(`${role}: ended before it was ready (${how})`)),
    );
  });
}

async function stop(
  child: ChildProcess,
  ended: Promise<string>,
  patienceMs: number,
): Promise<void> {
  child.kill("SIGTERM");
  const killer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  await ended;
  clearTimeout(killer);
}
