import {
  type Attributes,
  context,
  ProxyTracerProvider,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { AttemptReport } from "@writ/enforce/attempt-report";

/**
 * Tells a tracer of each attempt and its steps, if the operator has loaded an SDK of OpenTelemetry
 * before the gateway (`node --import`); without one this is null, and nothing is done an attempt.
 * Attributes have nothing of an input, a header or a key.
 */
export function attemptTracer(): ((report: AttemptReport) => void) | null {
  const provider = trace.getTracerProvider();
  const isLoaded =
    !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer("writ") !== undefined;
  if (!isLoaded) return null;
  const tracer = trace.getTracer("writ");
  return (report) => traceAttempt(tracer, report);
}

/** An attempt is over when it is told of, so its spans are made afterwards, from its own clock. */
function traceAttempt(tracer: Tracer, report: AttemptReport): void {
  const { ms, failure } = report;
  const end = performance.timeOrigin + performance.now();
  const acted = end - (ms.append ?? 0);
  const decided = acted - (ms.adapter ?? 0);
  const begun = decided - ms.decide;
  // The request's own span, where the SDK follows requests, is its parent.
  const options = { startTime: begun, attributes: attributesOf(report) };
  const attempt = tracer.startSpan("writ.attempt", options);
  const within = trace.setSpan(context.active(), attempt);
  const step = (name: string, from: number, to: number): void => {
    tracer.startSpan(name, { startTime: from }, within).end(to);
  };
  step("writ.decide", begun, decided);
  if (ms.adapter !== null) step("writ.adapter", decided, acted);
  if (ms.append !== null) step("writ.append", acted, end);
  if (failure !== null) attempt.setStatus({ code: SpanStatusCode.ERROR, message: failure.cause });
  attempt.end(end);
}

function attributesOf({
  decisionId,
  verdict,
  ending,
  rejection,
  released,
  adapter,
}: AttemptReport): Attributes {
  return {
    "writ.decision_id": decisionId,
    "writ.trace_id": verdict.trace_id,
    "writ.engine_version": verdict.engine_version,
    "writ.category": verdict.category,
    "writ.decision": verdict.outcome,
    "writ.reason_code": verdict.reason_code,
    "writ.ending": ending,
    "writ.released": released,
    ...(rejection === null ? {} : { "writ.rejection": rejection }),
    ...(adapter === null ? {} : { "writ.adapter": adapter }),
  };
}
