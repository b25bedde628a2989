import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, after as finallyDo, test } from "node:test";
import { formatConstitution } from "@writ/bucket/constitution";
import { parseCheckpoint } from "@writ/tlog/checkpoint";
import { formatNote, parseNote } from "@writ/tlog/note";
import { verifyConsistency } from "@writ/tlog/proof";
import { randomBatches, randomFrom, recordedOf } from "./index/random-ledger.test-support.ts";
import { ALICE, constitutionWith, installConstitution, LOG } from "./ledger.test-support.ts";
import { verifyProof } from "./prove.ts";
import { indexed, type Served, serveLedger } from "./served.test-support.ts";

const batches = randomBatches(99, 900);
const { events, heads } = recordedOf(batches);
let served: Served;

before(async () => {
  served = await serveLedger(batches, { segmentBytes: 100_000 });
  await indexed(served, events.length);
});

finallyDo(async () => {
  await served.stop();
  assert.deepEqual(served.errors, []);
});

async function get<T>(path: string): Promise<T> {
  const { status, body } = await served.read(path);
  assert.equal(status, 200, `${path}: ${body}`);
  return JSON.parse(body.toString()) as T;
}

interface Listed {
  readonly checkpoints: readonly { readonly size: number; readonly root: string }[];
  readonly next: number | null;
}

test("every checkpoint is listed, page by page, and given as it was signed", async () => {
  const sizes: number[] = [];
  for (let path = "/checkpoints?limit=9"; ; ) {
    const { checkpoints, next } = await get<Listed>(path);
    for (const { size, root } of checkpoints) {
      sizes.push(size);
      const { body, headers } = await served.ask(`/checkpoint/${size}`);
      const { checkpoint } = { checkpoint: parseCheckpoint(parseNote(body).text) };
      assert.equal(checkpoint.size, size);
      assert.equal(Buffer.from(checkpoint.root).toString("base64"), root);
      assert.equal(headers["cache-control"], "no-cache");
    }
    if (next === null) break;
    path = `/checkpoints?limit=9&before=${next}`;
  }
  assert.deepEqual(sizes, heads.toReversed());
  for (const bad of ["0", "1000000", "x", "007", ""]) {
    assert.equal((await served.ask(`/checkpoint/${bad}`)).status, 404, bad);
  }
  assert.equal((await served.ask("/checkpoints?before=x")).status, 400);
});

test("a checkpoint is given with the cosignatures that were kept", async () => {
  const size = heads[1] ?? 0;
  const path = `/checkpoint/${size}`;
  const plain = (await served.ask(path)).body;
  const { text, signatures } = parseNote(plain);
  const line = { name: "witness.example", keyId: 7, signature: new Uint8Array(72) };
  const cosigned = Buffer.from(formatNote({ text, signatures: [...signatures, line] }));
  served.kept.keep(size, cosigned);
  assert.deepEqual((await served.ask(path)).body, cosigned);
  assert.deepEqual((await served.ask(`/checkpoint/${heads[0]}`)).body.includes("witness"), false);
});

test("any event is proven against any checkpoint that covers it", async () => {
  const random = randomFrom(3);
  for (let round = 0; round < 60; round++) {
    const recorded = events[Math.floor(random() * events.length)];
    assert.ok(recorded);
    const { index, event } = recorded;
    const covering = heads.filter((size) => size > index);
    const size = covering[Math.floor(random() * covering.length)] ?? 0;
    const by = `index=${index}`;
    const proof = (await served.read(`/proof/inclusion?${by}&size=${size}`)).body;
    const bytes = (await served.read(`/v1/event?${by}`)).body;
    assert.equal(
      JSON.parse(bytes.toString()).enforcement_decision_id,
      event.enforcement_decision_id,
    );
    const report = verifyProof({ proof, event: bytes, vkey: LOG.verifierKey });
    assert.deepEqual([report.ok, report.index, report.size], [true, index, size]);
  }
  const id = events[17]?.event.enforcement_decision_id;
  const proof = (await served.read(`/proof/inclusion?decision_id=${id}`)).body;
  const { body, headers } = await served.read(`/v1/event?decision_id=${id}`);
  const report = verifyProof({ proof, event: body, vkey: LOG.verifierKey });
  assert.deepEqual([report.ok, report.size], [true, events.length]);
  assert.equal(headers["writ-index"], String(report.index));
});

