import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { endWithUs } from "./living.ts";

/** A Node process of this run. */
export interface Child {
  readonly pid: number;
  /** Sends a message and gives the next one that comes back. */
  ask(message: string | object): Promise<unknown>;
  /** Its exit code when it has ended, null where a signal ended it. */
  readonly exitCode: Promise<number | null>;
  stop(): Promise<void>;
}

/**
 * Starts a process and gives its first message but notes, which says that it is ready.
 *
 * @param nodeFlags of the process's Node itself
 */
export async function start(
  script: string,
  args: readonly string[],
  nodeFlags: readonly string[] = [],
): Promise<{ readonly child: Child; readonly ready: unknown }> {
  const process = fork(script, args, {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: [...nodeFlags],
  });
  endWithUs(process);
  const ended = once(process, "exit");
  let ready = await nextMessage(process, script);
  while (isNote(ready)) ready = await nextMessage(process, script);
  const child: Child = {
    pid: process.pid ?? 0,
    exitCode: ended.then(([code]) => code),
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

/** What a process of `writ serve` has to tell its operator. */
function isNote(message: unknown): boolean {
  return (
    typeof message === "object" && message !== null && "kind" in message && message.kind === "note"
  );
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
