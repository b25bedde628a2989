import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { OperatorError } from "./operator-error.ts";
import type { ChildMessage } from "./processes/child.ts";

export type Role = "bucket" | "gateway" | "audit";

export interface Started {
  readonly role: Role;
  readonly port: number | undefined;
  readonly pid: number;
  /** Settles when the process has ended, with how. */
  readonly ended: Promise<string>;
  /** Asks it to stop and waits; kills it after ten seconds. */
  stop(): Promise<void>;
}

const program = join(import.meta.dirname, "..", "bin", "writ.js");
const patience = 10_000;

/** Starts one process of `writ serve` and waits until it can do its work. */
export function startRole(
  role: Role,
  flags: readonly string[],
  onNote: (line: string) => void,
): Promise<Started> {
  const child = fork(program, ["serve", "--only", role, ...flags], {
    stdio: ["ignore", 1, 2, "ipc"],
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
          stop: () => stop(child, ended),
        });
      }
    });
    child.once("error", reject);
    void ended.then((how) =>
      reject(new OperatorError(`${role}: ended before it was ready (${how})`)),
    );
  });
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill("SIGTERM");
  const killer = setTimeout(() => child.kill("SIGKILL"), patience);
  await ended;
  clearTimeout(killer);
}
