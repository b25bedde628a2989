import { chmodSync, lchownSync, lstatSync, mkdirSync, readdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import { type Deployment, SERVERS } from "../deployment.ts";
import { OperatorError } from "../operator-error.ts";
import { type Owner, PARTS, type Part } from "./parts.ts";
import type { User, Users } from "./users.ts";

/**
 * Gives each part of a data folder to whose it is; needs root. What is inside a part is looked at
 * only as long as root has the part: in a folder that is another's already, a link could be put in
 * the way while root walks through. Throws OperatorError, or the system's error.
 */
export function handOver(deployment: Deployment, users: Users): void {
  if (process.getuid?.() !== 0) {
    throw new OperatorError("--users: only root can start processes as other users");
  }
  const owners: Readonly<Record<Owner, User>> = { ...users, operator: { uid: 0, gid: 0 } };
  mkdirSync(deployment.guard, { recursive: true, mode: 0o700 });
  for (const part of PARTS) give(part, part.path(deployment), owners);
}

/**
 * Gives the folder of MCP servers' sockets to the user who runs them; only the gateway's user can
 * connect to what is made in it. Throws OperatorError if there is no such user.
 */
export function giveServers({ data }: Deployment, { servers, gateway }: Users): void {
  if (servers === undefined) {
    throw new OperatorError(
      "--users: add servers=USER: mcp.servers has programs, which need a user of their own",
    );
  }
  const folder = join(data, SERVERS);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  requireOwnKind(folder, lstatSync(folder));
  set(folder, servers.uid, gateway.gid, 0o2750);
}

function give(part: Part, path: string, owners: Readonly<Record<Owner, User>>): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  // Keys that the operator keeps elsewhere.
  if (found === undefined) return;
  const { uid } = owners[part.owner];
  const { gid } = owners[part.group];
  if (found.uid !== 0 && found.uid !== uid) {
    throw new OperatorError(
      `${path} belongs to uid ${found.uid}, and --users gives it to ${uid}: stop what uses it, then chown -R root ${path}`,
    );
  }
  requireOwnKind(path, found);
  if (part.files !== undefined && found.uid === 0)
    giveInside(path, part.files, part.mode, uid, gid);
  set(path, uid, gid, part.mode);
}

/** From the inside out: a folder is its new owner's only after everything in it is. */
function giveInside(folder: string, files: number, mode: number, uid: number, gid: number): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const found = lstatSync(path);
    requireOwnKind(path, found);
    if (found.isDirectory()) giveInside(path, files, mode, uid, gid);
    // What a killed process left; the next one puts its own in its place.
    if (found.isSocket()) lchownSync(path, uid, gid);
    else set(path, uid, gid, found.isDirectory() ? mode : files);
  }
}

/** A hard link would give away what it leads to; a symbolic one, what is behind it. */
function requireOwnKind(path: string, found: Stats): void {
  if (found.isDirectory() || found.isSocket() || (found.isFile() && found.nlink === 1)) return;
  throw new OperatorError(`${path} is a link, or no file: put the file itself there`);
}

function set(path: string, uid: number, gid: number, mode: number): void {
  lchownSync(path, uid, gid);
  // After it, since a change of owner clears the set-group-id bit.
  chmodSync(path, mode);
  // Linux drops that bit without a word where root has not the right to set it for another's group.
  if ((lstatSync(path).mode & 0o7777) === mode) return;
  throw new OperatorError(
    `${path}: the system dropped the set-group-id bit, by which processes share what they make: give writ serve CAP_FSETID`,
  );
}
