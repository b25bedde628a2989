import { spawnSync } from "node:child_process";
import type { User } from "./users.ts";

/** Reads as little as shows that it can, and changes nothing; says which of the paths it could. */
const PROGRAM = `
const { accessSync, closeSync, constants, openSync, readdirSync, readSync, statSync } = require("node:fs");
const paths = JSON.parse(process.argv[1]);
const could = (attempt) => paths.filter((path) => {
  try {
    return attempt(path), true;
  } catch {
    return false;
  }
});
const read = could((path) => {
  if (statSync(path).isDirectory()) return readdirSync(path);
  const file = openSync(path, "r");
  readSync(file, Buffer.alloc(1));
  closeSync(file);
});
const changed = could((path) => accessSync(path, constants.W_OK));
process.stdout.write(JSON.stringify({ read, changed }));`;

/** Paths that somebody can read, and that somebody can change. */
export interface Tried {
  readonly read: ReadonlySet<string>;
  readonly changed: ReadonlySet<string>;
}

/**
 * Which of these files and folders a process of this user can really read, and which it could change:
 * the last word, since it asks the system itself. `undefined` where we may not start one (only root may), or it failed.
 */
export function tryReaching(user: User, paths: readonly string[]): Tried | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const run = spawnSync(process.execPath, ["-e", PROGRAM, JSON.stringify(paths)], {
    ...user,
    cwd: "/",
    env: {},
    encoding: "utf8",
    timeout: 20_000,
  });
  if (run.status !== 0) return undefined;
  const { read, changed }: Record<keyof Tried, string[]> = JSON.parse(run.stdout);
  return { read: new Set(read), changed: new Set(changed) };
}
