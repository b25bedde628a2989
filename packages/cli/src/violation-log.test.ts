import assert from "node:assert/strict";
import { test } from "node:test";
import { ViolationLog } from "./violation-log.ts";

test("each violation is a line of JSON that no request can forge", () => {
  const lines: string[] = [];
  const log = new ViolationLog({
    process: "audit",
    now: () => 0,
    write: (line) => lines.push(line),
  });
  log.take({ method: "DELETE", path: '/tile/0/000"}\n{"event":"fine"' });
  assert.equal(lines.length, 1);
  assert.ok(!lines[0]?.includes("\n"));
  assert.deepEqual(JSON.parse(lines[0] ?? ""), {
    time: "1970-01-01T00:00:00.000Z",
    process: "audit",
    event: "violation",
    method: "DELETE",
    path: '/tile/0/000"}\n{"event":"fine"',
  });
});

test("a flood is counted, and bounded on disk", () => {
  const lines: string[] = [];
  let time = 0;
  const log = new ViolationLog({
    process: "audit",
    now: () => time,
    write: (line) => lines.push(line),
  });
  for (let i = 0; i < 1000; i++) log.take({ method: "PUT", path: `/${"x".repeat(5000)}` });
  assert.equal(lines.length, 20);
  time = 1000;
  log.take({ method: "PUT", path: "/" });
  assert.equal(lines.length, 21);
  assert.equal(JSON.parse(lines.at(-1) ?? "").unwritten_before, 980);
  assert.ok(lines.every((line) => line.length < 400));
});
