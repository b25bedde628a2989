import { readFileSync } from "node:fs";
import { OperatorError } from "../operator-error.ts";
import type { Role } from "../supervise.ts";

/** Whom a process runs as. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

export type Users = Readonly<Record<Role, User>> & {
  /** Of the process that runs MCP servers; needed where there are programs to run. */
  readonly servers?: User;
};

const ROLES: readonly Role[] = ["gateway", "bucket", "audit"];

/**
 * Reads `gateway=USER,bucket=USER,audit=USER`, each a name or a number, and `servers=USER` where it is
 * given. All different, and none of them root: otherwise they would keep nothing apart. Throws
 * OperatorError.
 */
export function parseUsers(text: string, passwd: string = passwdText()): Users {
  const given = new Map<string, User>();
  for (const part of text.split(",")) {
    const [role = "", name = "", ...rest] = part.split("=");
    const isKnown = role === "servers" || ROLES.some((known) => known === role);
    if (!isKnown || given.has(role) || rest.length > 0) {
      throw refused(text);
    }
    given.set(role, userNamed(name, passwd));
  }
  const [gateway, bucket, audit] = ROLES.map((role) => given.get(role));
  if (gateway === undefined || bucket === undefined || audit === undefined) throw refused(text);
  const servers = given.get("servers");
  const uids = [...given.values()].map(({ uid }) => uid);
  if (new Set(uids).size < uids.length || uids.includes(0)) {
    throw new OperatorError(`--users ${text}: give different users, and not root`);
  }
  return { gateway, bucket, audit, ...(servers === undefined ? {} : { servers }) };
}

function refused(text: string): OperatorError {
  return new OperatorError(`--users ${text}: give gateway=USER,bucket=USER,audit=USER`);
}

/** A line of the system's user table; a number that it does not have is its own group too. */
function userNamed(name: string, passwd: string): User {
  const lines = passwd
    .split("\n")
    .map((line) => line.split(":"))
    .filter(([, , uid, gid]) => /^\d+$/.test(uid ?? "") && /^\d+$/.test(gid ?? ""));
  const isNumber = /^\d{1,9}$/.test(name);
  const found = lines.find(([known, , uid]) => (isNumber ? uid === name : known === name));
  if (found !== undefined) return { uid: Number(found[2]), gid: Number(found[3]) };
  if (isNumber) return { uid: Number(name), gid: Number(name) };
  throw new OperatorError(`--users: there is no user ${name} on this machine; make it first`);
}

/** Everybody may read it; a machine without one knows numbers alone. */
export function passwdText(): string {
  try {
    return readFileSync("/etc/passwd", "utf8");
  } catch {
    return "";
  }
}
