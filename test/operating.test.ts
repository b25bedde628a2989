import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { diskFolder } from "@writ/bucket/read/folder";
import { readLog } from "@writ/bucket/read/log";
import { decodeEvent, type Event } from "@writ/contract/event";
import { deploymentAt } from "../packages/cli/src/deployment.ts";
import { prepareDeployment } from "../packages/cli/src/first-use.ts";
import { until } from "./rules/world.ts";
import { enforce, type HttpAnswer, program, serve, temporaryFolder, writ } from "./serving.ts";

/** Two versions of one policy that differ in every answer to `probe`, and in their name's digest. */
const policyText = (limit: number): string => `writ: 1
name: probes
categories:
  probe:
    action_type: probe
    input:
      type: object
      additionalProperties: false
      required: [n]
      properties: { n: { type: integer } }
constraints:
  - name: limit
    evaluators:
      - name: beyond
        categories: [probe]
        when: input.n ${limit > 0 ? ">=" : "<"} 0
        then: BLOCK
        reason: ${limit > 0 ? "NOT_NEGATIVE" : "NEGATIVE"}
canaries:
  probe:
    block: [{ n: ${limit > 0 ? 1 : -1} }]
    execute: [{ n: ${limit > 0 ? -1 : 1} }]
`;

/** Under the first a probe is allowed, under the second it is blocked. */
const ALLOWING = policyText(-1);
const BLOCKING = policyText(1);
const probe = (n: number): string => JSON.stringify({ category: "probe", input: { n } });

function policyFolder(text: string): { readonly folder: string; write(text: string): void } {
  const folder = join(temporaryFolder(), "policy");
  mkdirSync(folder);
  const write = (next: string): void => {
    writeFileSync(join(folder, "new"), next);
    renameSync(join(folder, "new"), join(folder, "bundle.yaml"));
  };
  write(text);
  return { folder, write };
}

function eventsIn(data: string): Event[] {
  const frames = [...readLog(diskFolder(join(data, "bucket")))];
  return frames.flatMap((item) => {
    assert.notEqual(item.kind, "damage", JSON.stringify(item));
    if (item.kind !== "frame") return [];
    return item.frame.submissions.flatMap(({ entries }) => entries.map(decodeEvent));
  });
}

/** Sends probes, so many at a time with a pause after each, until it is told to stop; gives what was answered. */
function load(
  gateway: string,
  width: number,
  pauseMs: number,
): { answered(): number; stop(): Promise<readonly HttpAnswer[]> } {
  const answers: HttpAnswer[] = [];
  let isOver = false;
  let n = 0;
  const lane = async (): Promise<void> => {
    while (!isOver) {
      n += 1;
      const answer = await enforce(gateway, probe(n)).catch(() => null);
      if (answer === null) return;
      answers.push(answer);
      await sleep(pauseMs);
    }
  };
  const lanes = Promise.all(Array.from({ length: width }, lane));
  return {
    answered: () => answers.length,
    async stop() {
      isOver = true;
      await lanes;
      return answers;
    },
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The lines of an event, as far as they are whole. */
function eventLines(output: string, event: string): Record<string, unknown>[] {
  return output
    .split("\n")
    .slice(0, -1)
    .filter((line) => line.includes(`"event":"${event}"`))
    .map((line) => JSON.parse(line));
}

/** The counter's values by their labels, as they stand. */
async function scraped(port: number, counter: string): Promise<Map<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const rows = [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)];
  return new Map(
    rows.flatMap(([, name, labels, value]) =>
      name === counter ? [[labels ?? "", Number(value)] as const] : [],
    ),
  );
}

const gatewayPid = (data: string, parent: number): number => {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8")
    .trim()
    .split(" ");
  const found = children.find((pid) => {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return words.includes("gateway") && words.includes(data);
  });
  assert.ok(found !== undefined);
  return Number(found);
};

