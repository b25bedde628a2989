import { parentPort, workerData } from "node:worker_threads";
import { diskFolder } from "@writ/bucket/read/folder";
import { LogUnreadable } from "@writ/bucket/read/frames-from";
import { Follower } from "./follower.ts";
import { IndexLocked, isDamage, isOfSqlite } from "./index-file.ts";
import type { FollowState, FollowWork } from "./live-index.ts";

/** Between two looks at the published checkpoint. */
const INTERVAL_MS = 200;
/** After the log could not be read, or another process kept the index. */
const PATIENCE_MS = 5000;

const { bucketDirectory, directory } = workerData as FollowWork;
const bucket = diskFolder(bucketDirectory);
let follower: Follower | undefined;
let isStopped = false;
let timer: NodeJS.Timeout | undefined;

parentPort?.on("message", (told: "stop" | "begin anew") => {
  if (told === "begin anew") {
    follower?.discard();
    follower = undefined;
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
    if (error instanceof LogUnreadable || error instanceof IndexLocked) {
      say({ kind: "stuck", reason: error.message });
      return PATIENCE_MS;
    }
    if (!isOfSqlite(error)) throw error;
    if (!isDamage(error)) {
      say({ kind: "stuck", reason: `the index cannot be written (${error.message})` });
      return PATIENCE_MS;
    }
    // Whatever is wrong with a derived thing, the answer is to make it again.
    say({ kind: "lost", reason: error.message });
    follower?.discard();
    follower = undefined;
    return PATIENCE_MS;
  }
}

function open(): Follower {
  const opened = Follower.open(bucket, directory);
  say({ kind: "open", begunAnew: opened.begunAnew ?? null });
  return opened;
}

function say(state: FollowState): void {
  parentPort?.postMessage(state);
}
