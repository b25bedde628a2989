import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { after, test } from "node:test";
import { until } from "../../enforce/src/enforce.test-support.ts";
import { fileSink, type LineSink, streamSink } from "./line-sink.ts";
import { EventLog, ReasonLog } from "./log.ts";
import { reportOf } from "./report.test-support.ts";

const folder = mkdtempSync(join(tmpdir(), "writ-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Keeps what it is given, but takes nothing in until it is opened. */
class Stuck extends Writable {
  text = "";
  #held: (() => void)[] = [];
  #isOpen = false;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    if (this.#isOpen) done();
    else this.#held.push(done);
  }

  open(): void {
    this.#isOpen = true;
    for (const done of this.#held.splice(0)) done();
  }
}

function linesOf(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("an attempt is one line, with nothing of its input", async () => {
  const stream = new Stuck();
  stream.open();
  const log = new ReasonLog(streamSink(stream));
  log.take(reportOf({ failure: { cause: "THREW", detail: "x".repeat(5_000) } }));
  log.take(reportOf({ ms: { decide: 0.1234567, adapter: null, append: null } }));
  await log.close(1_000);
  const [failed, plain] = linesOf(stream.text);
  assert.deepEqual(Object.keys(plain ?? {}), [
    "level",
    "time",
    "process",
    "event",
    "decision_id",
    "trace_id",
    "caller",
    "category",
    "action_type",
    "decision",
    "reason_code",
    "status",
    "ending",
    "rejection",
    "released",
    "adapter",
    "failure",
    "decide_ms",
    "adapter_ms",
    "append_ms",
  ]);
  assert.equal(plain?.decide_ms, 0.123);
  assert.equal(plain?.status, "success");
  assert.equal(failed?.status, "failed");
  assert.equal(String(failed?.failure).length, "THREW: ".length + 200);
});

test("a stream that takes nothing costs lines, counted, and no memory", async () => {
  const stream = new Stuck();
  const log = new ReasonLog(streamSink(stream));
  const before = process.memoryUsage().heapUsed;
  for (let round = 0; round < 200; round += 1) {
    for (let at = 0; at < 100; at += 1) log.take(reportOf());
    await turn();
  }
  assert.ok(log.dropped > 10_000, `${log.dropped} dropped`);
  assert.ok(stream.writableLength < 1_100_000, `${stream.writableLength} wait`);
  assert.ok(process.memoryUsage().heapUsed - before < 32 * 1024 * 1024);
  stream.open();
  await turn();
  log.take(reportOf());
  await log.close(1_000);
  const lines = linesOf(stream.text);
  const dropped = lines.filter(({ event }) => event === "lines_dropped");
  assert.deepEqual(
    dropped.map(({ count }) => count),
    [log.dropped],
  );
  const written = lines.filter(({ event }) => event === "attempt").length;
  assert.equal(written + log.dropped, 20_001);
});

test("closing waits for a stuck stream no longer than it is told", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const log = new EventLog("info", streamSink(new Stuck()));
  log.tell("warn", "lost");
  let isClosed = false;
  const closed = log.close(50).then(() => {
    isClosed = true;
  });
  t.mock.timers.tick(49);
  await turn();
  assert.equal(isClosed, false);
  t.mock.timers.tick(1);
  await closed;
});

test("a stream that fails takes no more lines, and breaks nothing", async () => {
  const stream = new Writable({
    write(_chunk, _encoding, done) {
      done(new Error("gone"));
    },
  });
  const sink = streamSink(stream);
  sink.write("a\n");
  await turn();
  await turn();
  sink.write("b\n");
  assert.equal(sink.dropped, 1);
  await sink.close(1_000);
});

test("a file is its owner's alone, appended to, and opened again after it was moved away", async () => {
  const path = join(folder, "reasons.log");
  const write = async (sink: LineSink, line: string): Promise<void> => {
    sink.write(line);
    await turn();
  };
  const sink = fileSink(path);
  await write(sink, "one\n");
  const holds = (file: string, text: string): boolean =>
    existsSync(file) && readFileSync(file, "utf8") === text;
  await until(() => holds(path, "one\n"));
  renameSync(path, `${path}.1`);
  await write(sink, "two\n");
  sink.reopen();
  await write(sink, "three\n");
  await sink.close(15_000);
  // What was open before is written on beside it.
  await until(() => holds(`${path}.1`, "one\ntwo\n"));
  assert.equal(readFileSync(path, "utf8"), "three\n");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const again = fileSink(path);
  await write(again, "four\n");
  await again.close(15_000);
  assert.equal(readFileSync(path, "utf8"), "three\nfour\n");
});

test("a level keeps what is below it", async () => {
  const stream = new Stuck();
  stream.open();
  const log = new EventLog("warn", streamSink(stream));
  log.tell("info", "armed");
  log.tell("error", "violation", { detail: "twice" });
  await log.close(1_000);
  const [line, ...rest] = linesOf(stream.text);
  assert.equal(rest.length, 0);
  assert.deepEqual([line?.level, line?.event, line?.detail], ["error", "violation", "twice"]);
});

test("without a place for reasons nothing is written, and nothing counted as lost", async () => {
  const log = new ReasonLog(null);
  log.take(reportOf());
  assert.equal(log.dropped, 0);
  await log.close(0);
});
