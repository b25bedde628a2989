import { parentPort, workerData } from "node:worker_threads";
import { diskFolder } from "@writ/bucket/read/folder";
import { LogUnreadable } from "@writ/bucket/read/frames-from";
import { FileStamp, IndexTouched } from "./file-stamp.ts";
import { Follower } from "./follower.ts";
import { IndexLocked, isDamage, isOfSqlite } from "./index-file.ts";
import type { FollowState, FollowWork } from "./live-index.ts";

/** Between two looks at the published checkpoint. */
const INTERVAL_MS = 200;
/** After the log could not be read, the index not written, or another process kept it. */
const PATIENCE_MS = 5000;
/** Before an index that was wrong is made again: whoever harms it is not kept up with. */
const REST_MS = 1000;

const { bucketDirectory, directory, stamp: shared } = workerData as FollowWork;
const stamp = new FileStamp(shared);
const bucket = diskFolder(bucketDirectory);
let follower: Follower | undefined;
let isStopped = false;
let timer: NodeJS.Timeout | undefined;

parentPort?.on("message", (told: "stop" | "begin anew") => {
  if (told === "begin anew") {
    beginAnew();
    return;
  }
  isStopped = true;
  clearTimeout(timer);
  follower?.close();
  parentPort?.close();
});
work();

/** One chunk, then whatever was sent meanwhile, then the next. */
function work(): void {
  if (isStopped) return;
  const pause = step();
  timer = setTimeout(work, pause);
}

function step(): number {
  try {
    follower ??= open();
    const { size, published, bytes } = follower.step();
    say({ kind: "following", size, published, bytes });
    return size < published ? 0 : INTERVAL_MS;
  } catch (error) {
    return afterFault(error);
  }
}

/** Says what is wrong, and how long to wait; throws what is a fault of ours. */
function afterFault(error: unknown): number {
  if (error instanceof LogUnreadable || error instanceof IndexLocked) {
    say({ kind: "stuck", reason: error.message });
  } else if (error instanceof IndexTouched || (isOfSqlite(error) && isDamage(error))) {
    // Whatever is wrong with a derived thing, the answer is to make it again.
    say({ kind: "lost", reason: error.message });
    beginAnew();
    return REST_MS;
  } else if (isOfSqlite(error) || isOfSystem(error)) {
    say({ kind: "stuck", reason: `the index cannot be written (${error.message})` });
  } else throw error;
  return PATIENCE_MS;
}

/** Throws the index away; the next step begins another. */
function beginAnew(): void {
  const wrong = follower;
  follower = undefined;
  wrong?.discard();
}

/** A full disk, a folder that may not be written: what the system says of a file. */
function isOfSystem(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error;
}

function open(): Follower {
  const opened = Follower.open(bucket, directory, stamp);
  say({ kind: "open", begunAnew: opened.begunAnew ?? null });
  return opened;
}

function say(state: FollowState): void {
  parentPort?.postMessage(state);
}
