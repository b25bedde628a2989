import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { openEnvelope } from "@writ/contract/envelope";
import type { Event } from "@writ/contract/event";
import type { BundleFile } from "@writ/engine/bundle";
import type { Engine } from "@writ/engine/engine";
import type { Recording, Replayed } from "./compare.ts";
import { armBundle, type Judged, judgeLine, readHost } from "./judging.ts";
import { batchesOfLines } from "./lines.ts";
import { replay } from "./run.ts";

const folder = new URL("../../../../policies/airline/", import.meta.url);
const airline = ["bundle.yaml", "canaries.yaml"].map((path) => ({
  path,
  text: readFileSync(new URL(path, folder), "utf8"),
}));
const sample = readFileSync(new URL("sample.jsonl", folder));
const plain = { host: undefined, category: "", otherVersions: [] };

function armed(files: readonly BundleFile[]): Engine {
  const arming = armBundle(files);
  if ("faults" in arming) throw new Error(arming.faults.join("\n"));
  return arming.engine;
}

/** What would have been recorded of a line. */
function eventOf({ traceId, ...judged }: Judged, version: string): Event {
  return {
    trace_id: traceId,
    enforcement_decision_id: "0123456789abcdef.1.1",
    action_type: judged.actionType,
    decision: judged.decision,
    reason_code: judged.reason,
    evaluator_trace: {
      engine_version: version,
      caller: null,
      rewrite_class: judged.rewriteClass,
      validators: {},
      evaluators: judged.evaluators,
    },
    timestamp: "2026-11-22T00:00:00.000Z",
    adapter_name: null,
    status: "success",
  };
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function linesOf(bytes: Uint8Array, size: number): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const batch of batchesOfLines(inPieces(bytes, size), 3)) {
    assert.ok(batch.length <= 3);
    for (const line of batch) {
      lines.push(Buffer.from(line.bytes).toString("latin1"));
      assert.ok(line.readTo <= bytes.length);
    }
  }
  return lines;
}

test("lines are the same however a file is cut", async () => {
  for (const text of [
    "",
    "\n",
    "a",
    "a\n",
    "a\n\nb",
    "\u00ff\r\nlong line here\nx\n",
    "a\nb\nc\nd",
  ]) {
    const bytes = Buffer.from(text, "latin1");
    const expected = text.endsWith("\n") ? text.slice(0, -1).split("\n") : text.split("\n");
    for (const size of [1, 2, 3, 100]) {
      assert.deepEqual(await linesOf(bytes, size), text === "" ? [] : expected, `${size} ${text}`);
    }
  }
});

test("a line is judged as the engine judges it, whatever it is", () => {
  const engine = armed(airline);
  for (const line of sample.toString("latin1").trimEnd().split("\n")) {
    const bytes = Buffer.from(line, "latin1");
    const verdict = engine.decide(openEnvelope(bytes));
    const judged = judgeLine(engine, bytes, { ...plain, otherVersions: [engine.version] });
    assert.equal(judged.traceId, verdict.trace_id);
    assert.deepEqual(judged.otherTraceIds, [verdict.trace_id]);
    assert.equal(judged.reason, verdict.reason_code);
  }
});

/** Replays the sample against what `recorded` says of it. */
async function replayed(
  engine: Engine,
  versions: readonly string[],
  recorded: ReadonlyMap<string, Recording>,
): Promise<readonly Replayed[]> {
  const all: Replayed[] = [];
  await replay({
    pieces: inPieces(sample, 1000),
    judge: async (lines) =>
      lines.map((line) => judgeLine(engine, line, { ...plain, otherVersions: versions })),
    find: async (traceIds) =>
      traceIds.flatMap((traceId) => recorded.get(traceId) ?? []).find(() => true),
    onBatch: (batch) => all.push(...batch),
    signal: new AbortController().signal,
  });
  return all;
}

function recordedBy(engine: Engine): Map<string, Recording> {
  const lines = sample.toString("latin1").trimEnd().split("\n");
  const judged = lines.map((line) => judgeLine(engine, Buffer.from(line, "latin1"), plain));
  return new Map(
    judged.map((each, index) => [
      each.traceId,
      { index, event: eventOf(each, engine.version), count: 1 },
    ]),
  );
}