test("what cannot be proven is refused in words", async () => {
  const unused = events.length - 1;
  const bad: readonly (readonly [string, number])[] = [
    ["/proof/inclusion", 400],
    ["/proof/inclusion?index=0&decision_id=0123456789abcdef.1.1", 400],
    ["/proof/inclusion?decision_id=nonsense", 400],
    ["/proof/inclusion?decision_id=0123456789abcdef.1.1", 404],
    [`/proof/inclusion?index=${unused}&size=${heads[0]}`, 400],
    ["/proof/inclusion?index=0&size=1000000", 400],
    [`/v1/event?index=${events.length}`, 404],
    ["/proof/consistency", 400],
    ["/proof/consistency?from=9&to=8", 400],
    ["/proof/consistency?from=1&to=1000000", 400],
  ];
  for (const [path, status] of bad) assert.equal((await served.read(path)).status, status, path);
});

test("any two trees are proven consistent", async () => {
  interface Tree {
    readonly size: number;
    readonly root: string;
  }
  const random = randomFrom(8);
  const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "base64"));
  const roots = new Map<number, string>();
  for (const { size, root } of (await get<Listed>("/checkpoints?limit=999")).checkpoints) {
    roots.set(size, root);
  }
  for (let round = 0; round < 80; round++) {
    const pick = (): number => heads[Math.floor(random() * heads.length)] ?? 0;
    const [a, b] = [pick(), random() < 0.8 ? pick() : Math.floor(random() * events.length)];
    const [from, to] = [Math.min(a, b), Math.max(a, b)];
    const answer = await get<{ from: Tree; to: Tree; proof: string[] }>(
      `/proof/consistency?from=${from}&to=${to}`,
    );
    assert.deepEqual([answer.from.size, answer.to.size], [from, to]);
    for (const tree of [answer.from, answer.to]) {
      assert.equal(roots.get(tree.size) ?? tree.root, tree.root);
    }
    const claim = {
      oldSize: from,
      oldRoot: bytes(answer.from.root),
      newSize: to,
      newRoot: bytes(answer.to.root),
    };
    verifyConsistency(claim, answer.proof.map(bytes));
  }
});

test("search, counts and lists are answered over HTTP as by the index", async () => {
  const blocked = events.filter(({ event }) => event.decision === "BLOCK");
  interface Found {
    readonly events: readonly { readonly index: number }[];
    readonly next: number | null;
    readonly total: { readonly count: number };
  }
  const indices: number[] = [];
  for (let after = ""; ; ) {
    const found = await get<Found>(`/v1/search?decision=BLOCK&order=oldest&limit=50${after}`);
    assert.equal(found.total.count, blocked.length);
    indices.push(...found.events.map(({ index }) => index));
    if (found.next === null) break;
    after = `&after=${found.next}`;
  }
  assert.deepEqual(
    indices,
    blocked.map(({ index }) => index),
  );
  const none = await get<Found>("/v1/search?caller=&decision=BLOCK&decision=REWRITE&limit=1");
  assert.equal(
    none.total.count,
    events.filter(
      ({ event }) => event.decision !== "ALLOW" && event.evaluator_trace.caller === null,
    ).length,
  );
  const summary = await get<Record<string, unknown>>("/v1/summary");
  assert.deepEqual(
    [summary.size, summary.published, summary.stuck],
    [events.length, events.length, null],
  );
  const { fields } = await get<{ fields: Record<string, { value: unknown; events: number }[]> }>(
    "/v1/fields",
  );
  assert.equal(fields.decision?.find(({ value }) => value === "BLOCK")?.events, blocked.length);
});

test("streams and holes are listed page by page, and asked for strictly", async () => {
  type Row = Record<string, unknown>;
  for (const [list, by] of [
    ["streams", "before"],
    ["holes", "after"],
  ] as const) {
    const pages = async (limit: number): Promise<Row[]> => {
      const rows: Row[] = [];
      for (let more = ""; ; ) {
        const page = await get<Row>(`/v1/${list}?limit=${limit}${more}`);
        rows.push(...(page[list] as Row[]));
        if (page.next === null) return rows;
        more = `&${by}=${page.next}`;
      }
    };
    const whole = await pages(1000);
    assert.ok(whole.length > 1, `${list}: ${whole.length}`);
    assert.deepEqual(await pages(Math.ceil(whole.length / 3)), whole);
    assert.deepEqual(await pages(whole.length), whole);
    for (const bad of ["limit=0", "limit=1001", `${by}=x`, "decision=BLOCK", "limit=1&limit=1"]) {
      assert.equal((await served.read(`/v1/${list}?${bad}`)).status, 400, `${list} ${bad}`);
    }
  }
});

