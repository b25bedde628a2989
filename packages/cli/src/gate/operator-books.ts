import type { AttemptReport } from "@writ/enforce/attempt-report";
import { fileSink, type LineSink, streamSink } from "@writ/gateway/line-sink";
import { EventLog, ReasonLog } from "@writ/gateway/log";
import { GatewayMetrics, type GatewayState } from "@writ/gateway/metrics";
import type { Refusal } from "@writ/gateway/server";
import { attemptTracer } from "@writ/gateway/trace";
import type { Settings } from "../config/table.ts";
import { describe } from "../operator-error.ts";

/** A moment for the last lines; a reader that is stuck by then gets none of them. */
const LAST_LINES_MS = 500;

/** Where a running gateway tells its operator what it does: events, reasons, counters, traces. */
export class OperatorBooks {
  readonly events: EventLog;
  readonly metrics: GatewayMetrics;
  readonly #reasons: ReasonLog;
  readonly #trace: ReturnType<typeof attemptTracer>;

  constructor(
    { level, reasons }: Settings["log"],
    state: () => Omit<GatewayState, "logLinesDropped">,
  ) {
    const stderr = streamSink(process.stderr);
    this.events = new EventLog(level, stderr);
    this.#reasons = new ReasonLog(reasonSink(reasons, stderr));
    this.#trace = attemptTracer();
    this.metrics = new GatewayMetrics(() => ({ ...state(), logLinesDropped: this.#dropped }));
  }

  attempt(report: AttemptReport): void {
    this.metrics.take(report);
    this.#reasons.take(report);
    this.#trace?.(report);
  }

  refusal({ status, cause }: Refusal): void {
    this.metrics.refused(status, cause);
  }

  violation(detail: string): void {
    this.metrics.violated();
    this.events.tell("error", "violation", { detail });
  }

  fault(error: unknown): void {
    this.metrics.faulted();
    this.events.tell("error", "fault", { detail: describe(error) });
  }

  /** After a rotation of the file that holds the reasons. */
  reopen(): void {
    this.#reasons.reopen();
  }

  async close(): Promise<void> {
    await Promise.all([this.events.close(LAST_LINES_MS), this.#reasons.close(LAST_LINES_MS)]);
  }

  get #dropped(): number {
    return this.events.dropped + this.#reasons.dropped;
  }
}

function reasonSink(place: string, stderr: LineSink): LineSink | null {
  if (place === "none") return null;
  return place === "stderr" ? stderr : fileSink(place);
}
