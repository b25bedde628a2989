import { type ChildProcess, spawn } from "node:child_process";
import { after } from "node:test";
import { program } from "./serving.ts";

/** `writ witness` in a process of its own. */
export interface WitnessProcess {
  readonly url: string;
  readonly vkey: string;
  readonly pid: number;
  /** What it wrote so far. */
  output(): string;
  /** Sends a signal; resolves with the exit code, or `null` if the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts a witness on `data` and waits until it listens; rejects with what it wrote if it ends. */
export function startWitness(data: string, ...args: readonly string[]): Promise<WitnessProcess> {
  const flags = ["--data", data, "--listen", "127.0.0.1:0", ...args];
  const child = spawn(process.execPath, [program, "witness", ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  // A test that fails on the way must not leave a server behind.
  after(() => child.kill("SIGKILL"));
  return listening(child);
}

function listening(child: ChildProcess): Promise<WitnessProcess> {
  let output = "";
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      output += String(chunk);
      if (!output.includes("witnessing until")) return;
      resolve({
        url: lineOf("witness", output),
        vkey: lineOf("vkey", output),
        pid: child.pid ?? 0,
        output: () => output,
        end(signal) {
          child.kill(signal);
          return ended;
        },
      });
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    void ended.then((code) => reject(new Error(`writ witness ended with ${code}: ${output}`)));
  });
}

function lineOf(word: string, output: string): string {
  const found = new RegExp(`^${word} +(\\S+)$`, "m").exec(output)?.[1];
  if (found === undefined) throw new Error(`no ${word} in: ${output}`);
  return found;
}
