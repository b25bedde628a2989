import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { decodeEvent, encodeEvent } from "@writ/contract/event";
import type { FoundPage } from "../index/find.ts";
import type { Filter } from "../index/question.ts";
import { httpSource } from "./http-source.ts";
import { Ledger } from "./ledger.ts";
import type { LedgerIndex, LedgerSource } from "./source.ts";

const SIZE = 6;
const TRACE = "ab".repeat(32);
const events = Array.from({ length: SIZE }, (_, at) =>
  encodeEvent({
    trace_id: TRACE,
    enforcement_decision_id: `0123456789abcdef.1.${at + 1}`,
    action_type: "refund",
    decision: "ALLOW",
    reason_code: "ALLOWED",
    evaluator_trace: {
      engine_version: `3.0.0+${"0".repeat(64)}`,
      caller: null,
      rewrite_class: null,
      validators: {},
      evaluators: [],
    },
    timestamp: "2026-11-22T00:00:00.000Z",
    adapter_name: null,
    status: "success",
  }),
);
const head = { origin: "log.example", size: SIZE, root: new Uint8Array(32) };
const filter: Filter = {
  fields: { decision: ["ALLOW"] },
  traceId: undefined,
  decisionId: undefined,
  from: undefined,
  to: undefined,
};

function pageOf(indices: readonly number[], next: number | null): FoundPage {
  const found = indices.map((index) => ({ index }));
  return {
    size: SIZE,
    events: found,
    next,
    total: { count: SIZE, isExact: true },
  } as unknown as FoundPage;
}

/** A ledger whose index answers every question alike. */
function ledgerWith(page: FoundPage): Ledger {
  const source = { entries: async () => events } as unknown as LedgerSource;
  const index = {
    size: SIZE,
    find: async () => page,
    recordings: async () => Array.from({ length: 1000 }, () => 3),
  } as unknown as LedgerIndex;
  return new Ledger(source, head, index);
}

test("an index that goes round in circles is left, and each event is found once", async () => {
  for (const page of [pageOf([3], 3), pageOf([3, 3], null), pageOf([], 2), pageOf([-1], null)]) {
    for (const order of ["newest", "oldest"] as const) {
      const seen: number[] = [];
      for await (const { index } of ledgerWith(page).find({ filter, order, after: undefined })) {
        seen.push(index);
        assert.ok(seen.length <= SIZE, "it goes round");
      }
      assert.equal(new Set(seen).size, seen.length, order);
    }
  }
  const recorded: number[] = [];
  for await (const { index } of ledgerWith(pageOf([], null)).recordings(TRACE)) {
    recorded.push(index);
    assert.ok(recorded.length <= SIZE, "it goes round");
  }
  assert.equal(decodeEvent(events[3] ?? new Uint8Array(0)).trace_id, TRACE);
  assert.deepEqual(recorded, [...new Set(recorded)]);
});

test("what an audit process says out of form is refused, and acts on no terminal", async (t) => {
  let said = "";
  let status = 200;
  const server = createServer((_, answer) => {
    answer.writeHead(status, { "content-type": "application/json" }).end(said);
  });
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  server.listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const source = httpSource({ url, key: "k", useIndex: true });
  const note = `log.example\n0\n${"A".repeat(43)}=\n\n— log.example AAAAAAA=\n`;
  said = note;
  await assert.rejects(source.head(), { code: "AUDIT_REFUSED" });
  for (const wrong of ["{}", "null", '{"checkpoints":[{"size":"6","root":""}]}']) {
    said = wrong;
    await assert.rejects(source.head(), { code: "AUDIT_REFUSED" }, wrong);
    const index = await source.index(head);
    const question = { filter, order: "newest", after: undefined, limit: 9 } as const;
    await assert.rejects(async () => index?.find(question), { code: "INDEX_UNFIT" }, wrong);
    await assert.rejects(async () => index?.recordings(TRACE, -1, 9), { code: "INDEX_UNFIT" });
  }
  status = 500;
  said = "\u001b[2J\u009b31m\u202e gone";
  await assert.rejects(source.vkey(), (error: Error) => !/[\p{Cc}\p{Cf}]/u.test(error.message));
});