const refused = [
  "limit=0",
  "limit=1001",
  "order=up",
  "trace_id=abc",
  "trace_id=ABABABAB",
  "decision_id=1.2.3",
  "from=2026-11-21",
  "from=2026-02-30T00:00:00Z",
  "from=2026-11-21T20:00:00.5Z",
  "from=2026-11-21T20:00:00Z&to=2026-11-21T20:00:00Z",
  "limit=1&limit=2",
  "colour=red",
  `${"caller=a&".repeat(65)}`,
];

for (const query of refused) {
  test(`a question that makes no sense is told so: ${query.slice(0, 50)}`, async () => {
    const { status, body } = await served.read(`/v1/search?${query}`);
    assert.equal(status, 400);
    assert.match(body.toString(), /^[a-z].*\n$/);
  });
}

test("metrics say what is in the log, and only in the format's grammar", async () => {
  const { body, headers } = await served.ask("/metrics", "GET", {
    authorization: `Bearer ${served.metricsKey}`,
  });
  const text = body.toString();
  assert.match(String(headers["content-type"]), /^text\/plain; version=0\.0\.4/);
  for (const line of text.trimEnd().split("\n")) {
    assert.match(
      line,
      /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+)$/,
    );
  }
  const value = (name: string): number => {
    const found = text.split("\n").find((line) => line.startsWith(`${name} `));
    return Number(found?.slice(name.length + 1));
  };
  assert.equal(value("writ_log_size"), events.length);
  assert.equal(value("writ_index_lag_events"), 0);
  assert.ok(value("writ_checkpoint_age_seconds") >= 0);
  const blocked = events.filter(({ event }) => event.decision === "BLOCK").length;
  assert.equal(value('writ_events{decision="BLOCK"}'), blocked);
  assert.equal(value('writ_quota_used{writer="",of="events"}'), events.length);
  assert.equal(value('writ_quota_warning{writer="",of="events"}'), 0);
});

/** The samples of one metric, as they are now. */
async function samples(name: string): Promise<string[]> {
  const lines = (await served.read("/metrics")).body.toString().split("\n");
  return lines.filter((line) => line.startsWith(`${name}{`)).map((line) => line.slice(name.length));
}

test("metrics warn from 80 % of a quota on, by the constitution that is in force now", async () => {
  const before = readFileSync(join(served.place.bucket, "constitution", "0.note"));
  const [plenty, bytes] = [events.length * 100, 1_000_000_000];
  const used = events.filter(({ writer }) => writer === ALICE.name).length;
  const warned = async (quota: number): Promise<string[]> => {
    const { writers } = constitutionWith();
    const changed = constitutionWith({
      writers: writers.map((one) => ({ ...one, quota: { events: quota, bytes } })),
      quotas: { events: plenty, bytes, in_flight: 4096 },
    });
    await installConstitution(served.place, 0, formatConstitution(changed));
    const own = `{writer="${ALICE.name}",of="events"} `;
    assert.ok((await samples("writ_quota_limit")).includes(`${own}${quota}`));
    assert.ok((await samples("writ_quota_used")).includes(`${own}${used}`));
    return (await samples("writ_quota_warning")).filter((line) => line.startsWith(own));
  };
  const own = `{writer="${ALICE.name}",of="events"} `;
  assert.deepEqual(await warned(Math.floor(used / 0.8)), [`${own}1`]);
  assert.deepEqual(await warned(Math.floor(used / 0.8) + 1), [`${own}0`]);
  writeFileSync(join(served.place.bucket, "constitution", "0.note"), before);
});

test("metrics tell what the Bucket has turned away", async () => {
  assert.deepEqual(await samples("writ_bucket_denials_total"), []);
  const path = join(served.place.bucket, "denials");
  writeFileSync(path, '{"TOTAL_QUOTA":12,"UNKNOWN_VERB":1}\n');
  assert.deepEqual(await samples("writ_bucket_denials_total"), [
    '{cause="TOTAL_QUOTA"} 12',
    '{cause="UNKNOWN_VERB"} 1',
  ]);
  writeFileSync(path, "nonsense");
  assert.deepEqual(await samples("writ_bucket_denials_total"), []);
  rmSync(path);
});

test("too many questions at once are sent away, and those that are given up are not asked", async () => {
  const asking = Array.from({ length: 300 }, () =>
    served.read("/v1/search?decision=BLOCK&limit=1000"),
  );
  const statuses = (await Promise.all(asking)).map(({ status }) => status);
  assert.ok(statuses.every((status) => status === 200 || status === 503));
  assert.ok(statuses.includes(200));
  const gone = new AbortController();
  const busy = served.index.ask("summary", []);
  const waiting = served.index.ask("summary", [], gone.signal);
  gone.abort();
  await assert.rejects(waiting, { code: "SEARCH_ABORTED" });
  assert.equal((await busy).size, events.length);
});
