import { availableParallelism } from "node:os";
import { diskFolder, type Folder } from "@writ/bucket/read/folder";
import { logBytes } from "@writ/bucket/read/log";
import { type LogRange, logRanges } from "@writ/bucket/read/log-ranges";
import { bucketPath } from "./bucket-folder.ts";
import { Judges } from "./judges.ts";
import { DONE_HERE } from "./pure-work.ts";
import { RangeJudge } from "./range-judge.ts";
import { beginVerification, RANGE_BYTES, type Verification, type VerifyOptions } from "./verify.ts";
import type { Report } from "./verify-report.ts";

/** Below this many bytes, starting other threads costs more than they save. */
const WORTH_THREADS: number = 8 * RANGE_BYTES;

export type { VerifyOptions } from "./verify.ts";

export interface BucketOptions extends VerifyOptions {
  /** How many threads judge; as many as there are cores unless stated. 0: this one alone. */
  readonly threads?: number;
  /** How much of the log is judged at once. */
  readonly rangeBytes?: number;
}

/**
 * Verifies the Bucket at `directory`, a DATA folder or the Bucket folder in it, on all cores where
 * there is enough to do. The report is that of `verifyFolder`, whatever is wrong and whoever finds
 * it. Throws NotABucket, and what `verifyFolder` throws.
 */
export async function verifyBucket(
  directory: string,
  options: BucketOptions = {},
): Promise<Report> {
  const path = bucketPath(directory);
  const folder = diskFolder(path);
  const begun = beginVerification(folder, options, DONE_HERE);
  if ("report" in begun) return begun.report;
  const { verification } = begun;
  const threads =
    options.threads ?? (logBytes(folder) < WORTH_THREADS ? 0 : availableParallelism());
  const ranges = logRanges(folder, options.rangeBytes ?? RANGE_BYTES);
  if (threads === 0) judgeHere(folder, ranges, verification);
  else await judgeOnThreads(path, ranges, verification, threads);
  return verification.finish();
}

function judgeHere(folder: Folder, ranges: Iterable<LogRange>, verification: Verification): void {
  const judge = new RangeJudge(folder, verification.brief, DONE_HERE);
  for (const range of ranges) {
    verification.take(judge.judge(range));
    if (verification.isEnough) return;
  }
}

async function judgeOnThreads(
  path: string,
  ranges: Iterable<LogRange>,
  verification: Verification,
  threads: number,
): Promise<void> {
  const judges = new Judges(path, verification.brief, threads);
  try {
    for await (const facts of judges.judge(ranges)) {
      verification.take(facts);
      if (verification.isEnough) return;
    }
  } finally {
    await judges.end();
  }
}
