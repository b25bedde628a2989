import { readdirSync, readFileSync, type Stats, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { bucketPath } from "@writ/audit/bucket-folder";
import { MARGIN_BYTES } from "@writ/bucket/append/disk-room";
import { openHead } from "@writ/bucket/append/head";
import { headVerifier } from "@writ/bucket/append/head-key";
import type { Constitution } from "@writ/bucket/constitution";
import { type Enacted, verifyConstitutionChain } from "@writ/bucket/constitution/chain";
import { type QuotaUse, quotaUse } from "@writ/bucket/constitution/usage";
import { diskFolder, within } from "@writ/bucket/read/folder";
import { readConstitutions } from "@writ/bucket/read/log-key";
import { CHECKPOINT_FILE, publishedCheckpoint, TILES_FOLDER } from "@writ/bucket/read/published";
import { type LogEnd, readLogEnd } from "@writ/bucket/read/tallies";
import { signerKeyLine } from "@writ/bucket/writer-key";
import { parseSignerKey } from "@writ/tlog/note-key";
import type { Deployment } from "../deployment.ts";
import { describe } from "../operator-error.ts";

export type Level = "ok" | "warn" | "fail";

/** One question put to a deployment, and what was found. */
export interface Check {
  readonly name: string;
  readonly level: Level;
  /** What was found and, where it is not well, what to do. */
  readonly line: string;
}

interface Patient {
  readonly deployment: Deployment;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly chain: readonly [Enacted, ...Enacted[]];
  readonly inForce: Constitution;
  readonly end: LogEnd;
}

type Question = (patient: Patient) => Finding | readonly Finding[];
type Finding = readonly [Level, string];

/** Every check there is, in the order in which they are told. */
const QUESTIONS: Readonly<Record<string, Question>> = {
  "log-end": logEnd,
  guard,
  "guard-place": guardPlace,
  "log-key": logKey,
  "key-files": keyFiles,
  "governance-key": governanceKey,
  socket,
  quotas,
  "disk-room": diskRoom,
  checkpoint,
};

/**
 * Looks a deployment over, running or not, and changes nothing. What needs the constitutions is
 * asked only if they verify. Throws NotABucket; whatever else is wrong is a finding.
 */
export function checkup(deployment: Deployment, now: number): readonly Check[] {
  bucketPath(deployment.bucket);
  const folder = diskFolder(deployment.bucket);
  try {
    const chain = verifyConstitutionChain(readConstitutions(folder));
    const inForce = (chain.at(-1) ?? chain[0]).constitution;
    const patient = { deployment, now, chain, inForce, end: readLogEnd(folder) };
    const links = `${chain.length} in the chain, the last holds from ${inForce.from.size} events on`;
    return [{ name: "constitution", level: "ok", line: links }, ...ask(patient)];
  } catch (error) {
    return [{ name: "constitution", level: "fail", line: describe(error) }];
  }
}

function ask(patient: Patient): Check[] {
  return Object.entries(QUESTIONS).flatMap(([name, question]) =>
    findings(question, patient).map(([level, line]) => ({ name, level, line })),
  );
}

function findings(question: Question, patient: Patient): readonly Finding[] {
  try {
    const found = question(patient);
    return isOne(found) ? [found] : found;
  } catch (error) {
    return [["fail", describe(error)]];
  }
}

function isOne(found: Finding | readonly Finding[]): found is Finding {
  return typeof found[0] === "string";
}

function logEnd({ end }: Patient): Finding {
  if (end.defect === undefined) return ["ok", `${end.size} events, whole to the end`];
  return [
    "warn",
    `after ${end.size} events: ${end.defect}; a running Bucket may be writing there, a next start cuts what was never acknowledged`,
  ];
}

function guard({ deployment, chain, end, inForce }: Patient): Finding {
  const path = join(deployment.guard, "head");
  if (statOf(path) === undefined) {
    const needed = end.size > 0 || inForce.predecessor !== null;
    return needed
      ? ["fail", `there is none at ${path}: say where it is (--guard), or see writ bucket adopt`]
      : ["ok", "none yet; the first start makes it"];
  }
  const { size } = openHead(headVerifier(chain), readFileSync(path));
  if (size > end.size) {
    return ["fail", `it knows ${size} events and the log has ${end.size}: put the newest log back`];
  }
  return ["ok", `knows ${size} of ${end.size} events`];
}

function guardPlace({ deployment }: Patient): Finding {
  const place = statOf(deployment.guard);
  if (place === undefined || place.dev !== statSync(deployment.bucket).dev) {
    return ["ok", "on another disk than the Bucket"];
  }
  return [
    "warn",
    "on the same disk as the Bucket: whoever restores that disk takes both back in time; place it elsewhere (--guard)",
  ];
}

function logKey({ deployment, inForce }: Patient): Finding {
  if (statOf(deployment.logKey) === undefined) return ["ok", "not kept here"];
  const { verifierKey } = parseSignerKey(signerKeyLine(readFileSync(deployment.logKey, "utf8")));
  if (verifierKey === inForce.log_key) return ["ok", "is the one that the constitution names"];
  return ["fail", `${deployment.logKey} is not the one that the constitution names`];
}

function keyFiles({ deployment }: Patient): Finding | readonly Finding[] {
  const folders = [join(deployment.data, "keys"), deployment.gateway];
  const files = folders.flatMap((folder) => keysIn(folder));
  const open = files.filter((path) => isOpenToOthers(statOf(path)));
  if (open.length === 0) return ["ok", `${files.length} keys, each for its owner alone`];
  return open.map((path): Finding => ["fail", `${path} is open to others: chmod 600 ${path}`]);
}

function keysIn(folder: string): string[] {
  if (statOf(folder) === undefined) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".key"))
    .map((name) => join(folder, name));
}

