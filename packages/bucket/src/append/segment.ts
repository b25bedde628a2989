import { join } from "node:path";
import type { Files } from "./files.ts";
import { OpenRefused } from "./open-refused.ts";

const NAME = /^([0-9]{20})\.frames$/;

/** Where in the log a byte stands. */
export interface Position {
  /** First leaf index of the segment, which is its name. */
  readonly segment: number;
  readonly offset: number;
}

export function segmentPath(directory: string, firstIndex: number): string {
  return join(directory, `${String(firstIndex).padStart(20, "0")}.frames`);
}

/**
 * First leaf indices of the segments in a log's directory, rising. Throws `OpenRefused`
 * (LOG_CORRUPT) for a file that no writer made: what stands among the segments must be one.
 */
export function listSegments(files: Files, directory: string): number[] {
  return files.list(directory).map((name) => {
    const index = Number(NAME.exec(name)?.[1] ?? Number.NaN);
    if (Number.isSafeInteger(index)) return index;
    throw new OpenRefused(
      "LOG_CORRUPT",
      `${join(directory, name)} is no segment of a log; move it elsewhere`,
    );
  });
}
