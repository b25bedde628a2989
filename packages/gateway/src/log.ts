import type { AttemptReport } from "@writ/enforce/attempt-report";
import { type Logger, pino, stdTimeFunctions } from "pino";
import type { LineSink } from "./line-sink.ts";

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

const SILENT: LineSink = {
  write() {},
  dropped: 0,
  reopen() {},
  async close() {},
};

/**
 * What happens to the process: a line of JSON with `time`, `level`, `process`, `event`. Without
 * transports: they are worker threads, which the permission model forbids.
 */
export class EventLog {
  readonly #logger: Logger;
  readonly #sink: LineSink;

  constructor(level: LogLevel, sink: LineSink) {
    this.#sink = sink;
    this.#logger = loggerOn(sink, level);
  }

  tell(
    level: Exclude<LogLevel, "silent">,
    event: string,
    fields: Readonly<Record<string, string | number | boolean | null>> = {},
  ): void {
    this.#logger[level]({ event, ...fields });
  }

  get dropped(): number {
    return this.#sink.dropped;
  }

  close(patienceMs: number): Promise<void> {
    return this.#sink.close(patienceMs);
  }
}

const MOST_DETAIL = 200;

/**
 * Why each attempt ended as it did: policy, so for operators alone, on a stream of its own (contract
 * §5). It has nothing of an input, a header or a key.
 */
export class ReasonLog {
  readonly #logger: Logger | null;
  readonly #sink: LineSink;

  constructor(sink: LineSink | null) {
    this.#sink = sink ?? SILENT;
    this.#logger = sink === null ? null : loggerOn(sink, "info");
  }

  get dropped(): number {
    return this.#sink.dropped;
  }

  take(report: AttemptReport): void {
    if (this.#logger === null) return;
    const { decisionId, caller, verdict, ending, rejection, released, adapter, failure, ms } =
      report;
    this.#logger.info({
      event: "attempt",
      decision_id: decisionId,
      trace_id: verdict.trace_id,
      caller,
      category: verdict.category,
      action_type: verdict.action_type,
      decision: verdict.outcome,
      reason_code: verdict.reason_code,
      status: verdict.failed || failure !== null ? "failed" : "success",
      ending,
      rejection,
      released,
      adapter,
      failure:
        failure === null ? null : `${failure.cause}: ${failure.detail.slice(0, MOST_DETAIL)}`,
      decide_ms: rounded(ms.decide),
      adapter_ms: rounded(ms.adapter),
      append_ms: rounded(ms.append),
    });
  }

  reopen(): void {
    this.#sink.reopen();
  }

  close(patienceMs: number): Promise<void> {
    return this.#sink.close(patienceMs);
  }
}

function loggerOn(sink: LineSink, level: LogLevel): Logger {
  return pino(
    {
      level,
      base: { process: "gateway" },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  );
}

/** To the microsecond. */
function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1000) / 1000;
}
