import { join } from "node:path";
import { equalBytes } from "@writ/tlog/hash";
import { Frontier } from "@writ/tlog/tree";
import type { Constitution } from "../constitution.ts";
import { requireAnchored } from "./anchor.ts";
import { type Clock, machineClock } from "./clock.ts";
import { Epochs } from "./epochs.ts";
import { diskFiles, ensureDirectory, type Files, writeAll } from "./files.ts";
import { Guard, guardMissing, openKept, readGuard, storeGuard } from "./guard.ts";
import { requireOriginal, storePlace } from "./guarded-place.ts";
import { type Head, type HeadKey, openCosignedHead, signHead } from "./head.ts";
import { CommitLog, type LogLimits } from "./log-writer.ts";
import { OpenRefused } from "./open-refused.ts";
import { Publisher, tileFolderOf } from "./publish.ts";
import { mayStartThreads, PublishingThread } from "./publish-thread.ts";
import { type LogBytes, type Recovery, type Restoration, recover } from "./recover.ts";
import { listSegments, segmentPath } from "./segment.ts";
import type { LogWriter } from "./submission.ts";
import type { TileFolder } from "./tile-folder.ts";

export interface OpenLogOptions {
  /** The Bucket's directory; made if missing. */
  readonly directory: string;
  /** The guard's directory, outside of it, best on another disk; made if missing. */
  readonly guard: string;
  readonly key: HeadKey;
  /** SHA-256 of the constitution in force; every frame carries it. */
  readonly constitution: Uint8Array;
  /** The tree from which that constitution holds; the log must have it. */
  readonly from?: Constitution["from"];
  /**
   * An operator's decision, after guard or epochs were lost: to take the log as it is, on the word of
   * this checkpoint, the newest that anybody kept outside. Reads and checks the whole log. It still
   * refuses what is damaged, what does not extend that checkpoint or a guard that is there, and
   * what is behind the published checkpoint.
   */
  readonly adopt?: Uint8Array;
  readonly limits?: Partial<LogLimits>;
  /**
   * Publishes from a thread of its own, so that making tiles holds up no commit; for a process that
   * serves. Where threads are forbidden, and by default, tiles are made between the commits.
   */
  readonly publishInThread?: boolean;
  readonly files?: Files;
  readonly clock?: Clock;
}

const LIMITS: LogLimits = {
  segmentBytes: 64 * 1024 * 1024,
  batchBytes: 4 * 1024 * 1024,
  tileSyncLeaves: 65_536,
};

/**
 * Opens a Bucket's log for writing. What it holds is checked from the guard's head on; a torn tail
 * above that head is cut, and what is whole there is written again and synced, before anything is
 * appended or published. Nothing is changed where it refuses.
 *
 * Throws `OpenRefused`, or the system's error where a file could not be read or written.
 */
