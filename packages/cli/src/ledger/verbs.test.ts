import assert from "node:assert/strict";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, after as finallyDo, test } from "node:test";
import { folderSource } from "@writ/audit/ledger/folder";
import type { LedgerHead } from "@writ/audit/ledger/source";
import type { decodeEvent } from "@writ/contract/event";
import { OperatorError } from "../operator-error.ts";
import { airline, startWrit, temporaryFolder } from "../spawn-writ.test-support.ts";
import { UsageError } from "../verb.ts";
import { verb as find } from "../verbs/find.ts";
import { verb as replay } from "../verbs/replay.ts";
import { verb as show } from "../verbs/show.ts";
import { verb as stats } from "../verbs/stats.ts";
import {
  type AirlineLedger,
  HOSTILE_CALLER,
  openAirlineLedger,
  run,
  SAMPLE,
} from "./airline-ledger.test-support.ts";
import { type Seen, watchLedger } from "./watching.ts";

/** Judged twice, the second time by request of a caller with a name to beware of. */
const TWICE = 10;
let ledger: AirlineLedger;
let data: string;
let total: number;

/** 73 lines, one number that leaves no record, ten of the lines again. */
before(async () => {
  ledger = await openAirlineLedger();
  ({ data } = ledger);
  for (const line of ledger.lines) await ledger.enforce(line);
  ledger.enforcement.begin();
  for (const line of ledger.lines.slice(0, TWICE)) await ledger.enforce(line, HOSTILE_CALLER);
  total = ledger.lines.length + TWICE;
  await published(total);
});

finallyDo(() => ledger.close());

async function published(size: number): Promise<void> {
  const source = folderSource(data, { useIndex: false });
  while (((await source.head())?.size ?? 0) < size) {
    await new Promise((done) => setTimeout(done, 20));
  }
}

function rows(out: string): { index: number; event: ReturnType<typeof decodeEvent> }[] {
  const lines = out.trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line));
}

test("find prints what a filter takes, whole events as JSON, and says so by its exit code", async () => {
  const all = await run(find, data, "--all", "--oldest", "--json");
  assert.deepEqual([all.code, all.error], [0, ""]);
  const events = rows(all.out);
  assert.deepEqual(
    events.map(({ index }) => index),
    Array.from({ length: total }, (_, index) => index),
  );
  const blocked = await run(find, data, "--decision", "block", "--all", "--json");
  const expected = events.filter(({ event }) => event.decision === "BLOCK").toReversed();
  assert.deepEqual(rows(blocked.out), expected);
  const [some] = expected;
  assert.ok(some);
  const { trace_id, enforcement_decision_id } = some.event;
  for (const id of [trace_id, trace_id.slice(0, 12), enforcement_decision_id]) {
    const found = rows((await run(find, data, id, "--json")).out);
    assert.ok(found.some(({ index }) => index === some.index));
  }
  const none = await run(find, data, "--reason", "NEVER_SAID");
  assert.deepEqual([none.code, none.out], [1, ""]);
});

test("pages of find go on where the one before ended", async () => {
  const seen: number[] = [];
  for (let after: string[] = []; ; ) {
    const page = await run(find, data, "--limit", "30", "--json", ...after);
    seen.push(...rows(page.out).map(({ index }) => index));
    const next = /^there are more: (--after) (\d+)$/m.exec(page.error);
    if (next === null) break;
    after = next.slice(1);
  }
  assert.deepEqual(
    seen,
    Array.from({ length: total }, (_, at) => total - 1 - at),
  );
});

