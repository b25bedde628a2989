import { join } from "node:path";

const program = join(import.meta.dirname, "..", "..", "bin", "writ.js");

/** A process of `writ serve`, as a parent would start it. */
export interface Command {
  /** Flags of Node itself. */
  readonly nodeFlags: readonly string[];
  /** Of `writ`, every path in them absolute. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Begins this process anew under Node's flags, in its place: a service manager goes on seeing the one
 * that it started. Returns where that was done already, by a parent or by this function, and where
 * the system has no such call (Windows).
 */
export function beginConfined({ nodeFlags, args, cwd, environment }: Command): void {
  if (process.permission !== undefined || process.send !== undefined) return;
  if (process.execve === undefined) return;
  process.chdir(cwd);
  const node = [process.execPath, ...process.execArgv, ...nodeFlags];
  process.execve(process.execPath, [...node, program, ...args], environment);
}