export function openLog(options: OpenLogOptions): LogWriter {
  const files = options.files ?? diskFiles;
  ensureDirectory(files, options.directory);
  ensureDirectory(files, options.guard);
  const unlock = lockBoth(files, options);
  try {
    return openLocked(options, files, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The guard is locked too: two copies of one Bucket may not share it. */
export function lockBoth(
  files: Files,
  { directory, guard }: Pick<OpenLogOptions, "directory" | "guard">,
): () => void {
  const taken: (() => void)[] = [];
  const release = (): void => {
    for (const one of taken.splice(0)) one();
  };
  try {
    for (const place of [join(directory, "lock"), join(guard, "lock")]) {
      ensureDirectory(files, place);
      taken.push(files.lock(place));
    }
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

function openLocked(options: OpenLogOptions, files: Files, unlock: () => void): LogWriter {
  const { directory, key, constitution } = options;
  const clock = options.clock ?? machineClock;
  const limits = { ...LIMITS, ...options.limits };
  const log = join(directory, "log");
  const folder = tileFolderOf(files, directory);
  const found = inspect(options, files, folder);
  ensureDirectory(files, log);
  if (found.recovery.restoration !== undefined) restore(files, log, found.recovery.restoration);
  if (options.adopt !== undefined) found.epochs.store();
  if (found.guard === undefined || !equalBytes(found.guard.note, found.head.note)) {
    storeGuard(files, options.guard, found.head);
  }
  storePlace(files, options.guard, directory);
  folder.open();
  const onFault = (cause: unknown): void => {
    writer.fail(cause);
  };
  const { head, epochs, recovery } = found;
  const publishing = { directory, head, tileSyncLeaves: limits.tileSyncLeaves };
  const writer: CommitLog = new CommitLog(
    {
      files,
      clock,
      key,
      constitution,
      directory: log,
      limits,
      epochs,
      guard: new Guard(files, options.guard, head, clock, onFault),
      publisher:
        options.publishInThread === true && mayStartThreads()
          ? new PublishingThread(publishing, onFault)
          : new Publisher({ ...publishing, files, clock, onFault }),
      unlock,
    },
    recovery,
  );
  return writer;
}

interface Found {
  readonly guard: Head | undefined;
  readonly recovery: Recovery;
  readonly head: Head;
  readonly epochs: Epochs;
}

/** Reads everything that speaks for or against this log; writes nothing. Throws `OpenRefused`. */
function inspect(options: OpenLogOptions, files: Files, folder: TileFolder): Found {
  const { directory, key, adopt } = options;
  const log = join(directory, "log");
  requireOriginal(files, options.guard, directory);
  const segments = listSegments(files, log);
  const guard = readGuard(files, options.guard, key);
  const hasLived =
    segments.length > 0 || folder.checkpoint() !== undefined || Epochs.exist(files, directory);
  if (guard === undefined && hasLived && adopt === undefined) {
    throw guardMissing(options.guard, directory);
  }
  const bytes = logBytes(files, log, segments);
  const recovery = recover(bytes, guard, key);
  if (adopt !== undefined) recover(bytes, openKept(key, adopt), key);
  const head = recovery.head ?? signHead(key, new Frontier());
  requireNotBehind(head, publishedHead(folder, key), directory);
  if (options.from !== undefined) requireAnchored(files, log, { from: options.from, head, key });
  const epochs = Epochs.open(files, directory, recovery.tallies.values(), adopt !== undefined);
  return { guard, recovery, head, epochs };
}

/** The log's segments as `recover` reads them. */
export function logBytes(files: Files, log: string, segments: readonly number[]): LogBytes {
  return {
    segments,
    read: (segment) => files.read(segmentPath(log, segment)) ?? new Uint8Array(0),
    name: (segment) => segmentPath(log, segment),
  };
}

/** What the public folder shows as the log's head, if it shows one: a loss of power may garble it. */
function publishedHead(folder: TileFolder, key: HeadKey): Head | undefined {
  const bytes = folder.checkpoint();
  if (bytes === undefined) return undefined;
  try {
    return openCosignedHead(key, bytes);
  } catch {
    return undefined;
  }
}

/** Whoever has seen the published head would take a shorter or different log for a forgery. */
function requireNotBehind(head: Head, published: Head | undefined, directory: string): void {
  if (published === undefined || published.size < head.size) return;
  if (published.size > head.size) {
    throw new OpenRefused(
      "LOG_BEHIND_HEAD",
      `the log in ${directory} ends at leaf ${head.size}, but a checkpoint of ${published.size} was published: put the newest copy of the log back`,
    );
  }
  if (equalBytes(published.root, head.root)) return;
  throw new OpenRefused(
    "LOG_FORKED",
    `the log in ${directory} is not the one whose checkpoint of ${head.size} leaves was published: put the right one back`,
  );
}

function restore(files: Files, log: string, restoration: Restoration): void {
  const path = segmentPath(log, restoration.segment);
  if (restoration.kind === "remove") files.remove(path);
  else rewrite(files, path, restoration);
  files.syncDirectory(log);
}

function rewrite(
  files: Files,
  path: string,
  { from, bytes, cut }: Extract<Restoration, { kind: "rewrite" }>,
): void {
  const handle = files.open(path);
  try {
    if (cut) files.truncate(handle, from + bytes.length);
    if (bytes.length > 0) writeAll(files, handle, path, bytes, from);
    files.sync(handle);
  } finally {
    files.close(handle);
  }
}
