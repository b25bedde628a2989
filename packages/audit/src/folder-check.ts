import { parseEpochs } from "@writ/bucket/read/epoch-file";
import {
  type EntryKind,
  type Folder,
  type FolderEntry,
  readWhole,
  TooLarge,
} from "@writ/bucket/read/folder";
import { LOG_FOLDER, segmentIndex } from "@writ/bucket/read/log";
import { CONSTITUTION_FOLDER } from "@writ/bucket/read/log-key";
import { CHECKPOINT_FILE, TILES_FOLDER } from "@writ/bucket/read/published";
import { tileWidth } from "@writ/tlog/tile";
import { parseTilePath, TileRefused } from "@writ/tlog/tile-path";
import { bucketDenials, DENIALS_FILE } from "./bucket-denials.ts";
import { constitutionNumber } from "./constitution-check.ts";
import type { Findings } from "./verify-report.ts";

export const EPOCHS_FILE = "epochs";
/** How many leaves' tiles were made durable; full tiles alone are. */
const SYNCED_FILE = "tiles.synced";
const SYNCED_STEP = 256;
/** Holds the writer's lock, and nothing else may open that file (SQLite's locks end with any close). */
const LOCK_FOLDER = "lock";
/** Where files are made before they are put in their place: nothing committed. */
const STAGING_FOLDER = "staging";
const MAX_SMALL_BYTES = 1024 * 1024;
/** A file that a Bucket was writing before it put it in place of another. */
const UNFINISHED = /^\.(.+)\.new$/;

/** How much of the folder the log accounts for. */
export interface Extent {
  readonly constitutions: number;
  readonly events: number;
  /** Whether the log grew while it was read: newer tiles are then nobody's fault. */
  readonly hasGrown: boolean;
}

/** What a look through the folder found besides faults. */
export interface FolderSurvey {
  /** Files that a Bucket left half-written, or is writing now. They hold nothing committed. */
  readonly unfinished: number;
}

/**
 * Looks for files that no Bucket makes, and for tiles of events that the log does not have. What
 * the files hold is the other checks' question.
 */
export function checkFolder(folder: Folder, extent: Extent, findings: Findings): FolderSurvey {
  findings.made("folder");
  let unfinished = 0;
  for (const { path, entry } of walk(folder, "")) {
    if (findings.enough) break;
    if (belongs(path, entry.kind, extent)) continue;
    if (isUnfinished(path, entry, extent)) unfinished += 1;
    else findings.add("folder", null, `${path} is no file of a Bucket with this log`);
  }
  checkSyncedMark(folder, extent, findings);
  checkDenials(folder, findings);
  return { unfinished };
}

/** The mark says how much of the tiles need not be looked at after a loss of power; it must be true. */
function checkSyncedMark(folder: Folder, { events, hasGrown }: Extent, findings: Findings): void {
  const bytes = readSmall(folder, SYNCED_FILE);
  if (bytes === undefined) return;
  const text = Buffer.from(bytes).toString("latin1");
  const size = /^(?:0|[1-9]\d{0,15})\n$/.test(text) ? Number(text) : Number.NaN;
  if (size % SYNCED_STEP === 0 && (size <= events || hasGrown)) return;
  findings.add("folder", null, `${SYNCED_FILE} is not as a Bucket writes it`);
}

/** Nothing rests on what it says; but no Bucket writes anything else there. */
function checkDenials(folder: Folder, findings: Findings): void {
  if (readSmall(folder, DENIALS_FILE) === undefined || isDenials(folder)) return;
  findings.add("folder", null, `${DENIALS_FILE} is not as a Bucket writes it`);
}

function isDenials(folder: Folder): boolean {
  try {
    return bucketDenials(folder) !== undefined;
  } catch (error) {
    if (error instanceof TooLarge) return false;
    throw error;
  }
}

function isUnfinished(path: string, { name, kind }: FolderEntry, extent: Extent): boolean {
  if (path.startsWith(`${STAGING_FOLDER}/`)) return kind === "file";
  const final = UNFINISHED.exec(name)?.[1];
  return final !== undefined && belongs(path.slice(0, -name.length) + final, kind, extent);
}

/** Reads `epochs` and compares it with the greatest epoch of each writer in the log. */
export function checkEpochs(
  folder: Folder,
  inLog: ReadonlyMap<string, number>,
  findings: Findings,
): void {
  findings.made("epochs");
  const stored = storedEpochs(folder, findings);
  if (stored === undefined) return;
  for (const [writer, epoch] of inLog) {
    if ((stored.get(writer) ?? 0) >= epoch) continue;
    const message = `${EPOCHS_FILE} does not reach epoch ${epoch} of ${writer}, which the log has`;
    findings.add("epochs", null, message);
  }
}

function storedEpochs(folder: Folder, findings: Findings): Map<string, number> | undefined {
  const bytes = readSmall(folder, EPOCHS_FILE);
  if (bytes === undefined) return new Map();
  const epochs = parseEpochs(bytes);
  if (epochs === undefined) {
    findings.add("epochs", null, `${EPOCHS_FILE} is not as a Bucket writes it`);
  }
  return epochs;
}

/** A file that is read whole; what is too large for it reads as nothing, which is no valid content. */
function readSmall(folder: Folder, path: string): Uint8Array | undefined {
  try {
    return readWhole(folder, path, MAX_SMALL_BYTES);
  } catch (error) {
    if (error instanceof TooLarge) return new Uint8Array(0);
    throw error;
  }
}

interface Found {
  readonly path: string;
  readonly entry: FolderEntry;
}

/** Every file at any depth, and whatever else is not a folder. The lock folder is not entered (see `lock.ts`). */
function* walk(folder: Folder, path: string): Generator<Found> {
  for (const entry of folder.list(path)) {
    const below = path === "" ? entry.name : `${path}/${entry.name}`;
    if (entry.kind !== "folder") yield { path: below, entry };
    else if (below !== LOCK_FOLDER) yield* walk(folder, below);
  }
}

type Belongs = (rest: string, extent: Extent) => boolean;

const PLACES: ReadonlyMap<string, Belongs> = new Map<string, Belongs>([
  [
    CONSTITUTION_FOLDER,
    (rest, { constitutions }) => (constitutionNumber(rest) ?? Number.NaN) < constitutions,
  ],
  [LOG_FOLDER, (rest) => segmentIndex(rest) !== undefined],
  [TILES_FOLDER, (rest, extent) => rest === CHECKPOINT_FILE || isTileOf(rest, extent)],
]);

function belongs(path: string, kind: EntryKind, extent: Extent): boolean {
  if (kind !== "file") return false;
  if ([EPOCHS_FILE, SYNCED_FILE, DENIALS_FILE].includes(path)) return true;
  const slash = path.indexOf("/");
  return PLACES.get(path.slice(0, slash))?.(path.slice(slash + 1), extent) ?? false;
}

function isTileOf(path: string, { events, hasGrown }: Extent): boolean {
  try {
    const { level, index, width } = parseTilePath(path);
    return hasGrown || width <= tileWidth(level, index, events);
  } catch (error) {
    if (error instanceof TileRefused) return false;
    throw error;
  }
}
