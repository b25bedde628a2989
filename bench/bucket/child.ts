import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { endWithUs } from "./living.ts";

/** A Node process of this run. */
export interface Child {
  readonly pid: number;
  /** Sends a message and gives the next one that comes back. */
  ask(message: string | object): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts a process and gives its first message, which says that it is ready. */
export async function start(
  script: string,
  args: readonly string[],
): Promise<{ readonly child: Child; readonly ready: unknown }> {
  const process = fork(script, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  endWithUs(process);
  const ended = once(process, "exit");
  const ready = await nextMessage(process, script);
  const child: Child = {
    pid: process.pid ?? 0,
    ask(message) {
      const answer = nextMessage(process, script);
      process.send(message);
      return answer;
    },
    async stop() {
      if (process.connected) process.disconnect();
      process.kill("SIGTERM");
      await ended;
    },
  };
  return { child, ready };
}

function nextMessage(process: ChildProcess, script: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new Error(`${script} ended`));
    process.once("exit", fail);
    process.once("message", (message) => {
      process.off("exit", fail);
      resolve(message);
    });
  });
}
