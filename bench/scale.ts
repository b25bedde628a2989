/**
 * What changes as a log grows, and what must not: a Bucket is filled at full speed, and at some sizes
 * looked at.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { openWriterKey } from "@writ/bucket/writer-key";
import { makeDeployment } from "./bucket/deployment.ts";
import { EventSource, sampleVerdicts } from "./bucket/events.ts";
import { fileSystemOf } from "./bucket/page.ts";
import { WritLine } from "./bucket/writ-line.ts";
import { BucketProcess } from "./scale/bucket-process.ts";
import { load } from "./scale/leg.ts";
import { openTime, proofTimes, published, verifyTimes } from "./scale/readings.ts";
import { drawing, type Findings, goalLines, type Point, page } from "./scale/report.ts";

const HELP = `node bench/scale.ts [options]

  --events N      size that the log grows to; default 3000000
  --points N      sizes at which it is looked at; default 12
  --verify N      of these, sizes at which it is verified whole; default 4
  --in-flight N   appends under way at once; default 256
  --data DIR      where the log is made, on the disk to be measured, about 1.3 KB an event; removed
                  at the end. Default the system's temporary folder
  --write         the page of results, bench/results/scale.md, and its drawing
`;

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "3000000" },
    points: { type: "string", default: "12" },
    verify: { type: "string", default: "4" },
    "in-flight": { type: "string", default: "256" },
    data: { type: "string", default: tmpdir() },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit();
}
const total = Number(values.events);
const count = Number(values.points);
const verifications = Number(values.verify);
const inFlight = Number(values["in-flight"]);

/** Beyond what may be in flight: an event is not touched before it has ended. */
const RING = 16_384;
const results = join(import.meta.dirname, "results");
mkdirSync(values.data, { recursive: true });
const folder = mkdtempSync(join(values.data, "writ-scale-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

const data = join(folder, "data");
const [writer] = makeDeployment(data, 1);
if (writer === undefined) throw new Error("a deployment without writers");
const bucket = await BucketProcess.start(data);
// A socket's path may have 107 bytes, and a folder may lie deep.
const line = await WritLine.connect(relative("", join(data, "run", "bucket.sock")), writer);
const { name } = openWriterKey(writer.key);
const events = new EventSource(name, writer.epoch, sampleVerdicts(), RING);

const points: Point[] = [];
for (let i = 1; i <= count; i += 1) {
  const point = await grow(Math.round((total / count) * i), isVerified(i));
  points.push(point);
  process.stderr.write(`${progress(point)}\n`);
}
await line.close();
const closeMs = await bucket.stop();
const found: Findings = {
  points,
  closeMs,
  inFlight,
  meanBytes: events.meanBytes,
  fileSystem: fileSystemOf(folder),
  date: new Date().toISOString().slice(0, 10),
};
const command = ["node bench/scale.ts", ...process.argv.slice(2)].join(" ");
if (values.write) {
  writeFileSync(join(results, "scale.svg"), drawing(found));
  writeFileSync(join(results, "scale.md"), page(found, command));
} else {
  process.stdout.write(page(found, command));
}
process.stderr.write(`closed in ${closeMs.toFixed(0)} ms\n${goalLines(points).join("\n")}\n`);

/** The last size, and the others evenly before it. */
function isVerified(i: number): boolean {
  return verifications > 0 && (count - i) % Math.max(1, Math.floor(count / verifications)) === 0;
}

async function grow(size: number, verify: boolean): Promise<Point> {
  const before = points.at(-1)?.size ?? 0;
  const earlier = await bucket.usage();
  const leg = await load(line, events, size - before, inFlight);
  const usage = await bucket.usage();
  const { ms, head } = await published(data, size);
  const proof = proofTimes(data, head);
  const copy = join(folder, "copy");
  const openMs = await openTime(data, copy);
  rmSync(copy, { recursive: true });
  return {
    size,
    leg,
    rss: usage.rss,
    cpuMicros: ((usage.cpuSeconds - earlier.cpuSeconds) / (size - before)) * 1e6,
    publishedMs: ms,
    proof,
    openMs,
    verified: verify ? await verifyTimes(data, size) : undefined,
  };
}

function progress({ size, leg, rss, publishedMs, proof, openMs, verified }: Point): string {
  const parts = [
    `${size} events`,
    `${(leg.rate / 1000).toFixed(1)}k/s`,
    `p99 ${leg.p99.toFixed(1)} ms`,
    `${(rss / 1e6).toFixed(0)} MB`,
    `published after ${publishedMs.toFixed(0)} ms`,
    `open ${openMs.toFixed(0)} ms`,
    `proof ${proof.p50.toFixed(2)} ms`,
  ];
  if (verified !== undefined) {
    const { seconds, sumSeconds } = verified;
    parts.push(`verify ${seconds.toFixed(1)} s, sha256sum ${sumSeconds.toFixed(1)} s`);
  }
  return parts.join(", ");
}
