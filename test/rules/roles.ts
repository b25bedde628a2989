import { type ChildProcess, spawn } from "node:child_process";
import type { ChildMessage } from "../../packages/cli/src/processes/child.ts";
import { endOf, program } from "../serving.ts";

export type Role = "bucket" | "gateway" | "audit";

// A test that fails on the way leaves no process behind; where this one is killed, its children see
// their channel close.
const living = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of living) child.kill("SIGKILL");
});

/** One of the processes that `writ serve` starts, started alone as a service manager would. */
export class RoleProcess {
  readonly pid: number;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  readonly #child: ChildProcess;
  readonly #notes: string[] = [];
  #port = 0;
  #stderr = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.ended = endOf(child);
    child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr += String(chunk);
    });
    child.on("message", (message: ChildMessage) => {
      if (message.kind === "note") this.#notes.push(message.line);
    });
    living.add(child);
    child.once("exit", () => living.delete(child));
  }

  /** Starts it and waits until it can do its work. */
  static start(role: Role, flags: readonly string[], uid?: number): Promise<RoleProcess> {
    return RoleProcess.startProgram([program, "serve", "--only", role, ...flags], uid);
  }

  /** The same of a program that tells its parent what a role tells. */
  static async startProgram(words: readonly string[], uid?: number): Promise<RoleProcess> {
    const child = spawn(process.execPath, words, {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    const one = new RoleProcess(child);
    const called = words.join(" ");
    const ready = new Promise<number>((resolve, reject) => {
      child.on("message", (message: ChildMessage) => {
        if (message.kind === "ready") resolve(message.port ?? 0);
        if (message.kind === "failed") reject(new Error(`${called}: ${message.line}`));
      });
      void one.ended.then((how) => reject(new Error(`${called}: ${how}: ${one.stderr}`)));
    });
    one.#port = await ready;
    return one;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** What it told its operator, beside what it wrote. */
  get notes(): readonly string[] {
    return this.#notes;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** `kill -9`; resolves once it is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }

  /** As the end of its parent would stop it: what is under way ends first. */
  async stop(): Promise<number | string> {
    if (this.#child.connected) this.#child.disconnect();
    return this.ended;
  }
}
