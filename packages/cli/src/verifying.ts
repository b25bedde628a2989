import { type VerifyOptions, verifyBucket } from "@writ/audit/verify";
import type { Report } from "@writ/audit/verify-report";
import { Progress } from "./progress.ts";

/** Verifies the ledger at `directory` with a progress line on standard error. */
export async function verifyWithProgress(
  directory: string,
  options: VerifyOptions,
): Promise<Report> {
  const progress = new Progress("verify", 100);
  let percent = 0;
  const report = await verifyBucket(directory, {
    ...options,
    onProgress({ bytes, totalBytes }) {
      percent = totalBytes === 0 ? 100 : Math.floor((100 * bytes) / totalBytes);
      progress.set(percent);
    },
  });
  progress.end(100);
  return report;
}

/** A report as a person reads it: the checks, the first faults, and what it rests on. */
export function reportLines(report: Report): readonly string[] {
  return [
    ...report.checks.map(checkLine),
    "",
    ...report.faults
      .slice(0, shownFaults)
      .map(
        ({ index, check, message }) =>
          `fault at ${index === null ? "no one event" : `event ${index}`}: ${check}: ${message}`,
      ),
    ...(report.faultCount > shownFaults ? [`and ${report.faultCount - shownFaults} more`] : []),
    ...report.holes.map(
      ({ gateway, epoch, from, to }) =>
        `hole: attempts ${from} to ${to} of ${gateway}.${epoch} left no record`,
    ),
    ...(report.holeCount > report.holes.length ? ["and more holes"] : []),
    `${report.ok ? "verified" : "NOT VERIFIED"}: ${report.events} events in ${report.frames} frames of ${report.origin ?? "an unknown log"}`,
    ...report.evidence.map((line) => `  ${line}`),
  ];
}

const shownFaults = 10;

function checkLine({ made, faults, title }: Report["checks"][number]): string {
  const mark = made ? (faults === 0 ? "✓" : "✗") : "–";
  return `${mark} ${title}${made ? "" : " (not checked)"}`;
}