function governanceKey({ deployment }: Patient): Finding {
  if (statOf(deployment.governanceKey) === undefined) return ["ok", "not kept here"];
  return [
    "warn",
    `${deployment.governanceKey} lies beside what it governs: hand governance to keys kept elsewhere (writ constitution)`,
  ];
}

function socket({ deployment }: Patient): Finding {
  const path = join(deployment.data, deployment.socket);
  const found = statOf(path);
  if (found === undefined) return ["ok", "none: the Bucket is not running"];
  if (!found.isSocket()) return ["fail", `${path} is no socket: remove it`];
  if (!isOpenToOthers(found)) return ["ok", "for its owner alone"];
  // A folder with the set-group-id bit says that its group, the gateway's, may come in.
  const isShared = (statSync(deployment.run).mode & 0o2000) !== 0;
  if (isShared && (found.mode & 0o007) === 0) return ["ok", "for its owner and its group alone"];
  return ["fail", `${path} is open to others: stop the Bucket, and start it again`];
}

function quotas({ inForce, end }: Patient): Finding | readonly Finding[] {
  const uses = quotaUse(inForce, end.tallies);
  const close = uses.filter(({ level }) => level !== "free");
  if (close.length > 0) return close.map(quotaFinding);
  const most = Math.max(...uses.map(({ used, limit }) => used / limit));
  return ["ok", `at most ${Math.ceil(100 * most)} % of any is used`];
}

function quotaFinding({ writer, of, used, limit, level }: QuotaUse): Finding {
  const whose = writer === null ? "the log" : `writer ${writer}`;
  const line = `${whose} has used ${used} of ${limit} ${of}`;
  return level === "reached"
    ? ["fail", `${line}: nothing more is taken; raise it by a new constitution`]
    : ["warn", `${line}: raise it in time, by a new constitution`];
}

const LOW_BYTES = 1024 * 1024 * 1024;

function diskRoom({ deployment }: Patient): Finding {
  const { bavail, bsize } = statfsSync(deployment.bucket);
  const free = bavail * bsize;
  const line = `${Math.floor(free / 1024 / 1024)} MiB are free`;
  if (free < MARGIN_BYTES) return ["fail", `${line}: appends are refused; make room`];
  return free < LOW_BYTES ? ["warn", `${line}: make room in time`] : ["ok", line];
}

/** A checkpoint follows its commits within a second; longer than this, something holds it up. */
const LATE_MS = 10_000;

function checkpoint({ deployment, end, now }: Patient): Finding {
  const published = publishedCheckpoint(within(diskFolder(deployment.bucket), TILES_FOLDER));
  if (published === undefined) {
    return end.size === 0 ? ["ok", "none yet"] : ["warn", "none is published: start the Bucket"];
  }
  const path = join(deployment.bucket, TILES_FOLDER, CHECKPOINT_FILE);
  const age = now - statSync(path).mtimeMs;
  const { size } = published.checkpoint;
  const line = `of ${size} events, ${Math.max(0, Math.round(age / 1000))} s old`;
  if (size >= end.size || age < LATE_MS) return ["ok", line];
  return ["warn", `${line}, and ${end.size - size} events behind the log: see to the Bucket`];
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function isOpenToOthers(stats: Stats | undefined): boolean {
  return stats !== undefined && (stats.mode & 0o077) !== 0;
}
