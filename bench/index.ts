// How fast the audit process indexes a log, what the index takes on disk and in memory, and how long
// the questions of an auditor take: node bench/index.ts [--events N] [--data DIR]
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Follower } from "@writ/audit/index/follower";
import { findQuestion, histogramQuestion } from "@writ/audit/index/question";
import { Search } from "@writ/audit/index/search";
import { diskFolder } from "@writ/bucket/read/folder";
import { makeLedger } from "./index/ledger.ts";

const { values } = parseArgs({
  options: { events: { type: "string", default: "3000000" }, data: { type: "string" } },
});
const count = Number(values.events);
const data = values.data ?? mkdtempSync(join(tmpdir(), "writ-bench-index-"));
const directory = join(data, "audit", "index");

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

if (readdirSync(data).length === 0) await makeLedger(data, count);
const bucket = diskFolder(join(data, "bucket"));
rmSync(directory, { recursive: true, force: true });

const began = performance.now();
const cpu = process.cpuUsage();
const follower = Follower.open(bucket, directory);
let mostMemory = 0;
for (let step = follower.step(); ; step = follower.step()) {
  mostMemory = Math.max(mostMemory, process.memoryUsage.rss());
  if (step.size === step.published) break;
}
follower.close();
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(cpu);
const size = readdirSync(directory).reduce(
  (sum, name) => sum + statSync(join(directory, name)).size,
  0,
);
say(
  `indexed ${follower.size} events in ${seconds.toFixed(1)} s: ${Math.round(follower.size / seconds)} a second`,
);
say(
  `${(size / follower.size).toFixed(1)} bytes an event on disk, at most ${Math.round(mostMemory / 2 ** 20)} MiB in memory`,
);
say(`${((user + system) / follower.size).toFixed(1)} µs of processor time an event`);
const reopened = performance.now();
Follower.open(bucket, directory).close();
say(`opened and checked again in ${Math.round(performance.now() - reopened)} ms`);

const search = new Search(directory);
const time = (at: number): string =>
  new Date(Date.parse("2026-11-21T20:00:00Z") + at).toISOString().replace(".000Z", "Z");
const half = time(Math.floor(count / 2000) * 1000);
const questions: Readonly<Record<string, string>> = {
  "newest 100": "",
  "decision=BLOCK": "decision=BLOCK",
  "rare reason": "reason_code=OVER_LIMIT",
  "rare reason, oldest first": "reason_code=OVER_LIMIT&order=oldest",
  "failed, one caller, one action": "status=failed&caller=desk&action_type=refund",
  "two common fields that never meet": "decision=REWRITE&status=failed",
  adapter: "adapter_name=mcp",
  "time range": `from=${time(600_000)}&to=${half}`,
  "time range and a rare reason": `reason_code=OVER_LIMIT&from=${time(600_000)}&to=${half}`,
  "times without events": "from=2030-01-01T00:00:00Z",
  "a trace_id that is there once": `trace_id=${search.find(findQuestion(new URLSearchParams("after=1000"))).events[0]?.trace_id}`,
  "a trace_id that is there 300,000 times": `trace_id=${"ab".repeat(32)}`,
  "such a trace_id and a rare reason": `trace_id=${"ab".repeat(32)}&reason_code=OVER_LIMIT`,
  "decision id": `decision_id=${search.find(findQuestion(new URLSearchParams("after=12345"))).events[0]?.enforcement_decision_id}`,
  "the 1000th page": "decision=BLOCK&after=1500000&limit=1000",
};
for (const [name, text] of Object.entries(questions)) {
  const question = findQuestion(new URLSearchParams(text));
  report(name, () => {
    const { events, total } = search.find(question);
    return `${events.length} of ${total.count}${total.isExact ? "" : " or more"}`;
  });
}
const times = `from=2026-11-21T20:00:00Z&to=${time(count)}`;
for (const [name, text] of [
  ["histogram, 1 s, 1,000 buckets", `from=${time(0)}&to=${time(1_000_000)}&step=1`],
  ["histogram, 60 s", `${times}&step=60`],
  ["histogram, 60 s, BLOCK", `${times}&step=60&decision=BLOCK`],
] as const) {
  report(
    name,
    () => `${search.histogram(histogramQuestion(new URLSearchParams(text))).length} buckets`,
  );
}
report("summary", () => String(search.summary().size));
report("values of fields", () => String(Object.keys(search.fields()).length));
report("holes", () => String(search.holes(undefined, 1000).length));
search.close();
if (values.data === undefined) rmSync(data, { recursive: true });

function report(name: string, ask: () => string): void {
  const taken: number[] = [];
  let said = "";
  for (let round = 0; round < 21; round++) {
    const start = performance.now();
    said = ask();
    taken.push(performance.now() - start);
  }
  const first = taken[0] ?? 0;
  taken.sort((a, b) => a - b);
  say(
    `${name.padEnd(42)} median ${(taken[10] ?? 0).toFixed(1).padStart(7)} ms, first ${first.toFixed(1).padStart(7)} ms   ${said}`,
  );
}