test("what the same policy recorded is found and equal, what it did not is never recorded", async () => {
  const engine = armed(airline);
  const all = await replayed(engine, [], recordedBy(engine));
  assert.ok(all.length > 0 && all.every(({ found }) => found === "equal"));
  assert.deepEqual(
    all.map(({ line }) => line),
    all.map((_, at) => at + 1),
  );
  const none = await replayed(engine, [], new Map());
  assert.ok(none.every(({ found, index }) => found === "never" && index === null));
});

test("a record that is not what its input gives is different, in the fields that are", async () => {
  const engine = armed(airline);
  const recorded = recordedBy(engine);
  const [traceId = "", first] =
    [...recorded].find(([, { event }]) => event.decision === "BLOCK") ?? [];
  assert.ok(first);
  const changes: readonly (readonly [Partial<Event>, string])[] = [
    [{ decision: "ALLOW" }, "decision"],
    [{ reason_code: "ANOTHER" }, "reason_code"],
    [{ action_type: "another" }, "action_type"],
    [{ evaluator_trace: { ...first.event.evaluator_trace, rewrite_class: "X" } }, "rewrite_class"],
    [{ evaluator_trace: { ...first.event.evaluator_trace, evaluators: [] } }, "evaluators"],
  ];
  for (const [change, field] of changes) {
    recorded.set(traceId, { ...first, event: { ...first.event, ...change } });
    const different = (await replayed(engine, [], recorded)).filter(
      ({ found }) => found === "different",
    );
    assert.deepEqual(
      different.map((each) => each.different),
      different.map(() => [field]),
    );
    assert.ok(different.length > 0);
  }
});

test("under another policy the same form is found, and its outcome compared", async () => {
  const then = armed(airline);
  const now = armed(
    airline.map(({ path, text }) => ({
      path,
      text: text.replace("reason: BAGS_CANNOT_BE_REMOVED", "reason: BAGS_STAY"),
    })),
  );
  const all = await replayed(now, [then.version], recordedBy(then));
  const different = all.filter(({ found }) => found === "different");
  assert.deepEqual(
    different.map((each) => [each.reason_code, each.recorded_reason, each.different]),
    [["BAGS_STAY", "BAGS_CANNOT_BE_REMOVED", ["reason_code"]]],
  );
  assert.ok(all.every(({ recorded_under }) => recorded_under === then.version));
});

test("a replay that is stopped tells nothing more", async () => {
  const controller = new AbortController();
  const engine = armed(airline);
  let batches = 0;
  await replay({
    pieces: inPieces(Buffer.from("x\n".repeat(1000)), 100),
    judge: async (lines) => lines.map((line) => judgeLine(engine, line, plain)),
    find: async () => undefined,
    onBatch: () => {
      batches += 1;
      controller.abort();
    },
    signal: controller.signal,
  });
  assert.equal(batches, 1);
});

test("what enforcement added is taken from beside the input, and from nowhere in it", () => {
  const engine = armed(airline);
  const given = readHost('{"caller": "desk"}');
  assert.ok("host" in given);
  assert.ok("fault" in readHost("[]") && "fault" in readHost("{") && "host" in readHost(" "));
  const line =
    '{"category":"get_user_details","input":{"host":{"caller":"x"}},"host":{"caller":"y"}}';
  assert.equal(judgeLine(engine, Buffer.from(line), plain).reason, "MISSING_MANDATORY_INPUT");
});

test("a bundle that cannot be replayed says why", () => {
  const faults = (files: readonly BundleFile[]): string => {
    const arming = armBundle(files);
    return "faults" in arming ? arming.faults.join() : "";
  };
  assert.match(faults([]), /no \.yaml/);
  assert.match(faults([{ path: "a.yaml", text: "writ: 2\n" }]), /^a\.yaml:1:1/);
  assert.match(faults(airline.slice(0, 1)), /canar/);
  assert.match(
    faults([{ path: "a.yaml", text: "writ: 1\ncedar: { sha256: x }\n" }]),
    /writ replay/,
  );
});
