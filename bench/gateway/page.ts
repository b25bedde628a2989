import { cpus, release, totalmem, type } from "node:os";
import { fileSystemOf } from "../bucket/page.ts";
import type { Profiles, Share } from "./profile.ts";
import { boundLines, goalLines, markdownTable } from "./report.ts";
import { batchesBeside, type Measurable, type Plan, type Series, warmUpMs } from "./rounds.ts";

/** All that a page of results tells. */
export interface Findings {
  readonly plan: Plan;
  readonly series: readonly Series[];
  readonly measured: readonly Pick<Measurable, "title" | "means">[];
  readonly skipped: readonly string[];
  readonly profiles: Profiles | undefined;
  readonly folder: string;
}

export function page(found: Findings): string {
  const { series, measured, skipped, profiles } = found;
  const rows = measured.map(({ title, means }) => `**${title}**: ${means}.`);
  return `# What a recorded decision costs over HTTP

    npm ci --prefix bench                     # Fastify; only for this
    node bench/gateway.ts --write

${machineLine(found.folder)}

${methodText(found.plan)}
${markdownTable(series)}
Neither Cerbos nor OPA makes its log durable before it answers, nor can anyone verify it afterwards;
the echoes write nothing at all.

Goals:

${bullets(goalLines(series))}
What each row is:

${bullets(rows)}${skipped.length > 0 ? `\nNot measured here:\n\n${bullets(skipped)}` : ""}${boundsText(series, profiles)}`;
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}\n`).join("");
}

export function machineLine(folder: string): string {
  const all = cpus();
  const model = all[0]?.model.trim() ?? "unknown processor";
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const system = `${type()} ${release().split(".").slice(0, 2).join(".")}`;
  const date = new Date().toISOString().slice(0, 10);
  return `${date}. Node ${process.versions.node}, ${system}, ${all.length} × ${model}, ${memory}, records on ${fileSystemOf(folder)}.`;
}

function methodText({ rounds, ms, connections, load }: Plan): string {
  return `All are asked the same 512 calls of an agent under the same eight limits on payments, about 330 bytes
each, over ${connections} connections (NDJSON: ${batchesBeside(connections)}), each of which asks again as soon as it is answered. Load: ${load.title}.
Before anything is timed, each must decide every call as the limits, told plainly, do. ${rounds} rounds; in each,
every row ran for ${ms / 1000} s, one after the other, every second round in the reverse order, after ${warmUpMs(ms) / 1000} s each
to warm up. Figures are medians over the rounds; "of Fastify" is the median of ratios within single rounds. Processor time is
of all threads of all the server's processes: gateway + Bucket, in brackets each; "processors busy"
counts the load generator too. Afterwards each of Writ's ledgers holds every decision that was answered.
`;
}

function boundsText(series: readonly Series[], profiles: Profiles | undefined): string {
  const lines = [...boundLines(series), ...(profiles === undefined ? [] : profileLines(profiles))];
  if (lines.length === 0) return "";
  return `
What bounds it. The gateway decides on one thread, and so does the Bucket; on two processors they and
the load generator share what there is. A row that keeps fewer processors busy than there are waits:
for a sync, or for one of its own threads.

${bullets(lines)}`;
}

function profileLines({ gateway, inProcess }: Profiles): readonly string[] {
  return [
    `where the gateway's own time goes (\`node --cpu-prof\`, the same load): ${sharesText(gateway)}`,
    `the same of the program in process: ${sharesText(inProcess)}`,
  ];
}

export function sharesText(shares: readonly Share[]): string {
  const named = shares.filter(({ part }) => part >= 0.01);
  return named.map(({ name, part }) => `${name} ${(part * 100).toFixed(0)} %`).join(", ");
}
