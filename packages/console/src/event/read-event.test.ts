import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeBundle } from "@writ/tlog/tile";
import { smallLog } from "../proof/small-log.test-support.ts";
import { type LogSource, SourceRefused } from "../source/source.ts";
import { proveEvent } from "./prove-event.ts";
import { readEvent } from "./read-event.ts";

const log = smallLog(300);
const unpinned = { log: null, witnesses: [], quorum: null, by: "hand" } as const;

/** A source of the log's first `shown` events, of which it publishes all. */
function sourceOf(kind: LogSource["kind"], shown: number): LogSource {
  const answers = (path: string): unknown => {
    const url = new URL(path, "http://log/");
    const query = url.searchParams;
    if (path === "checkpoint") return log.head(shown);
    if (path === "tile/entries/001.p/44") return encodeBundle(log.events.slice(256));
    if (path === "checkpoints?limit=1") return { checkpoints: [{ size: 300 }] };
    if (path === "checkpoint/300") return log.head(300);
    if (url.pathname === "/v1/event") return log.events[Number(query.get("index"))];
    if (url.pathname !== "/v1/search") return log.tiles.get(path);
    const sequence = Number(query.get("decision_id")?.split(".")[2]);
    return { events: sequence > 300 ? [] : [{ index: sequence - 1 }] };
  };
  const answer = async <T>(path: string): Promise<T> => {
    const found = answers(path);
    if (found === undefined) throw new SourceRefused("NOT_FOUND", path, "not there");
    return found as T;
  };
  return { kind, hasKey: true, bytes: answer, text: answer, json: answer };
}

test("an event is read by its index or decision id, with a checkpoint that covers it", async () => {
  const source = sourceOf("audit", 280);
  const byIndex = await readEvent(source, "7");
  assert.deepEqual(byIndex.bytes, log.events[7]);
  assert.deepEqual([byIndex.checkpoint, byIndex.isShown], [log.head(280), true]);
  const byId = await readEvent(source, "0123456789abcdef.1.8");
  assert.deepEqual([byId.index, byId.asked], [7, { decisionId: "0123456789abcdef.1.8" }]);
  const newer = await readEvent(source, "290");
  assert.deepEqual([newer.checkpoint, newer.isShown], [log.head(300), false]);
  await assert.rejects(readEvent(source, "0123456789abcdef.1.999"), { code: "NOT_FOUND" });
});

test("of an export it is read out of its bundle, by its index alone", async () => {
  const source = sourceOf("export", 300);
  assert.deepEqual((await readEvent(source, "260")).bytes, log.events[260]);
  for (const asked of ["300", "0123456789abcdef.1.8"]) {
    await assert.rejects(readEvent(source, asked), { code: "NOT_FOUND" });
  }
});

test("without a pinned key nothing is proven, whatever the server says of itself", async () => {
  const source = sourceOf("audit", 300);
  const { examined, served } = await proveEvent(source, await readEvent(source, "7"), unpinned);
  assert.deepEqual([examined.verdict, served], ["unasked", null]);
});
