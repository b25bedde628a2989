/**
 * `node other-user-child.ts UID`: becomes that user, then does to files what its parent asks for and
 * says how each ended: `done`, or the system's code. Started as root, so that the clone may lie where
 * no other user reaches.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
} from "node:fs";
import { connect } from "node:net";

const id = Number(process.argv[2]);
process.setgroups?.([id]);
process.setgid?.(id);
process.setuid?.(id);

const opened = (path: string, flags: string): void => closeSync(openSync(path, flags));

export type FileOperation =
  | "read"
  | "list"
  | "open for reading"
  | "open for change"
  | "open anew"
  | "open for more"
  | "unlink"
  | "remove folder"
  | "rename away"
  | "rename over"
  | "copy over"
  | "copy from"
  | "link from"
  | "link over"
  | "symlink beside"
  | "truncate"
  | "change mode"
  | "change owner"
  | "change times"
  | "make a file in"
  | "make a folder in"
  | "make a link in";

export type Operation = FileOperation | "connect" | "signal";

/** What can be tried, at a file or folder; `own` is a file of this user. */
const OPERATIONS: Readonly<Record<FileOperation, (path: string, own: string) => void>> = {
  read: (path) => void readFileSync(path),
  list: (path) => void readdirSync(path),
  "open for reading": (path) => opened(path, "r"),
  "open for change": (path) => opened(path, "r+"),
  "open anew": (path) => opened(path, "w"),
  "open for more": (path) => opened(path, "a"),
  unlink: (path) => unlinkSync(path),
  "remove folder": (path) => rmdirSync(path),
  "rename away": (path) => renameSync(path, `${path}.old`),
  "rename over": (path, own) => renameSync(own, path),
  "copy over": (path, own) => copyFileSync(own, path),
  "copy from": (path, own) => copyFileSync(path, own),
  "link from": (path, own) => linkSync(path, `${own}.link`),
  "link over": (path, own) => linkSync(own, `${path}.new`),
  "symlink beside": (path, own) => symlinkSync(own, `${path}.new`),
  truncate: (path) => truncateSync(path, 1),
  "change mode": (path) => chmodSync(path, 0o666),
  "change owner": (path) => chownSync(path, id, id),
  "change times": (path) => utimesSync(path, 0, 0),
  "make a file in": (path) => opened(`${path}/00000000000000000000.frames`, "wx"),
  "make a link in": (path, own) => symlinkSync(own, `${path}/00000000000000000001.frames`),
  "make a folder in": (path) => mkdirSync(`${path}/staging`),
};

export interface FileRequest {
  readonly id: number;
  readonly own: string;
  /** What to try at which path; for a signal, at which process. */
  readonly tries: readonly (readonly [Operation, string])[];
}

process.on("message", async ({ id: request, own, tries }: FileRequest) => {
  const said: string[] = [];
  for (const [operation, path] of tries) said.push(await outcome(operation, path, own));
  process.send?.({ id: request, said });
});

async function outcome(operation: Operation, path: string, own: string): Promise<string> {
  try {
    if (operation === "connect") await connected(path);
    else if (operation === "signal") process.kill(Number(path), 0);
    else OPERATIONS[operation](path, own);
    return "done";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

function connected(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve();
    }).once("error", reject);
  });
}
