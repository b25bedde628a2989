import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ChildMessage } from "../../packages/cli/src/processes/child.ts";
import { program } from "../serving.ts";
import { freshFolder, type Place } from "./world.ts";

/** A system call that named a file. */
export interface TracedCall {
  readonly call: string;
  readonly path: string;
}

/**
 * Every path that a gateway names to the kernel from its first call to its last, when it shares its
 * data folder with the Bucket; undefined where there is no strace.
 */
export async function tracedFiles({
  deployment,
  policy,
}: Place): Promise<TracedCall[] | undefined> {
  if (spawnSync("strace", ["-V"]).status !== 0) return undefined;
  const trace = join(freshFolder(), "trace");
  const flags = ["--data", deployment.data, "--policy", policy, "--listen", "127.0.0.1:0"];
  const gateway = [process.execPath, program, "serve", "--only", "gateway", ...flags];
  const traced = ["-f", "--seccomp-bpf", "-e", "trace=%file", "-o", trace, ...gateway];
  const child = spawn("strace", traced, { stdio: ["ignore", "ignore", "ignore", "ipc"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await new Promise<void>((resolve, reject) => {
    child.on("message", ({ kind }: ChildMessage) => {
      if (kind === "ready") resolve();
    });
    void ended.then(() => reject(new Error("the traced gateway did not start")));
  });
  child.disconnect();
  await ended;
  const text = readFileSync(trace, "utf8");
  return text.split("\n").flatMap((line) => {
    const call = /(\w+)\(/.exec(line)?.[1] ?? "";
    return [...line.matchAll(/"([^"]*)"/g)].map(([, path = ""]) => ({ call, path }));
  });
}
