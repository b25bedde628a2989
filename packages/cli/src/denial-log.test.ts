import assert from "node:assert/strict";
import { test } from "node:test";
import type { Denial } from "@writ/bucket/append/server";
import { DenialLog } from "./denial-log.ts";

const rejection: Denial = {
  kind: "rejection",
  cause: "WRITER_QUOTA",
  code: "QUOTA_EXCEEDED",
  writer: "0123456789abcdef",
  detail: "3 events",
};
const violation: Denial = {
  kind: "violation",
  cause: "UNKNOWN_VERB",
  writer: null,
  detail: `message of type 7\n${"x".repeat(1000)}`,
};

function logAt(times: { now: number }): { log: DenialLog; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => {
    assert.doesNotMatch(line, /\n/);
    lines.push(JSON.parse(line));
  };
  return { log: new DenialLog({ now: () => times.now, write }), lines };
}

test("each denial is one line of JSON, named and counted", () => {
  const { log, lines } = logAt({ now: 0 });
  for (const denial of [rejection, violation, rejection]) log.take(denial);
  const [first, second, third] = lines;
  assert.deepEqual(first, {
    time: "1970-01-01T00:00:00.000Z",
    process: "bucket",
    event: "rejection",
    cause: "WRITER_QUOTA",
    code: "QUOTA_EXCEEDED",
    writer: "0123456789abcdef",
    detail: "3 events",
    count: 1,
  });
  assert.equal(second?.writer, null);
  assert.equal(String(second?.detail).length, 300);
  assert.equal(third?.count, 2);
});

test("a flood is counted, and does not flood the log", () => {
  const times = { now: 0 };
  const { log, lines } = logAt(times);
  for (let i = 0; i < 1_000; i += 1) log.take(rejection);
  assert.equal(lines.length, 20);
  times.now = 1_000;
  log.take(violation);
  assert.deepEqual([lines.at(-1)?.unwritten_before, lines.at(-1)?.count], [980, 1]);
  assert.equal(log.counts.get("WRITER_QUOTA"), 1_000);
});
