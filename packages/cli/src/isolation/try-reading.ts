import { spawnSync } from "node:child_process";
import type { User } from "./users.ts";

/** Reads as little as shows that it can; says which of the paths it could. */
const PROGRAM = `
const { closeSync, openSync, readdirSync, readSync, statSync } = require("node:fs");
const could = JSON.parse(process.argv[1]).filter((path) => {
  try {
    if (statSync(path).isDirectory()) return readdirSync(path), true;
    const file = openSync(path, "r");
    readSync(file, Buffer.alloc(1));
    return closeSync(file), true;
  } catch {
    return false;
  }
});
process.stdout.write(JSON.stringify(could));`;

/**
 * Which of these files and folders a process of this user can really read: the last word, since it
 * asks the system itself. `undefined` where we may not start one (only root may), or it failed.
 */
export function tryReading(user: User, paths: readonly string[]): ReadonlySet<string> | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const run = spawnSync(process.execPath, ["-e", PROGRAM, JSON.stringify(paths)], {
    ...user,
    cwd: "/",
    env: {},
    encoding: "utf8",
    timeout: 20_000,
  });
  return run.status === 0 ? new Set(JSON.parse(run.stdout) as string[]) : undefined;
}