test("a name that would paint the screen is only a name, in text and in JSON", async () => {
  const text = await run(find, data, "--caller", HOSTILE_CALLER);
  assert.match(text.out, /by \\u\{1b\}\[2J\\u\{202e\}shop/);
  const shown = await run(show, data, String(total - 1));
  const counted = await run(stats, data);
  const json = await run(find, data, "--caller", HOSTILE_CALLER, "--json");
  for (const { out } of [text, shown, counted, json])
    assert.ok(!out.includes("\u001b") && !out.includes("\u202e"));
  assert.equal(rows(json.out)[0]?.event.evaluator_trace.caller, HOSTILE_CALLER);
});

test("show says what happened, by which rule, when it was judged before, and proves it", async () => {
  const found = await run(find, data, "--reason", "CARD_OR_GIFT_CARD_REQUIRED", "--json");
  const [some] = rows(found.out);
  assert.ok(some);
  const { code, out } = await run(show, data, some.event.enforcement_decision_id);
  assert.equal(code, 0);
  const decider = some.event.evaluator_trace.evaluators.find(([, answer]) => answer === "REWRITE");
  for (const said of [
    `event ${some.index} of ${total}`,
    "◆ REWRITE",
    some.event.trace_id,
    `${decider?.[0]}`,
    "← decided",
    "✓ its hashes lead from the event to the checkpoint's root",
    `writ prove ${data} ${some.event.enforcement_decision_id}`,
  ]) {
    assert.ok(out.includes(said), `${said} in\n${out}`);
  }
  const names = some.event.evaluator_trace.evaluators.map(([name]) => out.indexOf(name));
  assert.deepEqual(
    names,
    names.toSorted((a, b) => a - b),
  );
  const json = JSON.parse((await run(show, data, String(total - 1), "--json")).out);
  assert.deepEqual(json.event, JSON.parse(JSON.stringify(json.event)));
  assert.deepEqual(
    [json.index, json.size, json.proof.ok, json.before.map((row: { index: number }) => row.index)],
    [total - 1, total, true, [TWICE - 1]],
  );
  const other = await openAirlineLedger();
  await other.close();
  const wrong = await run(show, data, "0", "--key", join(other.data, "log.vkey"));
  assert.equal(wrong.code, 1);
  assert.match(wrong.out, /proof, checked by the key given:.*✗ its checkpoint is signed/s);
  assert.equal((await run(show, data, String(total))).code, 1);
  assert.equal((await run(show, data, `${"0".repeat(16)}.1.1`)).code, 1);
  await assert.rejects(run(show, data, some.event.trace_id), UsageError);
});

test("stats counts every event, and the attempt that left no record", async () => {
  const { code, out } = await run(stats, data, "--json");
  assert.equal(code, 0);
  const told = JSON.parse(out);
  assert.deepEqual([told.size, told.events, told.indexed], [total, total, 0]);
  const events = rows((await run(find, data, "--all", "--json")).out);
  for (const { value, events: number } of told.fields.reason_code) {
    const having = events.filter(({ event }) => event.reason_code === value);
    assert.equal(number, having.length, value);
  }
  const sum = told.buckets.reduce(
    (so: number, { ALLOW, REWRITE, BLOCK }: Record<string, number>) =>
      so + (ALLOW ?? 0) + (REWRITE ?? 0) + (BLOCK ?? 0),
    0,
  );
  assert.equal(sum, total);
  const missing = ledger.lines.length + 1;
  assert.deepEqual(
    told.holes.map(({ from, to }: { from: number; to: number }) => [from, to]),
    [[missing, missing]],
  );
  assert.ok(told.checkpoint.age_seconds < 600);
  const text = await run(stats, data);
  assert.match(
    text.out,
    new RegExp(`1 hole: 1 attempt left no record\\n {2}attempt ${missing} of`),
  );
});

test("replay finds every input, the one that was never recorded, and none of another policy", async () => {
  const folder = temporaryFolder();
  const whole = await run(replay, data, "--policy", airline, SAMPLE);
  assert.deepEqual([whole.code, whole.error], [0, ""]);
  assert.match(whole.out, /^73 inputs: 73 found and equal, 0 found and different, 0 never/);
  const extra = join(folder, "extra.jsonl");
  writeFileSync(extra, readFileSync(SAMPLE));
  appendFileSync(extra, '{"category":"think","input":{"tool":"think","arguments":{}},"x":1}\n');
  const more = await run(replay, data, "--policy", airline, "--json", extra);
  assert.equal(more.code, 1);
  const lines = more.out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const { inputs, equal, different, never_recorded } = lines.at(-1).summary;
  assert.deepEqual([inputs, equal, different, never_recorded], [74, 73, 0, 1]);
  assert.deepEqual([lines[0].line, lines[0].found, lines[0].events], [1, "equal", 2]);
  const other = join(folder, "policy");
  rmSync(other, { recursive: true, force: true });
  const changed = await policyWithAnotherReason(other);
  const elsewhere = await run(replay, data, "--policy", changed, SAMPLE);
  assert.equal(elsewhere.code, 1);
  assert.match(elsewhere.out, /73 never recorded among/);
  assert.match(elsewhere.error, /no event of this policy/);
});

async function policyWithAnotherReason(folder: string): Promise<string> {
  const made = mkdtempSync(folder);
  for (const name of ["bundle.yaml", "canaries.yaml"]) {
    const text = readFileSync(join(airline, name), "utf8");
    writeFileSync(join(made, name), text.replaceAll("NOT_LOOKED_UP", "NEVER_LOOKED_UP"));
  }
  return made;
}

test("watching shows each event once and in order, and holes that stay open", async () => {
  const ended = new AbortController();
  const seen: Seen[] = [];
  const filter = {
    fields: {},
    traceId: undefined,
    decisionId: undefined,
    from: undefined,
    to: undefined,
  };
  const source = folderSource(data, { useIndex: true });
  const watching = (async () => {
    for await (const one of watchLedger({
      ...{ source, filter, last: 3, signal: ended.signal },
      ...{ interval: 20, patience: 60 },
    })) {
      seen.push(one);
      if (one.kind === "hole") ended.abort();
    }
  })();
  while (seen.length < 3) await new Promise((done) => setTimeout(done, 10));
  for (const line of ledger.lines.slice(0, 5)) await ledger.enforce(line);
  ledger.enforcement.begin();
  ledger.enforcement.begin();
  await ledger.enforce(Buffer.from("nonsense"));
  await watching;
  const indices = seen.flatMap((one) => (one.kind === "event" ? [one.one.index] : []));
  assert.deepEqual(
    indices,
    Array.from({ length: 9 }, (_, at) => total - 3 + at),
  );
  const last = seen.at(-1);
  assert.ok(last?.kind === "hole");
  const first = ledger.lines.length + 1 + TWICE + 5 + 1;
  assert.deepEqual([last.news.kind, last.news.from, last.news.to], ["hole", first, first + 1]);
});

test("a log that does not go on from what was there ends the watch", async () => {
  const source = folderSource(data, { useIndex: false });
  const head = await source.head();
  assert.ok(head);
  const filter = {
    fields: {},
    traceId: undefined,
    decisionId: undefined,
    from: undefined,
    to: undefined,
  };
  // The second time, whether it does cannot be told at first.
  for (const failures of [0, 1]) {
    let looks = 0;
    let asked = 0;
    const forked = {
      ...{ facts: source.facts, vkey: source.vkey, entries: source.entries, index: source.index },
      ...{ proof: source.proof, close: () => {} },
      isExtended: async (before: LedgerHead, after: LedgerHead) => {
        if (asked++ < failures) throw new OperatorError("busy");
        return source.isExtended(before, after);
      },
      head: async () => (++looks === 1 ? { ...head, root: new Uint8Array(32) } : head),
    };
    const signal = new AbortController().signal;
    const options = { source: forked, filter, last: 0, signal, interval: 1, rest: 1 };
    const watching = watchLedger(options);
    for (let note = 0; note < failures; note++) {
      assert.equal((await watching.next()).value?.kind, "note");
    }
    await assert.rejects(watching.next(), { code: "LOG_CHANGED" });
  }
});

test("the verb watch ends with 0 on Ctrl-C, and when its reader goes", async () => {
  const [interrupted, left] = [startWrit(["watch", data]), startWrit(["watch", data, "--json"])];
  const ends = [interrupted, left].map((child) => once(child, "close"));
  await Promise.all([interrupted, left].map((child) => once(child.stdout, "data")));
  interrupted.kill("SIGINT");
  left.stdout.destroy();
  await ledger.enforce(ledger.lines[0] ?? Buffer.alloc(0));
  assert.deepEqual(
    (await Promise.all(ends)).map(([code]) => code),
    [0, 0],
  );
});

test("what cannot be done as asked says what to do", async () => {
  const cases: readonly (readonly [RegExp, readonly string[]])[] = [
    [/give a data folder, or --audit URL/, []],
    [/--key-file is missing/, ["--audit", "http://127.0.0.1:1"]],
    [/--key-file goes with --audit/, [data, "--key-file", "x"]],
    [/--decision: give ALLOW, REWRITE, BLOCK/, [data, "--decision", "MAYBE"]],
    [/--from: give 15m, 2h or 7d ago/, [data, "--from", "yesterday"]],
    [/--limit: give a number from 1 on/, [data, "--limit", "0"]],
    [/give --limit or --all/, [data, "--limit", "3", "--all"]],
    [/give trace_id as/, [data, "zz"]],
    [/give decision_id as/, [data, "1.2"]],
    [/holds no Bucket/, [temporaryFolder()]],
    [/address such as http:\/\/127/, ["--audit", "https://u:p@host", "--key-file", SAMPLE]],
    [/one auditor's key and nothing else/, ["--audit", "http://127.0.0.1:1", "--key-file", SAMPLE]],
  ];
  for (const [message, argv] of cases) {
    await assert.rejects(run(find, ...argv), { message });
  }
});
