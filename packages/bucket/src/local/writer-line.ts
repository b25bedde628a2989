import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { parseVerifierKey } from "@writ/tlog/note-key";
import type { WriterKey } from "../append/client.ts";
import { openWriterKey } from "../writer-key.ts";
import { layoutAt } from "./layout.ts";

/** What a writer needs to reach its Bucket: the options that `openEnforcement` takes of it. */
export interface WriterLine {
  readonly socketPath: string;
  readonly origin: string;
  /** vkey of the log. */
  readonly logKey: string;
  /** Secret: it signs what is written. */
  readonly writer: WriterKey;
  readonly epochFile: string;
}

/**
 * Reads the writer's part of a data folder: for a program that writes to a Bucket which another
 * process serves (`writ serve --only bucket --data FOLDER`). Reads nothing of the Bucket. One program
 * at a time: the epoch counter is its own.
 *
 * Throws the system's error where there is no such part, KeyRefused where a key is damaged.
 */
export function writerLine(folder: string): WriterLine {
  const { socket, writerKey, writerVkey, epoch } = layoutAt(folder);
  const logKey = readFileSync(writerVkey, "utf8").trim();
  return {
    socketPath: shortest(socket),
    origin: parseVerifierKey(logKey).name,
    logKey,
    writer: openWriterKey(readFileSync(writerKey, "utf8")),
    epochFile: epoch,
  };
}

/** A socket's path may have 100 bytes; from where this process runs it may be a shorter one. */
function shortest(path: string): string {
  const way = relative(process.cwd(), path);
  return path.length > 100 && way.length < path.length ? way : path;
}
