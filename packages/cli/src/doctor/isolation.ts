import { lstatSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Deployment } from "../deployment.ts";
import { PARTS, type Part } from "../isolation/parts.ts";
import { mayChange, mayRead, person } from "../isolation/readable.ts";
import { tryReaching } from "../isolation/try-reaching.ts";
import type { User } from "../isolation/users.ts";
import type { Role } from "../supervise.ts";
import type { Check, Level } from "./checkup.ts";

type Finding = readonly [Level, string];

const ROLES = ["gateway", "bucket", "audit"] as const;

/**
 * What each process can read and change of the deployment: by owners and modes and, where we are root, by
 * really trying it as that user. A process's user is the owner of the process's own part.
 *
 * The gateway must not read the Bucket. `dev`: on a machine of one's own one user may have all.
 */
export function isolationChecks(deployment: Deployment, dev: boolean): readonly Check[] {
  const absent = ROLES.find((role) => !isThere(partOf(role).path(deployment)));
  if (absent !== undefined) {
    return [{ name: "users", level: "ok", line: `the ${absent}'s part is not kept here` }];
  }
  const users = usersOf(deployment);
  const shared = sharedUser(users, dev);
  if (shared !== undefined) return [{ name: "users", level: shared[0], line: shared[1] }];
  const line = ROLES.map((role) => `${role} uid ${users[role].uid}`).join(", ");
  return [
    { name: "users", level: "ok", line },
    ...ROLES.map((role): Check => {
      const [level, found] = reach(deployment, role, users[role]);
      return { name: `reach-${role}`, level, line: found };
    }),
  ];
}

function usersOf(deployment: Deployment): Readonly<Record<Role, User>> {
  const owner = (role: Role): User => {
    const { uid, gid } = statSync(partOf(role).path(deployment));
    // The Bucket's own folder has the audit's group; its guard has its own.
    return role === "bucket" ? { uid, gid: bucketGroup(deployment, gid) } : { uid, gid };
  };
  return { gateway: owner("gateway"), bucket: owner("bucket"), audit: owner("audit") };
}

function bucketGroup({ guard }: Deployment, otherwise: number): number {
  return statSync(guard, { throwIfNoEntry: false })?.gid ?? otherwise;
}

function partOf(name: string): Part {
  const found = PARTS.find((part) => part.name === name);
  if (found === undefined) throw new Error(`no part is called ${name}`);
  return found;
}

function sharedUser(users: Readonly<Record<Role, User>>, dev: boolean): Finding | undefined {
  const { gateway, bucket, audit } = users;
  const level = dev ? "warn" : "fail";
  if (gateway.uid === 0) {
    return [
      level,
      "the gateway's part is root's, and root reads everything: see writ serve --users",
    ];
  }
  if (gateway.uid === bucket.uid) {
    const who = audit.uid === bucket.uid ? "all three processes share" : "gateway and Bucket share";
    return [
      level,
      `${who} uid ${gateway.uid}, so the gateway can read the Bucket: see writ serve --users${dev ? "" : ", or --dev for a trial"}`,
    ];
  }
  return audit.uid === bucket.uid || audit.uid === gateway.uid
    ? [level, `the audit shares uid ${audit.uid} with another process: see writ serve --users`]
    : undefined;
}

/** Worst is a gateway at the Bucket; any part within reach of whom the plan does not name is wrong. */
function reach(deployment: Deployment, role: Role, user: User): Finding {
  const places = PARTS.flatMap((part) => samples(part, deployment).map((path) => ({ part, path })));
  const who = person(user);
  const tried = tryReaching(
    user,
    places.map(({ path }) => path),
  );
  const read = places.filter(({ path }) => tried?.read.has(path) === true || mayRead(who, path));
  const changed = places.filter(
    ({ path }) => tried?.changed.has(path) === true || mayChange(who, path),
  );
  const wrong =
    wrongly("read", read, (part) => part.readers.includes(role)) ??
    wrongly("change", changed, (part) => part.owner === role);
  if (wrong !== undefined) return ["fail", `the ${role}'s user can ${wrong}`];
  const missing = places.find(
    ({ part, path }) =>
      part.readers.includes(role) &&
      !(tried?.read.has(path) ?? mayRead(who, path)) &&
      !isLock(path) &&
      isThere(path),
  );
  if (missing !== undefined) {
    return ["fail", `the ${role}'s user cannot read ${missing.path}: chown it to whose it is`];
  }
  const how = tried === undefined ? "by owners and modes" : "tried as that user";
  const names = (found: readonly Place[]): string =>
    [...new Set(found.map(({ part }) => part.name))].join(", ");
  return ["ok", `reads ${names(read)}; changes ${names(changed)}; nothing else (${how})`];
}

interface Place {
  readonly part: Part;
  readonly path: string;
}

function wrongly(
  what: string,
  places: readonly Place[],
  isRight: (part: Part) => boolean,
): string | undefined {
  const wrong = places.find(({ part }) => !isRight(part));
  return wrong && `${what} ${wrong.path}, of ${wrong.part.name}`;
}

/** The Bucket's lock is the one file that nobody else may even open. */
function isLock(path: string): boolean {
  return path.endsWith("/lock");
}

/**
 * One path for each way in which rights lie upon a part: what somebody may do with a file follows
 * from its own rights and those of the folders above it, so what holds for one holds for its like.
 */
function samples(part: Part, deployment: Deployment): readonly string[] {
  const path = part.path(deployment);
  if (!isThere(path)) return [];
  if (part.files === undefined) return [path];
  const found = new Map<string, string>();
  collect(path, "", found);
  return [...found.values()];
}

function collect(path: string, above: string, found: Map<string, string>): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || (!stats.isFile() && !stats.isDirectory())) return;
  const own = isLock(path) ? "lock" : `${stats.uid} ${stats.gid} ${stats.mode.toString(8)}`;
  const rights = `${above}/${own}`;
  if (!found.has(rights)) found.set(rights, path);
  if (!stats.isDirectory()) return;
  for (const name of namesIn(path)) collect(join(path, name), rights, found);
}

/** A running Bucket takes away what it no longer needs, while it is looked over. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
