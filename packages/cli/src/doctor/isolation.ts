import { type Dirent, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Deployment } from "../deployment.ts";
import { PARTS, type Part } from "../isolation/parts.ts";
import { mayRead, person } from "../isolation/readable.ts";
import { tryReading } from "../isolation/try-reading.ts";
import type { User } from "../isolation/users.ts";
import type { Role } from "../supervise.ts";
import type { Check, Level } from "./checkup.ts";

type Finding = readonly [Level, string];

const ROLES = ["gateway", "bucket", "audit"] as const;

/**
 * What each process can read of the deployment: by owners and modes and, where we are root, by
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

/** Worst is a gateway that reads the Bucket; any part read by whom the plan does not name is wrong. */
function reach(deployment: Deployment, role: Role, user: User): Finding {
  const places = PARTS.flatMap((part) => samples(part, deployment).map((path) => ({ part, path })));
  const who = person(user);
  const tried = tryReading(
    user,
    places.map(({ path }) => path),
  );
  const could = places.filter(({ path }) => tried?.has(path) === true || mayRead(who, path));
  const read = [...new Set(could.map(({ part }) => part.name))];
  const wrong = could.find(({ part }) => !part.readers.includes(role));
  if (wrong !== undefined) {
    return ["fail", `the ${role}'s user can read ${wrong.path}, of ${wrong.part.name}`];
  }
  const missing = places.find(
    ({ part, path }) =>
      part.readers.includes(role) && !(tried?.has(path) ?? mayRead(who, path)) && !isLock(path),
  );
  if (missing !== undefined) {
    return ["fail", `the ${role}'s user cannot read ${missing.path}: chown it to whose it is`];
  }
  const how = tried === undefined ? "by owners and modes" : "tried as that user";
  return ["ok", `reads ${read.join(", ")}; nothing else (${how})`];
}

/** The Bucket's lock is the one file that nobody else may even open. */
function isLock(path: string): boolean {
  return path.endsWith("/lock");
}

function samples(part: Part, deployment: Deployment): readonly string[] {
  const path = part.path(deployment);
  if (!isThere(path)) return [];
  return part.files === undefined ? [path] : [...new Set(samplesBelow(path))];
}

/** A folder, and one thing of each kind in it: all things of a kind are made with the same rights. */
function samplesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  const some = (fits: (entry: Dirent) => boolean): readonly string[] => {
    const found = entries.filter(fits).map(({ name }) => join(folder, name));
    return [...found.slice(0, 1), ...found.slice(-1)];
  };
  const files = some((entry) => entry.isFile());
  return [folder, ...files, ...some((entry) => entry.isDirectory()).flatMap(samplesBelow)];
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
