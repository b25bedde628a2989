import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { root } from "./root.ts";

export const program: string = join(root, "packages", "cli", "bin", "writ.js");
export const airline: string = join(root, "policies", "airline");

/** Recorded calls of an airline agent: not part of the project, so a test may have to do without. */
const recordedFolder =
  process.env.WRIT_AIRLINE_DATA ?? join(root, "..", "shared", "data", "airline");

/** The lines of both trials, or why there are none. */
export function recordedCalls():
  | { readonly lines: readonly string[] }
  | { readonly missing: string } {
  try {
    const lines = ["trial-0.jsonl", "trial-1.jsonl"].flatMap((name) =>
      readFileSync(join(recordedFolder, name), "utf8").trimEnd().split("\n"),
    );
    return { lines };
  } catch {
    return { missing: `no recorded calls in ${recordedFolder}: set WRIT_AIRLINE_DATA` };
  }
}

/** A folder that is gone after the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "writ-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `writ` to its end. */
export async function writ(
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly input?: string;
  } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: options.cwd ?? root,
    env: options.env ?? process.env,
  });
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  return collect(child);
}

async function collect(child: ChildProcess): Promise<Ended> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout: String(Buffer.concat(out)), stderr: String(Buffer.concat(err)) };
}

/**
 * How a child with a channel ended: exit code, or the signal that ended it. Settles once all is read
 * that it wrote on standard error and told over the channel, which may be after its exit; `close` of
 * Node's own never comes where we hung up the channel.
 */
export async function endOf(child: ChildProcess): Promise<number | string> {
  const { stderr } = child;
  const [how] = await Promise.all([
    new Promise<number | string>((resolve) => {
      child.once("exit", (code, signal) => resolve(signal ?? code ?? 0));
    }),
    new Promise((resolve) => child.once("disconnect", resolve)),
    new Promise((resolve) => (stderr === null ? resolve(null) : stderr.once("close", resolve))),
  ]);
  return how;
}

export interface ServingProcess {
  readonly gateway: string;
  readonly audit: string;
  readonly pid: number;
  /** What it wrote so far. */
  output(): string;
  /** Ctrl-C; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Starts `writ serve` on free ports and waits until it serves. */
export function serve(data: string, ...more: readonly string[]): Promise<ServingProcess> {
  const ports = ["--listen", "127.0.0.1:0", "--audit-listen", "127.0.0.1:0"];
  return serveWith(["--policy", airline, "--data", data, ...ports, ...more]);
}

/** Starts `writ serve` with these arguments, and waits until it serves. */
export async function serveWith(args: readonly string[]): Promise<ServingProcess> {
  const child = spawn(process.execPath, [program, "serve", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  // A test that fails on the way must not leave a server behind.
  after(() => child.kill("SIGTERM"));
  let output = "";
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const ready = new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      output += String(chunk);
      if (output.includes("serving until")) resolve();
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    void ended.then((code) => reject(new Error(`writ serve ended with ${code}: ${output}`)));
  });
  await ready;
  return {
    gateway: urlAfter("gateway", output),
    audit: urlAfter("audit", output),
    pid: child.pid ?? 0,
    output: () => output,
    stop() {
      child.kill("SIGINT");
      return ended;
    },
  };
}

function urlAfter(word: string, output: string): string {
  const found = new RegExp(`^${word} +(http://\\S+)$`, "m").exec(output)?.[1];
  if (found === undefined) throw new Error(`no ${word} URL in: ${output}`);
  return found;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** One attempt over HTTP. */
export async function enforce(gateway: string, body: string | Uint8Array): Promise<HttpAnswer> {
  const response = await fetch(`${gateway}/v1/enforce`, {
    method: "POST",
    body: typeof body === "string" ? body : Buffer.from(body),
  });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
  };
}

/** Runs `work` on each item, `width` at a time; results keep the order. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) {
      results[at] = await work(items[at] as T);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}
