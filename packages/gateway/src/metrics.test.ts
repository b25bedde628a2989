import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import type { AttemptReport } from "@writ/enforce/attempt-report";
import { GatewayMetrics, type GatewayState } from "./metrics.ts";
import { serveMetrics } from "./metrics-listener.ts";
import { reportOf } from "./report.test-support.ts";

const STATE: GatewayState = {
  inFlight: 3,
  epoch: 9,
  connected: true,
  halted: false,
  engineVersion: `3.0.0+${"cd".repeat(32)}`,
  policy: "payments",
  logLinesDropped: 0,
};

function inCategory(category: string, change: Partial<AttemptReport> = {}): AttemptReport {
  const report = reportOf(change);
  return { ...report, verdict: { ...report.verdict, category } };
}

async function lines(metrics: GatewayMetrics): Promise<string[]> {
  return (await metrics.text()).split("\n").filter((line) => line.startsWith("writ_gateway_"));
}

test("counts what happened, and says what is", async () => {
  const metrics = new GatewayMetrics(() => STATE);
  metrics.know(new Set(["send_payment"]));
  for (let round = 0; round < 3; round += 1) metrics.take(reportOf());
  metrics.take(reportOf({ released: false, ending: "rejected", rejection: "QUOTA_EXCEEDED" }));
  metrics.take(reportOf({ released: false, failure: { cause: "LATE", detail: "" } }));
  metrics.refused(401, "UNAUTHENTICATED");
  metrics.violated();
  const told = await lines(metrics);
  for (const line of [
    'writ_gateway_attempts_total{category="send_payment",decision="EXECUTE",released="true"} 3',
    'writ_gateway_attempts_total{category="send_payment",decision="EXECUTE",released="false"} 2',
    'writ_gateway_records_total{ending="committed"} 4',
    'writ_gateway_rejections_total{code="QUOTA_EXCEEDED"} 1',
    'writ_gateway_adapter_failures_total{adapter="payments",cause="LATE"} 1',
    'writ_gateway_refusals_total{status="401",cause="UNAUTHENTICATED"} 1',
    "writ_gateway_violations_total 1",
    "writ_gateway_in_flight 3",
    "writ_gateway_epoch 9",
    "writ_gateway_connected 1",
    "writ_gateway_halted 0",
    `writ_gateway_policy_info{policy="payments",engine_version="${STATE.engineVersion}"} 1`,
    "writ_gateway_decide_seconds_count 5",
    'writ_gateway_decide_seconds_bucket{le="0.0001"} 0',
    'writ_gateway_decide_seconds_bucket{le="0.00025"} 5',
    "writ_gateway_append_seconds_count 5",
    'writ_gateway_adapter_seconds_count{adapter="payments"} 5',
  ]) {
    assert.ok(told.includes(line), `${line} in\n${told.join("\n")}`);
  }
  // A second scrape says the same: nothing is added by looking.
  assert.deepEqual(
    (await lines(metrics)).filter((line) => !line.includes("resident")),
    told.filter((line) => !line.includes("resident")),
  );
});

test("callers' words make no labels", async () => {
  const metrics = new GatewayMetrics(() => STATE);
  metrics.know(new Set(["send_payment"]));
  for (let at = 0; at < 1_000; at += 1) metrics.take(inCategory(`x${"_".repeat(at % 60)}`));
  metrics.take(inCategory("refund"));
  metrics.know(new Set(["refund"]));
  metrics.take(inCategory("refund"));
  const attempts = (await lines(metrics)).filter((line) => line.includes("attempts_total{"));
  assert.deepEqual(attempts, [
    'writ_gateway_attempts_total{category="unrecognized",decision="EXECUTE",released="true"} 1001',
    'writ_gateway_attempts_total{category="refund",decision="EXECUTE",released="true"} 1',
  ]);
});

test("the listener answers /metrics alone, and no name that a page in a browser made up", async () => {
  const listener = await serveMetrics(new GatewayMetrics(() => STATE), {
    host: "127.0.0.1",
    port: 0,
  });
  const status = (method: string, path: string, host: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const options = { port: listener.port, method, path, headers: { host } };
      const sent = request({ host: "127.0.0.1", ...options }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on("error", reject);
      sent.end();
    });
  assert.equal(await status("GET", "/metrics", `127.0.0.1:${listener.port}`), 200);
  assert.equal(await status("GET", "/metrics", "localhost"), 200);
  assert.equal(await status("GET", "/metrics", "evil.example"), 403);
  assert.equal(await status("GET", "/", "localhost"), 404);
  assert.equal(await status("POST", "/metrics", "localhost"), 405);
  await listener.close();
});
