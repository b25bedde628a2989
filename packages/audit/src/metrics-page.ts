import { ConstitutionRefused } from "@writ/bucket/constitution";
import type { QuotaUse } from "@writ/bucket/constitution/usage";
import type { Answer } from "@writ/bucket/read/http-answer";
import { publishedCheckpoint } from "@writ/bucket/read/published";
import { bucketDenials } from "./bucket-denials.ts";
import { SearchUnavailable } from "./index/live-index.ts";
import type { Summary } from "./index/search.ts";
import { askIndex, type PageRequest, type Reading } from "./pages.ts";
import { quotasOf } from "./quota-watch.ts";
import type { WitnessStatus } from "./witness/petitioner.ts";

/** What only the process itself knows. */
export interface ProcessFacts {
  /** When the published checkpoint was put in place, in milliseconds since 1970; undefined if there is none. */
  readonly checkpointTime: () => number | undefined;
  readonly violations: () => number;
  readonly witnesses: () => readonly WitnessStatus[];
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

interface Metric {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** `/metrics`: the numbers of this log and this process, in Prometheus' text format. */
export async function metricsPage(
  reading: Reading,
  facts: ProcessFacts,
  asked: PageRequest,
): Promise<Answer> {
  const metrics = [
    ...ofLog(reading, facts),
    ...ofProcess(facts),
    ...ofWitnesses(facts.witnesses()),
    ofDenials(reading),
    ...(await ofIndex(reading, asked)),
  ];
  const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
  return { status: 200, headers, body: Buffer.from(metrics.map(format).join("")) };
}

function ofLog({ tiles, index }: Reading, { checkpointTime }: ProcessFacts): Metric[] {
  const size = publishedCheckpoint(tiles)?.checkpoint.size ?? 0;
  const time = checkpointTime();
  const indexed = index?.status.size;
  return [
    gauge("writ_log_size", "Events published.", size),
    ...(time === undefined
      ? []
      : [
          gauge(
            "writ_checkpoint_age_seconds",
            "Since the newest checkpoint.",
            (Date.now() - time) / 1000,
          ),
        ]),
    ...(indexed === undefined
      ? []
      : [
          gauge(
            "writ_index_lag_events",
            "Published events that are not indexed yet.",
            Math.max(0, size - indexed),
          ),
        ]),
    gauge("writ_index_ready", "Whether searches are answered.", indexed === undefined ? 0 : 1),
  ];
}

function ofProcess({ violations }: ProcessFacts): Metric[] {
  const help = "Requests that asked for more than reading.";
  return [
    { name: "writ_violations_total", type: "counter", help, samples: [[{}, violations()]] },
    gauge("process_resident_memory_bytes", "Memory of the process.", process.memoryUsage.rss()),
  ];
}

function ofDenials({ bucket }: Reading): Metric {
  const denials = bucketDenials(bucket) ?? new Map<string, number>();
  return {
    name: "writ_bucket_denials_total",
    type: "counter",
    help: "What the Bucket has turned away since its start.",
    samples: [...denials].map(([cause, count]) => [{ cause }, count]),
  };
}

function ofWitnesses(witnesses: readonly WitnessStatus[]): Metric[] {
  const of = (value: (one: WitnessStatus) => number | null): Sample[] =>
    witnesses.flatMap((one) => {
      const found = value(one);
      return found === null ? [] : [[{ witness: one.name }, found] as const];
    });
  return [
    many(
      "writ_witness_cosigned_size",
      "Largest tree cosigned.",
      of((one) => one.cosignedSize),
    ),
    many(
      "writ_witness_cosigned_timestamp_seconds",
      "When it was cosigned, by the witness's clock.",
      of((one) => one.cosignedAt),
    ),
    many(
      "writ_witness_failures",
      "Requests in a row without cosignature.",
      of((one) => one.failures),
    ),
    many(
      "writ_witness_alarm",
      "Whether the witness holds something against this log.",
      of((one) => (one.alarm === null ? 0 : 1)),
    ),
  ];
}

/** Without an index these are missing, as Prometheus wants what is not known to be. */
async function ofIndex(reading: Reading, asked: PageRequest): Promise<Metric[]> {
  try {
    const summary = await askIndex(reading, asked, "summary", []);
    const tallies = await askIndex(reading, asked, "tallies", []);
    return [...ofSummary(summary), ...ofQuotas(quotasOf(reading.bucket, tallies))];
  } catch (error) {
    if (error instanceof SearchUnavailable || error instanceof ConstitutionRefused) return [];
    throw error;
  }
}

function ofSummary({ decisions, failed, streams, holes, missing }: Summary): Metric[] {
  const samples = Object.entries(decisions).map(
    ([decision, events]) => [{ decision }, events] as const,
  );
  return [
    many("writ_events", "Events by decision.", samples),
    gauge("writ_events_failed", "Events whose status is failed.", failed),
    gauge("writ_streams", "Gateways and epochs with a record.", streams),
    gauge("writ_holes", "Ranges of attempts that left no record.", holes),
    gauge("writ_missing_attempts", "Attempts in those ranges.", missing),
  ];
}

function ofQuotas(quotas: readonly QuotaUse[]): Metric[] {
  const of = (value: (quota: QuotaUse) => number): Sample[] =>
    quotas.map((quota) => [{ writer: quota.writer ?? "", of: quota.of }, value(quota)]);
  return [
    many(
      "writ_quota_used",
      "Used of a quota; no writer means the whole log.",
      of(({ used }) => used),
    ),
    many(
      "writ_quota_limit",
      "The quota.",
      of(({ limit }) => limit),
    ),
    many(
      "writ_quota_warning",
      "Whether 80 % of the quota is used.",
      of(({ level }) => (level === "free" ? 0 : 1)),
    ),
  ];
}

function gauge(name: string, help: string, value: number): Metric {
  return many(name, help, [[{}, value]]);
}

function many(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: "gauge", help, samples };
}

function format({ name, type, help, samples }: Metric): string {
  if (samples.length === 0) return "";
  const lines = samples.map(([labels, value]) => `${name}${formatLabels(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
