import { statfsSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { goalLines, markdownTable } from "./report.ts";
import type { Plan, Running, Series } from "./rounds.ts";

/** All that a page of results tells. */
export interface Findings {
  readonly plan: Plan;
  readonly series: readonly Series[];
  readonly running: readonly Running[];
  readonly skipped: readonly string[];
  readonly meanBytes: number;
  readonly fileSystem: string;
  /** Of one 4 KiB append and its fdatasync, in this run. */
  readonly syncMs: number;
  readonly date: string;
}

const FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0xef53, "ext4"],
  [0x58465342, "XFS"],
  [0x9123683e, "Btrfs"],
  [0x2fc12fc1, "ZFS"],
  [0x794c7630, "overlayfs"],
  [0x01021994, "tmpfs"],
]);

/** The kind of file system that a folder is on. */
export function fileSystemOf(folder: string): string {
  const magic = statfsSync(folder).type;
  return FILE_SYSTEMS.get(magic) ?? `file system 0x${magic.toString(16)}`;
}

export function page(found: Findings): string {
  const { plan, series, running, skipped } = found;
  const tables = plan.inFlight.map((inFlight) => markdownTable(series, inFlight));
  const systems = running.map(({ system, server }) => {
    const version = server.remark === undefined ? "" : ` (${server.remark})`;
    return `- **${system.title}**${version}: ${system.means}.\n`;
  });
  return `# What an acknowledged append costs

    npm ci --prefix bench                     # clients of PostgreSQL and NATS; only for this
    node bench/bucket.ts --write

${machineLine(found)}

${methodText(found)}
${tables.join("\n")}
Goals:

${bullets(goalLines(series))}
What each row is:

${systems.join("")}${skipped.length > 0 ? `\nNot measured here:\n\n${bullets(skipped)}` : ""}`;
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}\n`).join("");
}

function machineLine({ fileSystem, syncMs, date }: Findings): string {
  const all = cpus();
  const model = all[0]?.model.trim() ?? "unknown processor";
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const system = `${type()} ${release().split(".").slice(0, 2).join(".")}`;
  const disk = `${fileSystem}, where appending 4 KiB and fdatasync took ${syncMs.toFixed(2)} ms`;
  return `${date}. Node ${process.versions.node}, ${system}, ${all.length} × ${model}, ${memory}, ${disk} (median).`;
}

function methodText({ plan, meanBytes }: Findings): string {
  const seconds = plan.ms / 1000;
  return `Events of ${meanBytes.toFixed(0)} bytes on average: what the airline's policy decides about its sample calls, each with an
identity of its own. Client and server are two processes on one machine, over a Unix socket unless a
row says otherwise. So many appends are always in flight; each is sent again as soon as it is
acknowledged. ${plan.rounds} rounds; in each, every system ran for ${seconds} s at each number in flight, one after the
other, every second round in the reverse order, with the disk idle before each. Figures are medians
over the rounds; "of ceiling" is the median of the ratios within single rounds. A batch is what one
sync made durable, counted afterwards; nobody is told its size. Processor time is of all threads, an
append.
`;
}
