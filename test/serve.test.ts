import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  airline,
  enforce,
  type HttpAnswer,
  inParallel,
  recordedCalls,
  serve,
  temporaryFolder,
  writ,
} from "./serving.ts";

const sample = readFileSync(join(airline, "sample.jsonl"), "utf8").trimEnd().split("\n");

/** What an answer says, without what is new in each attempt. */
function identity({ body }: HttpAnswer): string {
  const { decision, trace_id, rewrite_class } = body;
  return JSON.stringify({
    decision,
    trace_id,
    ...(rewrite_class === undefined ? {} : { rewrite_class }),
  });
}

async function verified(data: string): Promise<{ events: number; faults: unknown[]; ok: boolean }> {
  const key = join(data, "log.vkey");
  const { code, stdout, stderr } = await writ(["verify", data, "--key", key, "--json"]);
  assert.equal(code, 0, stdout + stderr);
  return JSON.parse(stdout);
}

test("every kind of attempt has one answer, one event, a proof, and the decision of writ decide", async (t) => {
  const data = temporaryFolder();
  const serving = await serve(data);
  await requireHealth(serving.gateway);
  const answers = await inParallel(sample, 16, (line) => enforce(serving.gateway, line));
  await t.test("what is no such object is an attempt too, and BLOCK", async () => {
    await requireNoObject(serving.gateway);
  });
  await t.test("what stands in the way of another is one line and exit 2", async (t) => {
    await requireOneLine(t, data, serving.gateway);
  });
  assert.equal(await serving.stop(), 0);

  const { stdout } = await writ(["decide", "--policy", airline, join(airline, "sample.jsonl")]);
  assert.deepEqual(answers.map(identity), stdout.trimEnd().split("\n"));
  for (const { status, body } of answers) {
    assert.equal(status, 200);
    const isRewrite = body.decision === "REWRITE";
    const keys = ["decision", "trace_id", "enforcement_decision_id", "status"];
    assert.deepEqual(Object.keys(body), isRewrite ? [...keys, "rewrite_class"] : keys);
    assert.equal(body.status, body.decision === "EXECUTE" ? "success" : "failed");
  }
  const report = await verified(data);
  assert.equal(report.events, sample.length + NO_OBJECTS.length);
  const ids = answers.map(({ body }) => body.enforcement_decision_id);
  assert.equal(new Set(ids).size, sample.length);
  await t.test("a proof of one attempt verifies alone, and not for another event", async () => {
    await requireProof(data, String(ids[7]), String(ids[8]));
  });
});

test("a second start goes on with the same ledger under a higher epoch", async () => {
  const data = temporaryFolder();
  const epochs: number[] = [];
  for (const events of [1, 2]) {
    const serving = await serve(data);
    const { body } = await enforce(serving.gateway, sample[0] ?? "");
    epochs.push(Number(String(body.enforcement_decision_id).split(".")[1]));
    assert.equal(serving.output().includes("first use"), events === 1);
    assert.equal(await serving.stop(), 0);
    assert.equal((await verified(data)).events, events);
  }
  assert.ok((epochs[1] ?? 0) > (epochs[0] ?? 0), String(epochs));
});

