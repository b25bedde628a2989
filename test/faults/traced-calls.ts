import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A system call that a traced process made to a file, so that another run can be made to fail it. */
export interface TracedCall {
  readonly name: string;
  /** The file or directory; where there are two, the one that loses its name: strace looks for that. */
  readonly path: string;
  /** This is its thread's so-manyth call of this name that touches this path, from 1. */
  readonly nth: number;
  /** Whether the disk is another one after the call. */
  readonly changes: boolean;
  /** Whether the call can fail for lack of space. */
  readonly grows: boolean;
}

const GROWING = new Set(["pwrite64", "write", "fsync", "fdatasync", "rename", "mkdir"]);
const SHRINKING = new Set(["unlink", "rmdir", "ftruncate", "chmod"]);
const IDLE = new Set(["openat", "read", "pread64", "getdents64", "statx", "close"]);

/** What `strace -e trace=` is given to see the calls of the write side. */
export const FILE_CALLS: string = [...GROWING, ...SHRINKING, ...IDLE].join(",");

/**
 * Reads what `strace -ff -y -o PREFIX` wrote of the paths that count, each distinct call once.
 * Counts are by thread, as strace's own `when=` counts them.
 */
export function readTrace(prefix: string, counts: (path: string) => boolean): TracedCall[] {
  const names = readdirSync(dirname(prefix)).filter((name) =>
    join(dirname(prefix), name).startsWith(`${prefix}.`),
  );
  const found = new Map<string, TracedCall>();
  for (const name of names.sort()) {
    const seen = new Map<string, number>();
    for (const line of readFileSync(join(dirname(prefix), name), "utf8").split("\n")) {
      const call = parseCall(line, counts, seen);
      if (call === undefined) continue;
      found.set(`${call.name} ${call.path} ${call.nth}`, call);
    }
  }
  return [...found.values()];
}

function parseCall(
  line: string,
  isCounted: (path: string) => boolean,
  seen: Map<string, number>,
): TracedCall | undefined {
  const [, name = "", rest = ""] = /^([a-z0-9_]+)\((.*)$/.exec(line) ?? [];
  if (!FILE_CALLS.split(",").includes(name)) return undefined;
  const paths = pathsOf(name, rest).filter(isCounted);
  for (const path of new Set(paths)) {
    seen.set(`${name} ${path}`, 1 + (seen.get(`${name} ${path}`) ?? 0));
  }
  const [path] = paths;
  if (path === undefined) return undefined;
  const creates = name === "openat" && rest.includes("O_CREAT");
  return {
    name,
    path,
    nth: seen.get(`${name} ${path}`) ?? 0,
    changes: creates || !IDLE.has(name),
    grows: creates || GROWING.has(name),
  };
}

/** Paths that a call names, in quotes or as `-y` shows a descriptor, its own result left out. */
function pathsOf(name: string, rest: string): string[] {
  const end = rest.lastIndexOf(") = ");
  const words = end < 0 ? rest : rest.slice(0, end);
  const named = name === "openat" || name === "mkdir" || name === "rename" || name === "unlink";
  const pattern = named || name === "rmdir" || name === "chmod" ? /"([^"]+)"/g : /^\d+<([^>]+)>/g;
  const byName = name === "statx" ? /"([^"]+)"|^\d+<([^>]+)>/g : pattern;
  return [...words.matchAll(byName)].map((match) => match[1] ?? match[2] ?? "");
}