test("reloads under load: each attempt is decided and recorded by exactly one version, and counted", async () => {
  const { folder, write } = policyFolder(ALLOWING);
  const data = temporaryFolder();
  const serving = await serve(data, "--policy", folder, "--metrics-listen", "127.0.0.1:0");
  await until(() => eventLines(serving.output(), "metrics").length > 0);
  const port = Number(eventLines(serving.output(), "metrics")[0]?.port);
  const pid = gatewayPid(data, serving.pid);
  const under = load(serving.gateway, 16, 20);
  const versions = new Map([
    [ALLOWING, ""],
    [BLOCKING, ""],
  ]);
  for (let round = 0; round < 2; round += 1) {
    const text = round % 2 === 0 ? BLOCKING : ALLOWING;
    write(text);
    const { code, stdout, stderr } = await writ(["reload", "--data", data]);
    assert.equal(code, 0, stderr);
    versions.set(text, /^armed probes (\S+), after/.exec(stdout)?.[1] ?? "");
  }
  // What does not load changes nothing, and says why.
  write(ALLOWING.replace("reason:", "raeson:"));
  const refused = await writ(["reload", "--data", data]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /bundle.yaml:\d+:\d+: /);
  // The signal does the same. Who gave an order may know of its end before its line is here.
  const reloads = (): unknown[] => eventLines(serving.output(), "reload").map(({ done }) => done);
  await until(() => reloads().length === 3);
  write(BLOCKING);
  process.kill(pid, "SIGHUP");
  await until(() => reloads().length > 3);
  assert.deepEqual(reloads(), [true, true, false, true]);

  const answers = await under.stop();
  const counted = await scraped(port, "writ_gateway_attempts_total");
  const recorded = await scraped(port, "writ_gateway_records_total");
  const steps = await scraped(port, "writ_gateway_append_seconds_count");
  assert.equal(await serving.stop(), 0);

  const allowing = versions.get(ALLOWING);
  const blocking = versions.get(BLOCKING);
  assert.ok(allowing !== "" && blocking !== "" && allowing !== blocking);
  const events = eventsIn(data);
  const byId = new Map(events.map((event) => [event.enforcement_decision_id, event]));
  assert.equal(byId.size, events.length);
  assert.equal(events.length, answers.length);
  for (const { status, body } of answers) {
    assert.equal(status, 200);
    const event = byId.get(String(body.enforcement_decision_id));
    const version = event?.evaluator_trace.engine_version;
    assert.equal(event?.trace_id, body.trace_id);
    const expected = version === allowing ? "EXECUTE" : "BLOCK";
    assert.ok(version === allowing || version === blocking, version);
    assert.equal(body.decision, expected);
    assert.equal(event?.decision, expected === "EXECUTE" ? "ALLOW" : "BLOCK");
  }
  const executed = answers.filter(({ body }) => body.decision === "EXECUTE").length;
  assert.ok(executed > 0 && executed < answers.length, `${executed} of ${answers.length}`);
  const label = (decision: string, released: boolean): string =>
    `category="probe",decision="${decision}",released="${released}"`;
  assert.deepEqual(
    counted,
    new Map([
      [label("EXECUTE", true), executed],
      [label("BLOCK", false), answers.length - executed],
    ]),
  );
  assert.deepEqual(recorded, new Map([['ending="committed"', events.length]]));
  assert.deepEqual(steps, new Map([["", events.length]]));
});

test("a halt blocks and records, over a restart, until a reload resumes", async () => {
  const { folder } = policyFolder(ALLOWING);
  const data = temporaryFolder();
  const first = await serve(data, "--policy", folder);
  const decision = async (gateway: string): Promise<unknown> =>
    (await enforce(gateway, probe(1))).body.decision;
  assert.equal(await decision(first.gateway), "EXECUTE");
  const halted = await writ(["halt", "--data", data]);
  assert.deepEqual([halted.code, halted.stderr], [0, ""]);
  assert.equal(await decision(first.gateway), "BLOCK");
  const refused = await writ(["reload", "--data", data]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /halted since .*--resume/);
  assert.equal(await first.stop(), 0);

  const second = await serve(data, "--policy", folder);
  assert.equal(await decision(second.gateway), "BLOCK");
  assert.equal((await writ(["reload", "--data", data, "--resume"])).code, 0);
  assert.equal(await decision(second.gateway), "EXECUTE");
  assert.equal(await second.stop(), 0);
  const gone = await writ(["reload", "--data", data]);
  assert.equal(gone.code, 2);
  assert.match(gone.stderr, /no gateway runs/);

  assert.deepEqual(
    eventsIn(data).map(({ decision: made, reason_code }) => `${made} ${reason_code}`),
    ["ALLOW ALLOWED", "BLOCK HALTED", "BLOCK HALTED", "ALLOW ALLOWED"],
  );
  // Without a gateway the next one starts halted.
  const offline = await writ(["halt", "--data", data]);
  assert.deepEqual(
    [offline.code, offline.stdout],
    [0, "no gateway runs: the next one starts halted\n"],
  );
  assert.match(
    readFileSync(join(data, "gateway", "halted"), "utf8"),
    /^\d{4}-\d\d-\d\dT[\d:.]+Z\n$/,
  );
});