const NO_OBJECTS: readonly (string | Uint8Array)[] = [
  "",
  "null",
  "[]",
  "{",
  '{"category":"get_user_details"}',
  '{"input":{}}',
  '{"category":"get_user_details","input":[]}',
  '{"category":"get_user_details","category":"think","input":{}}',
  '{"category":"Get_User_Details","input":{}}',
  new Uint8Array([0xff, 0xfe]),
  `{"category":"think","input":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
  `{"category":"think","input":{"x":"${"a".repeat(1024 * 1024)}"}}`,
];

async function requireNoObject(gateway: string): Promise<void> {
  for (const body of NO_OBJECTS) {
    const { status, body: answer } = await enforce(gateway, body);
    assert.equal(status, 200);
    assert.deepEqual([answer.decision, answer.status], ["BLOCK", "failed"]);
    assert.match(String(answer.trace_id), /^[0-9a-f]{64}$/);
  }
  const tooLarge = await enforce(gateway, "x".repeat(2 * 1024 * 1024 + 1));
  assert.deepEqual(tooLarge, { status: 413, body: { decision: "BLOCK", status: "failed" } });
}

/** Health is told, and readiness, and nothing of what there is not. */
async function requireHealth(gateway: string): Promise<void> {
  assert.equal((await fetch(`${gateway}/healthz`)).status, 200);
  assert.equal((await fetch(`${gateway}/readyz`)).status, 200);
  const elsewhere = await fetch(`${gateway}/v1/other`);
  assert.equal(elsewhere.status, 404);
  assert.deepEqual(await elsewhere.json(), { decision: "BLOCK", status: "failed" });
}

async function requireProof(data: string, id: string, other: string): Promise<void> {
  const out = join(temporaryFolder(), "attempt");
  const key = join(data, "log.vkey");
  for (const [decision, name] of [
    [id, out],
    [other, `${out}-other`],
  ] as const) {
    const { code, stderr } = await writ(["prove", data, decision, "--out", name]);
    assert.equal(code, 0, stderr);
  }
  const check = async (event: string): Promise<number | null> =>
    (await writ(["verify-proof", `${out}.tlog-proof`, "--key", key, "--event", event])).code;
  assert.equal(await check(`${out}.event.json`), 0);
  assert.equal(await check(`${out}-other.event.json`), 1);
  const missing = await writ(["prove", data, `${"0".repeat(16)}.1.1`]);
  assert.equal(missing.code, 2);
}

/** Starts one after another that cannot serve, beside one that does. */
async function requireOneLine(t: TestContext, data: string, gateway: string): Promise<void> {
  const free = ["--listen", "127.0.0.1:0", "--audit-listen", "127.0.0.1:0"];
  const port = new URL(gateway).port;
  const broken = temporaryFolder();
  writeFileSync(join(broken, "bundle.yaml"), "writ: 1\nname: [\n");
  const blocker = join(temporaryFolder(), "file");
  writeFileSync(blocker, "");
  mkdirSync(join(broken, "empty"));
  const cases: Readonly<Record<string, readonly [readonly string[], RegExp]>> = {
    "a locked Bucket": [
      ["--policy", airline, "--data", data, ...free],
      /bucket: .*(locked|open|another)/,
    ],
    "a taken port": [
      ["--policy", airline, "--data", temporaryFolder(), ...free, "--listen", `127.0.0.1:${port}`],
      /taken by another program/,
    ],
    "a taken audit port": [
      [
        "--policy",
        airline,
        "--data",
        temporaryFolder(),
        ...free,
        "--audit-listen",
        `127.0.0.1:${port}`,
      ],
      /taken by another program/,
    ],
    "no policy": [
      ["--policy", join(broken, "none"), "--data", temporaryFolder(), ...free],
      /no such file/,
    ],
    "an empty policy": [
      ["--policy", join(broken, "empty"), "--data", temporaryFolder(), ...free],
      /holds no/,
    ],
    "a broken policy": [
      ["--policy", broken, "--data", temporaryFolder(), ...free],
      /bundle\.yaml:\d+:\d+: /,
    ],
    "a data folder that is a file": [
      ["--policy", airline, "--data", join(blocker, "x"), ...free],
      /data folder/,
    ],
    "an address that is none": [
      ["--policy", airline, "--data", temporaryFolder(), "--listen", "here"],
      /give HOST:PORT/,
    ],
  };
  for (const [name, [flags, expected]] of Object.entries(cases)) {
    await t.test(name, async () => {
      const { code, stderr, stdout } = await writ(["serve", ...flags]);
      assert.equal(code, 2, stdout + stderr);
      assert.match(stderr, expected);
      assert.doesNotMatch(stderr, /\n {4}at /);
    });
  }
}

test("a port that is taken by something else is told too", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  const port = typeof address === "object" ? address?.port : 0;
  const { code, stderr } = await writ([
    ...["start", "--once", "--data", temporaryFolder(), "--audit-listen", "127.0.0.1:0"],
    ...["--listen", `127.0.0.1:${port}`],
  ]);
  other.close();
  assert.equal(code, 2);
  assert.match(stderr, /taken by another program/);
});

const recorded = recordedCalls();

test("572 recorded calls twice: the same decisions, new events, a ledger that verifies", {
  skip: "missing" in recorded ? recorded.missing : false,
}, async () => {
  const lines = "lines" in recorded ? recorded.lines : [];
  assert.equal(lines.length, 572);
  const data = temporaryFolder();
  const serving = await serve(data);
  const runs: HttpAnswer[][] = [];
  for (let run = 0; run < 2; run++) {
    runs.push(await inParallel(lines, 64, (line) => enforce(serving.gateway, line)));
  }
  assert.equal(await serving.stop(), 0);
  const [first = [], second = []] = runs;
  assert.deepEqual(first.map(identity), second.map(identity));
  const counts = new Map<unknown, number>();
  for (const { body } of first) counts.set(body.decision, (counts.get(body.decision) ?? 0) + 1);
  assert.deepEqual(Object.fromEntries(counts), { EXECUTE: 547, BLOCK: 22, REWRITE: 3 });
  const ids = [...first, ...second].map(({ body }) => body.enforcement_decision_id);
  assert.equal(new Set(ids).size, 1144);
  assert.equal((await verified(data)).events, 1144);
});
