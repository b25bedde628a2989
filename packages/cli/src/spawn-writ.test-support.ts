import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The root of the clone. */
export const root: string = join(import.meta.dirname, "..", "..", "..");
export const airline: string = join(root, "policies", "airline");

const program = join(root, "packages", "cli", "bin", "writ.js");

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

export function startWrit(args: readonly string[]): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [program, ...args], { cwd: root });
  // What reads no input may end before it is written.
  child.stdin.on("error", () => {});
  return child;
}

/** Runs `writ` to its end, with this on standard input. */
export async function spawnWrit(
  args: readonly string[],
  input: string | Uint8Array = "",
): Promise<Ended> {
  const child = startWrit(args);
  child.stdin.end(input);
  const texts = [child.stdout, child.stderr].map(async (stream) => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  });
  const [code] = (await once(child, "close")) as [number | null];
  const [out = "", error = ""] = await Promise.all(texts);
  return { code, out, error };
}

const folders: string[] = [];
process.once("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Gone with the process. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "writ-"));
  folders.push(folder);
  return folder;
}
