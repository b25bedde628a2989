import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { before, after as finallyDo, test } from "node:test";
import { mintAuditorKey, revokeAuditor } from "./auditor-keys.test-support.ts";
import { ALICE, batchOf } from "./ledger.test-support.ts";
import { routesOf } from "./routes.ts";
import { indexed, type Served, serveLedger } from "./served.test-support.ts";

let served: Served;

before(async () => {
  served = await serveLedger([batchOf(ALICE, 1, 1, 1, 200), batchOf(ALICE, 1, 2, 201, 100)]);
  await indexed(served, 300);
});

finallyDo(async () => {
  await served.stop();
});

const id = `${ALICE.name}.1.7`;

/** One request for every path that there is, and what it gets without a key, with one for metrics, with any. */
const table: readonly (readonly [
  path: string,
  nobody: number,
  monitoring: number,
  auditor: number,
])[] = [
  ["/", 200, 200, 200],
  ["/auditor.js", 200, 200, 200],
  ["/healthz", 200, 200, 200],
  ["/checkpoint", 200, 200, 200],
  ["/checkpoints", 200, 200, 200],
  ["/checkpoint/200", 200, 200, 200],
  ["/tile/0/000", 200, 200, 200],
  ["/tile/0/001.p/44", 200, 200, 200],
  ["/tile/1/000.p/1", 200, 200, 200],
  ["/tile/entries/000", 401, 401, 200],
  ["/tile/entries/001.p/44", 401, 401, 200],
  ["/tile/entries/999", 401, 401, 404],
  ["/v1/events", 401, 401, 200],
  ["/v1/event?index=0", 401, 401, 200],
  ["/v1/search", 401, 401, 200],
  [`/v1/search?decision_id=${id}`, 401, 401, 200],
  ["/v1/search?nonsense=1", 401, 401, 400],
  ["/v1/histogram?from=2026-11-21T20:00:00Z&to=2026-11-21T21:00:00Z&step=60", 401, 401, 200],
  ["/vkey", 200, 200, 200],
  ["/v1/counts?decision=BLOCK", 401, 401, 200],
  ["/v1/counts?trace_id=01234567", 401, 401, 400],
  ["/v1/state", 401, 401, 200],
  ["/v1/checkpoints", 401, 401, 200],
  ["/v1/growth", 401, 401, 200],
  ["/v1/growth?points=1", 401, 401, 400],
  ["/v1/constitutions", 401, 401, 200],
  ["/v1/quotas", 401, 401, 200],
  ["/v1/summary", 401, 401, 200],
  ["/v1/streams", 401, 401, 200],
  ["/v1/holes", 401, 401, 200],
  ["/v1/fields", 401, 401, 200],
  [`/proof/inclusion?decision_id=${id}`, 401, 401, 200],
  ["/proof/inclusion?index=999", 401, 401, 400],
  ["/proof/consistency?from=200", 401, 401, 200],
  ["/metrics", 401, 200, 200],
  ["/nothing", 404, 404, 404],
];

for (const [path, nobody, monitoring, auditor] of table) {
  test(`who gets ${path}`, async () => {
    const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
    const keyless = await served.ask(path);
    const strangers = [
      keyless,
      await served.ask(path, "GET", bearer("A".repeat(43))),
      await served.ask(path, "GET", bearer(served.key.slice(0, -1))),
      await served.ask(path, "GET", { authorization: `Basic ${served.key}` }),
      await served.ask(`${path}${path.includes("?") ? "&" : "?"}key=${served.key}`),
      await served.ask(path, "GET", { cookie: `key=${served.key}` }),
    ];
    for (const reply of strangers) assert.equal(reply.status, nobody);
    assert.equal((await served.ask(path, "GET", bearer(served.metricsKey))).status, monitoring);
    assert.equal((await served.read(path)).status, auditor);
    if (nobody === 401) {
      assert.equal(keyless.headers["www-authenticate"], 'Bearer realm="auditors"');
      assert.equal(keyless.headers["cache-control"], "no-store");
    }
    // Whatever everybody gets, no event, reason or decision id is in it.
    assert.doesNotMatch(keyless.body.toString("latin1"), /trace_id|ALLOWED|[0-9a-f]{16}\.1\.\d/);
    assert.equal(keyless.headers["x-content-type-options"], "nosniff");
    assert.equal(keyless.headers["referrer-policy"], "no-referrer");
    assert.match(String(keyless.headers["content-security-policy"]), /^default-src 'none'/);
  });
}

test("the table has every route", () => {
  const { bucket } = { bucket: { list: () => [], open: () => undefined, pause: () => {} } };
  const reading = { bucket, tiles: bucket, index: undefined, kept: undefined };
  const facts = { checkpointTime: () => undefined, violations: () => 0, witnesses: () => [] };
  const asked = table.map(([path]) => path.split("?")[0] ?? "");
  for (const { path } of routesOf(reading, facts)) {
    assert.ok(
      asked.some((known) => known === path || (path === "/checkpoint/" && known.startsWith(path))),
      path,
    );
  }
});

test("keys are kept as digests", () => {
  const text = readFileSync(served.keyFile, "utf8");
  assert.match(
    text,
    /^[0-9a-f]{64} another\n[0-9a-f]{64} the test itself\n[0-9a-f]{64}:metrics monitoring\n$/,
  );
  assert.ok(!text.includes(served.key));
});

test("a key counts from when it is made, and no longer when it is revoked", async () => {
  const key = mintAuditorKey(served.keyFile, "passing");
  const asked = (): Promise<number> =>
    served
      .ask("/v1/events", "GET", { authorization: `Bearer ${key}` })
      .then(({ status }) => status);
  assert.equal(await asked(), 200);
  revokeAuditor(served.keyFile, "passing");
  assert.equal(await asked(), 401);
  assert.equal((await served.read("/v1/events")).status, 200);
  const kept = readFileSync(served.keyFile, "utf8");
  writeFileSync(served.keyFile, `${kept}nonsense\n`);
  assert.equal((await served.read("/v1/events")).status, 401);
  assert.equal(served.errors.length, 1);
  writeFileSync(served.keyFile, kept);
  assert.equal((await served.read("/v1/events")).status, 200);
});
