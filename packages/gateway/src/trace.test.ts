import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import {
  type Context,
  context,
  type Span,
  type SpanOptions,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { reportOf } from "./report.test-support.ts";
import { attemptTracer } from "./trace.ts";

interface Seen {
  readonly name: string;
  readonly start: number;
  readonly attributes: SpanOptions["attributes"];
  readonly parent: Span | undefined;
  readonly span: Span;
  end: number;
  status: unknown;
}

/** An SDK as small as the interface lets it be. */
function recordingTracer(): { readonly seen: Seen[]; readonly tracer: Tracer } {
  const seen: Seen[] = [];
  const startSpan = (name: string, options: SpanOptions = {}, within?: Context): Span => {
    const start = Number(options.startTime);
    const span = {
      end(at: number) {
        entry.end = at;
      },
      setStatus(status: unknown) {
        entry.status = status;
      },
    } as unknown as Span;
    const parent = trace.getSpan(within ?? context.active());
    const { attributes } = options;
    const entry: Seen = { name, start, attributes, parent, span, end: 0, status: undefined };
    seen.push(entry);
    return span;
  };
  return { seen, tracer: { startSpan } as unknown as Tracer };
}

afterEach(() => trace.disable());

test("without an SDK there is nothing to tell", () => {
  assert.equal(attemptTracer(), null);
});

test("an attempt is a span, and each of its steps one within", () => {
  const { seen, tracer } = recordingTracer();
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  const told = attemptTracer();
  assert.ok(told !== null);
  const before = performance.timeOrigin + performance.now();
  told(reportOf());
  const [attempt, ...steps] = seen;
  assert.ok(attempt !== undefined);
  assert.deepEqual(
    seen.map(({ name }) => name),
    ["writ.attempt", "writ.decide", "writ.adapter", "writ.append"],
  );
  for (const { parent } of steps) assert.equal(parent, attempt.span);
  assert.equal(steps[0]?.start, attempt.start);
  assert.equal(steps[0]?.end, steps[1]?.start);
  assert.equal(steps[1]?.end, steps[2]?.start);
  assert.equal(steps[2]?.end, attempt.end);
  assert.ok(Math.abs(attempt.end - attempt.start - 13.75) < 0.01);
  assert.ok(attempt.end >= before);
  assert.equal(attempt.attributes?.["writ.decision"], "EXECUTE");
  assert.equal(attempt.status, undefined);
});

test("steps that were not taken have no span; a failed action is an error", () => {
  const { seen, tracer } = recordingTracer();
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  const ms = { decide: 1, adapter: null, append: null };
  attemptTracer()?.(reportOf({ ms, adapter: null, failure: { cause: "LATE", detail: "secret" } }));
  assert.deepEqual(
    seen.map(({ name }) => name),
    ["writ.attempt", "writ.decide"],
  );
  assert.deepEqual(seen[0]?.status, { code: 2, message: "LATE" });
});
