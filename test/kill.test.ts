import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type AppendDoor, connectBucket } from "@writ/bucket/append";
import { diskFolder } from "@writ/bucket/read/folder";
import { readLog } from "@writ/bucket/read/log";
import { openWriterKey } from "@writ/bucket/writer-key";
import { formatDecisionId } from "@writ/contract/decision-id";
import { decodeEvent, encodeEvent } from "@writ/contract/event";
import { parseVerifierKey } from "@writ/tlog/note-key";
import { deploymentAt } from "../packages/cli/src/deployment.ts";
import { prepareDeployment } from "../packages/cli/src/first-use.ts";
import { program, temporaryFolder, writ } from "./serving.ts";

const rounds = Number(process.env.WRIT_KILL_ROUNDS ?? 50);
const inFlight = 64;

function startBucket(data: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, "serve", "--only", "bucket", "--data", data], {
    stdio: ["ignore", 2, 2, "ipc"],
  });
  return new Promise((resolve, reject) => {
    child.once("message", (message: { kind: string; line?: string }) =>
      message.kind === "ready" ? resolve(child) : reject(new Error(message.line)),
    );
    child.once("exit", () => reject(new Error("the Bucket ended before it was ready")));
  });
}

function eventOf(decisionId: string): Uint8Array {
  return encodeEvent({
    trace_id: "0".repeat(64),
    enforcement_decision_id: decisionId,
    action_type: "think",
    decision: "ALLOW",
    reason_code: "ALLOWED",
    evaluator_trace: {
      engine_version: `3.0.0+${"0".repeat(64)}`,
      caller: null,
      rewrite_class: null,
      validators: {},
      evaluators: [],
    },
    timestamp: "2026-01-01T00:00:00.000Z",
    adapter_name: null,
    status: "success",
  });
}

/** Appends without a pause until the connection dies; notes every event that was acknowledged. */
async function load(
  door: AppendDoor,
  nextId: () => string,
  acknowledged: Set<string>,
): Promise<void> {
  const lane = async (): Promise<void> => {
    for (;;) {
      const id = nextId();
      const { ending } = await door.append(eventOf(id));
      if (ending !== "committed") return;
      acknowledged.add(id);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

test(`${rounds} times kill -9 under load: each acknowledged event is there exactly once`, async () => {
  const data = temporaryFolder();
  const deployment = deploymentAt(data);
  prepareDeployment(deployment);
  const writer = openWriterKey(readFileSync(deployment.writerKey, "utf8"));
  const origin = parseVerifierKey(readFileSync(deployment.vkey, "utf8").trim()).name;
  const acknowledged = new Set<string>();
  for (let epoch = 1; epoch <= rounds; epoch++) {
    const child = await startBucket(data);
    const socketPath = join(data, deployment.socket);
    const door = await connectBucket({ socketPath, origin, writer, epoch });
    let sequence = 0;
    const loading = load(
      door,
      () => formatDecisionId(writer.name, epoch, ++sequence),
      acknowledged,
    );
    // Any moment: within a write, a sync, a rotation of tiles, the guard's rename.
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 150));
    child.kill("SIGKILL");
    await loading;
    await door.close();
  }
  const last = await startBucket(data);
  last.kill("SIGTERM");
  await new Promise((resolve) => last.once("exit", resolve));

  const found = new Map<string, number>();
  for (const item of readLog(diskFolder(deployment.bucket))) {
    assert.notEqual(item.kind, "damage");
    if (item.kind !== "frame") continue;
    for (const entry of item.frame.submissions.flatMap(({ entries }) => entries)) {
      const id = decodeEvent(entry).enforcement_decision_id;
      found.set(id, (found.get(id) ?? 0) + 1);
    }
  }
  const lost = [...acknowledged].filter((id) => !found.has(id));
  const doubled = [...found].filter(([, count]) => count > 1);
  assert.deepEqual({ lost, doubled }, { lost: [], doubled: [] });
  assert.ok(acknowledged.size > rounds * inFlight, `${acknowledged.size} acknowledged`);
  const { code, stdout } = await writ(["verify", data, "--key", deployment.vkey, "--json"]);
  assert.equal(code, 0, stdout);
  assert.equal(JSON.parse(stdout).events, found.size);
});
