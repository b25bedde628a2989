import { readFileSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { passwdText, type User } from "./users.ts";

/** A user with all groups. */
export interface Person {
  readonly uid: number;
  readonly gids: ReadonlySet<number>;
}

/** The groups that the system gives this user, besides the one named. */
export function person(
  { uid, gid }: User,
  passwd: string = passwdText(),
  groups: string = groupText(),
): Person {
  const [name, , , primary] =
    passwd
      .split("\n")
      .map((line) => line.split(":"))
      .find(([, , id]) => id === String(uid)) ?? [];
  const gids = groups
    .split("\n")
    .map((line) => line.split(":"))
    .filter(([, , , members]) => name !== undefined && members?.split(",").includes(name))
    .map(([, , id]) => Number(id));
  const own = primary === undefined ? [] : [Number(primary)];
  return { uid, gids: new Set([gid, ...own, ...gids]) };
}

function groupText(): string {
  try {
    return readFileSync("/etc/group", "utf8");
  } catch {
    return "";
  }
}

const BITS = { read: 4, change: 2, pass: 1 } as const;

/** Whether owners and modes let somebody read a file or folder: it, and all the way to it. */
export function mayRead(who: Person, path: string): boolean {
  return allowsThere(who, path, "read") && mayReach(who, path);
}

/** Whether they let somebody change a file, or what a folder holds. */
export function mayChange(who: Person, path: string): boolean {
  return allowsThere(who, path, "change") && mayReach(who, path);
}

/** Whether they let somebody come as far as the folder that holds it. */
export function mayReach(who: Person, path: string): boolean {
  for (let at = dirname(path); ; at = dirname(at)) {
    if (!allowsThere(who, at, "pass")) return false;
    if (at === dirname(at)) return true;
  }
}

/** Nobody may do anything with what is gone. */
function allowsThere(who: Person, path: string, what: keyof typeof BITS): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && allows(who, stats, what);
}

/** As the system decides it: the first class that fits counts, and no other. */
function allows({ uid, gids }: Person, stats: Stats, what: keyof typeof BITS): boolean {
  if (uid === 0) return true;
  const shift = stats.uid === uid ? 6 : gids.has(stats.gid) ? 3 : 0;
  return ((stats.mode >> shift) & BITS[what]) !== 0;
}
