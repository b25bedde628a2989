import { cpus, release, totalmem, type } from "node:os";
import { median } from "../bucket/figures.ts";
import { type Curve, chart, type Panel } from "./chart.ts";
import type { Leg } from "./leg.ts";
import type { Verified } from "./readings.ts";

/** What was measured when the log had reached a size. */
export interface Point {
  readonly size: number;
  /** Of the events since the point before. */
  readonly leg: Leg;
  /** Bytes, when they had been acknowledged. */
  readonly rss: number;
  /** Processor time of the Bucket, in microseconds an event. */
  readonly cpuMicros: number;
  /** From the last acknowledgement to its published checkpoint, in milliseconds. */
  readonly publishedMs: number;
  readonly proof: { readonly p50: number; readonly p99: number };
  readonly openMs: number;
  /** Measured at some points only. */
  readonly verified: Verified | undefined;
}

export interface Findings {
  readonly points: readonly Point[];
  readonly closeMs: number;
  readonly inFlight: number;
  readonly meanBytes: number;
  readonly fileSystem: string;
  readonly date: string;
}

const MEGA = 1e6;
const ON_GOAL = "goal";

export function drawing({ points }: Findings): string {
  const curve = (name: string, of: (point: Point) => number | undefined): Curve => ({
    name,
    points: points.flatMap((point): [number, number][] => {
      const y = of(point);
      return y === undefined ? [] : [[point.size, y]];
    }),
  });
  const speed =
    (of: (verified: Verified) => number) =>
    (point: Point): number | undefined =>
      point.verified === undefined ? undefined : point.verified.bytes / of(point.verified) / MEGA;
  const panels: Panel[] = [
    { title: "appends, thousands a second", curves: [curve("", ({ leg }) => leg.rate / 1000)] },
    { title: "p99 of an append, ms", curves: [curve("", ({ leg }) => leg.p99)] },
    { title: "memory of the Bucket, MB", curves: [curve("", ({ rss }) => rss / MEGA)] },
    {
      title: "opening, ms",
      curves: [curve("", ({ openMs }) => openMs)],
      goal: { y: 1000, text: ON_GOAL },
    },
    {
      title: "one inclusion proof, ms",
      curves: [curve("", ({ proof }) => proof.p50)],
      goal: { y: 1, text: ON_GOAL },
    },
    {
      title: "verification, MB of log a second",
      curves: [
        curve(
          "writ verify",
          speed(({ seconds }) => seconds),
        ),
        curve(
          "sha256sum",
          speed(({ sumSeconds }) => sumSeconds),
        ),
      ],
    },
  ];
  return chart(panels.filter(({ curves }) => curves.every((one) => one.points.length > 0)));
}

export function page(found: Findings, command: string): string {
  const { points, closeMs } = found;
  return `# A log as it grows

    ${command}

![six curves over the size of the log](scale.svg)

${machineLine(found)}

${methodText(found)}
${table(points)}
Closing after the last event took ${closeMs.toFixed(0)} ms, tiles and guard included.

Goals:

${goalLines(points)
  .map((line) => `- ${line}\n`)
  .join("")}`;
}

const HEADINGS =
  "| events | appends/s | p50 ms | p99 ms | CPU µs | memory MB | published ms | open ms | proof ms (p99) | verify MB/s | of sha256sum |";

function table(points: readonly Point[]): string {
  const rows = points.map((point) => {
    const { size, leg, rss, cpuMicros, publishedMs, proof, openMs, verified } = point;
    const cells = [
      size.toLocaleString("en"),
      Math.round(leg.rate).toLocaleString("en"),
      leg.p50.toFixed(1),
      leg.p99.toFixed(1),
      cpuMicros.toFixed(1),
      (rss / MEGA).toFixed(0),
      publishedMs.toFixed(0),
      openMs.toFixed(0),
      `${proof.p50.toFixed(2)} (${proof.p99.toFixed(2)})`,
      verified === undefined ? "" : (verified.bytes / verified.seconds / MEGA).toFixed(0),
      verified === undefined ? "" : `${(verified.sumSeconds / verified.seconds).toFixed(2)}×`,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return `${HEADINGS}\n|${" ---: |".repeat(11)}\n${rows.join("\n")}\n`;
}

/** How the last third of the points stands to the first third: medians of each. */
function growth(points: readonly Point[], of: (point: Point) => number): number {
  const third = Math.max(1, Math.floor(points.length / 3));
  return median(points.slice(-third).map(of)) / median(points.slice(0, third).map(of));
}

export function goalLines(points: readonly Point[]): string[] {
  const percent = (ratio: number): string => `${((ratio - 1) * 100).toFixed(1)} %`;
  const rate = growth(points, ({ leg }) => leg.rate);
  const memory = growth(points, ({ rss }) => rss);
  const open = Math.max(...points.map(({ openMs }) => openMs));
  const proof = Math.max(...points.map((point) => point.proof.p50));
  const verified = points.flatMap((point) => point.verified ?? []);
  const share = Math.min(...verified.map(({ sumSeconds, seconds }) => sumSeconds / seconds));
  const goals: [boolean, string][] = [
    [
      Math.abs(rate - 1) <= 0.1,
      `rate flat within 10 %: last third to first third ${percent(rate)}`,
    ],
    [memory <= 1.1, `memory flat within 10 %: last third to first third ${percent(memory)}`],
    [open < 1000, `opening below 1 s: at most ${open.toFixed(0)} ms`],
    [proof < 1, `a proof below 1 ms: median at most ${proof.toFixed(2)} ms`],
    [share >= 0.5, `verification at least half of sha256sum: at least ${share.toFixed(2)}`],
  ];
  return goals
    .filter(([, line]) => verified.length > 0 || !line.startsWith("verification"))
    .map(([isMet, line]) => `${isMet ? "met" : "**not met**"}: ${line}`);
}

function machineLine({ fileSystem, date }: Findings): string {
  const all = cpus();
  const model = all[0]?.model.trim() ?? "unknown processor";
  const system = `${type()} ${release().split(".").slice(0, 2).join(".")}`;
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${date}. Node ${process.versions.node}, ${system}, ${all.length} × ${model}, ${memory}, ${fileSystem}.`;
}

function methodText({ inFlight, meanBytes }: Findings): string {
  return `One Bucket process, as \`writ serve\` starts it, and one client over its Unix socket; ${inFlight} appends in flight
without a pause from one row to the next, events of ${meanBytes.toFixed(0)} bytes on average. Rate, p50 and p99 are of all
events of a row; memory is the resident set of the Bucket's process after them, CPU its processor time
of all threads, an event. While a row is measured otherwise, the load stands still. *published*: from
the last acknowledgement until the checkpoint that covers it can be read. *open*: constitution, log and
socket, by a second process on a copy. *proof*: one event by its index, read from the tiles and checked
against the checkpoint's root, at 300 random places. *verify*: \`writ verify\` over the whole folder,
tiles included, per byte of the log's segments, and \`sha256sum\` over those segments before and after.
`;
}
