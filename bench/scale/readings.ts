import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, linkSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { proveAt } from "@writ/audit/prove";
import { diskFolder } from "@writ/bucket/read/folder";
import { type Published, publishedCheckpoint } from "@writ/bucket/read/published";
import { BucketProcess } from "./bucket-process.ts";
import { percentile } from "./leg.ts";

const program = join(import.meta.dirname, "..", "..", "packages", "cli", "bin", "writ.js");
const PROOFS = 300;

function tilesOf(data: string): string {
  return join(data, "bucket", "tiles");
}

/** Waits until the whole log is published; gives the milliseconds and the checkpoint. */
export async function published(
  data: string,
  size: number,
): Promise<{ readonly ms: number; readonly head: Published }> {
  const tiles = diskFolder(tilesOf(data));
  const began = performance.now();
  for (;;) {
    const head = publishedCheckpoint(tiles);
    if (head?.checkpoint.size === size) return { ms: performance.now() - began, head };
    await pause(2);
  }
}

/** Milliseconds to prove one event by its index from the tiles and check it, at random places. */
export function proofTimes(data: string, head: Published): { p50: number; p99: number } {
  const tiles = diskFolder(tilesOf(data));
  const { size } = head.checkpoint;
  const times = new Float32Array(PROOFS);
  for (let i = -20; i < PROOFS; i += 1) {
    const index = Math.floor(Math.random() * size);
    const began = performance.now();
    proveAt(tiles, index, head, size);
    if (i >= 0) times[i] = performance.now() - began;
  }
  times.sort();
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}

/**
 * Milliseconds to open the log as it is now: a second process opens a copy, made of links to what is
 * never changed in place and of copies of what is. The guard's note of its Bucket's place is left
 * out, or the copy would rightly be refused.
 */
export async function openTime(data: string, copy: string): Promise<number> {
  linkTree(join(data, "keys"), join(copy, "keys"));
  linkTree(join(data, "bucket"), join(copy, "bucket"), "lock");
  mkdirSync(join(copy, "guard"));
  mkdirSync(join(copy, "run"));
  copyFileSync(join(data, "guard", "head"), join(copy, "guard", "head"));
  const bucket = await BucketProcess.start(copy);
  await bucket.kill();
  return bucket.openMs;
}

function linkTree(from: string, to: string, without?: string): void {
  mkdirSync(to, { recursive: true });
  const entries = readdirSync(from, { withFileTypes: true }).filter(({ name }) => name !== without);
  const segments = entries.filter(({ name }) => name.endsWith(".frames"));
  for (const entry of entries) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    // The last segment is written to; every other file is only ever replaced.
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.name === segments.at(-1)?.name) copyFileSync(source, target);
    else linkSync(source, target);
  }
}

export interface Verified {
  /** Seconds of `writ verify` over the whole folder. */
  readonly seconds: number;
  /** Seconds of `sha256sum` over the log's segments, the mean of a run before and a run after. */
  readonly sumSeconds: number;
  /** Bytes of those segments. */
  readonly bytes: number;
}

/** `undefined` where there is no `sha256sum`. Throws if the log does not verify whole. */
export async function verifyTimes(data: string, size: number): Promise<Verified | undefined> {
  const log = join(data, "bucket", "log");
  const paths = readdirSync(log)
    .sort()
    .map((name) => join(log, name));
  const sum = (): Promise<Run | undefined> => run("sha256sum", paths);
  const before = await sum();
  const verify = await run(process.execPath, [program, "verify", data, "--json"]);
  const after = await sum();
  if (before === undefined || after === undefined || verify === undefined) return undefined;
  const report: { ok: boolean; events: number } = JSON.parse(verify.output);
  if (!report.ok || report.events !== size) throw new Error(verify.output);
  return {
    seconds: verify.seconds,
    sumSeconds: (before.seconds + after.seconds) / 2,
    bytes: paths.reduce((total, path) => total + statSync(path).size, 0),
  };
}

interface Run {
  readonly seconds: number;
  readonly output: string;
}

async function run(command: string, args: readonly string[]): Promise<Run | undefined> {
  const began = performance.now();
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const started = once(child, "spawn");
  const ended = once(child, "close");
  try {
    await Promise.all([started, ended]);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  return { seconds: (performance.now() - began) / 1000, output };
}