test("a stop under load answers, records and tells all that began; a second gateway is refused", async () => {
  const { folder } = policyFolder(ALLOWING);
  const data = temporaryFolder();
  const reasons = join(temporaryFolder(), "reasons.log");
  const settings = join(temporaryFolder(), "writ.yaml");
  const authzen = "authzen: { category: order, url: https://pdp.example }";
  writeFileSync(settings, `log: { reasons: ${JSON.stringify(reasons)} }\n${authzen}\n`);
  const serving = await serve(data, "--policy", folder, "--config", settings);
  const metadata = await fetch(`${serving.gateway}/.well-known/authzen-configuration`);
  assert.match(await metadata.text(), /"policy_decision_point":"https:\/\/pdp\.example"/);
  const more = ["--policy", folder, "--data", data, "--listen", "127.0.0.1:0"];
  const second = await writ(["serve", "--only", "gateway", ...more]);
  assert.equal(second.code, 2);
  assert.match(second.stderr, /^writ: another gateway holds \S+: .*stop that one first\n$/m);

  const under = load(serving.gateway, 32, 5);
  await until(() => under.answered() > 100);
  assert.equal(await serving.stop(), 0);
  const answers = await under.stop();
  const attempts = answers.filter(({ status }) => status === 200);
  for (const { body } of answers.filter(({ status }) => status !== 200)) {
    assert.deepEqual(body, { decision: "BLOCK", status: "failed" });
  }
  const ids = new Set(eventsIn(data).map((event) => event.enforcement_decision_id));
  assert.ok(attempts.length > 50, `${attempts.length} attempts`);
  assert.equal(ids.size, attempts.length);
  for (const { body } of attempts) {
    assert.equal(body.decision, "EXECUTE");
    assert.ok(ids.has(String(body.enforcement_decision_id)));
  }
  // The operator is told of each, on a stream of its own.
  const told = readFileSync(reasons, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(new Set(told.map(({ decision_id }) => decision_id)), ids);
  assert.ok(told.every(({ reason_code, released }) => reason_code === "ALLOWED" && released));
  assert.ok(!serving.output().includes("ALLOWED"));
});

test("nobody reads the log: the gateway goes on, and ends when it is told to", async (t) => {
  const { folder } = policyFolder(BLOCKING);
  const data = temporaryFolder();
  prepareDeployment(deploymentAt(data));
  // Nobody reads this one's standard error: the pipe fills, and the gateway goes on.
  const flags = ["--policy", folder, "--data", data, "--listen", "127.0.0.1:0"];
  const only = ["serve", "--only", "gateway", ...flags, "--log-reasons", "stderr"];
  const deaf = spawn(process.execPath, [program, ...only], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  t.after(() => deaf.kill("SIGKILL"));
  const port = await new Promise<number>((resolve) => {
    deaf.on("message", (message: { kind: string; port?: number }) => {
      if (message.kind === "ready") resolve(message.port ?? 0);
    });
  });
  // More lines than a pipe holds, and answers all the while (BLOCK: no Bucket is there).
  const under = load(`http://127.0.0.1:${port}`, 16, 0);
  await until(() => under.answered() >= 300);
  const answers = await under.stop();
  assert.ok(answers.every(({ status }) => status === 200));
  const began = performance.now();
  const ended = new Promise((resolve) => deaf.once("exit", resolve));
  deaf.kill("SIGTERM");
  assert.equal(await ended, 0);
  assert.ok(performance.now() - began < 5_000);
});
