import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../root.ts";

const absent = spawnSync("python3", ["--version"]).status !== 0;
export const withoutPython: string | false = absent && "install python3 to try its client";

/** What the Python client returns for each of these calls; see ask.py. */
export async function askInPython(calls: readonly object[]): Promise<unknown[]> {
  const script = join(root, "test", "clients", "ask.py");
  const child = spawn("python3", [script, join(root, "clients", "python")]);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (piece: Buffer) => out.push(piece));
  child.stderr.on("data", (piece: Buffer) => err.push(piece));
  child.stdin.end(calls.map((call) => `${JSON.stringify(call)}\n`).join(""));
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`python3 ended with ${code}: ${Buffer.concat(err)}`);
  const lines = String(Buffer.concat(out)).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line));
}
