import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { verifyBucket } from "@writ/audit/verify";
import { installConstitution } from "@writ/bucket/append/install";
import { formatConstitution } from "@writ/bucket/constitution";
import { signConstitution } from "@writ/bucket/constitution/chain";
import { signerKeyLine } from "@writ/bucket/writer-key";
import { parseDecisionId } from "@writ/contract/decision-id";
import { parseSignerKey } from "@writ/tlog/note-key";
import { frameMessage } from "../../packages/bucket/src/append/framing.ts";
import { decodeEnded, decodeHello, MESSAGE } from "../../packages/bucket/src/append/messages.ts";
import { enforce, inParallel } from "../serving.ts";
import { rule } from "./bullets.ts";
import { importClosure } from "./import-closure.ts";
import { RawWriter } from "./raw-writer.ts";
import { Tap, type TappedLine } from "./tap.ts";
import { tracedFiles } from "./traced-start.ts";
import {
  assertKept,
  constitutionBytes,
  freshFolder,
  logBytes,
  openWorld,
  type Record,
  recordsIn,
  say,
  startGateway,
  untilReconnected,
  WORKFLOW,
} from "./world.ts";

const world = await openWorld({ writers: 2 });
const { tap, deployment, bucketSocket } = world;
const gateway = await startGateway(world);
const [firstWriter = world.writer, secondWriter = world.writer] = world.writers;
const first = await RawWriter.enter(world, firstWriter, 1);
const constitutions = constitutionBytes(deployment.bucket);
after(async () => {
  await gateway.stop();
  await first.door.close();
  await world.close();
});

/** The log as it stood after each test; nothing of it may ever change. */
const stood: Buffer[] = [];

function kept(): Record[] {
  stood.push(logBytes(deployment.bucket));
  return recordsIn(deployment.bucket);
}

interface Decided {
  readonly decision: unknown;
  readonly trace: unknown;
  readonly status: unknown;
  readonly id: string;
}

/** The workflow once more, one call after the other. */
async function replay(): Promise<Decided[]> {
  return inParallel(WORKFLOW, 1, async (call) => {
    const { body } = await enforce(gateway.url, call);
    const { decision, trace_id, status, enforcement_decision_id } = body;
    return { decision, trace: trace_id, status, id: String(enforcement_decision_id) };
  });
}

const withoutId = ({ decision, trace, status }: Decided): unknown[] => [decision, trace, status];

/** What the Bucket sent over a line from its `from`th byte on. */
function heard(line: TappedLine | undefined, from = 0): Buffer {
  return Buffer.concat(line?.sent["to the writer"] ?? []).subarray(from);
}

const onEmpty = await replay();

rule("§7", "It does NOT read from Bucket", async (t) => {
  // The gateway of this file runs in a folder that holds nothing of a Bucket but its public key.
  const entries = readdirSync(world.gatewayData, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  assert.deepEqual(files.sort(), ["epoch", "log.vkey", "writer.key"]);
  const closure = importClosure([
    "packages/cli/src/processes/gateway.ts",
    "packages/enforce/src/enforcement.ts",
  ]);
  assert.ok(closure.has("packages/bucket/src/append/client.ts"));
  const reading =
    /^packages\/(audit\/|bucket\/src\/(read\/|frame|append\/(open-log|log-|files|recover|segment|install|guard|server)))/;
  assert.deepEqual(
    [...closure].filter((path) => reading.test(path)),
    [],
  );
  const traced = await tracedFiles(world);
  if (traced === undefined) {
    t.diagnostic("strace is not installed: no system calls were watched");
    return;
  }
  const { data, gateway: part, run, writerKey } = deployment;
  const named = traced.filter(({ path }) => path.startsWith(`${data}/`));
  assert.ok(named.some(({ path }) => path === writerKey));
  const foreign = named.filter(({ path }) => !path.startsWith(part) && !path.startsWith(run));
  // It may look where the others' folders lie, to keep its own apart; it opens none of them, and
  // knows of nothing that is in one.
  const entered = foreign.filter(
    ({ call, path }) => call.includes("open") || path.slice(data.length + 1).includes("/"),
  );
  assert.deepEqual(entered, []);
});

rule("§7", "It does NOT depend on past Bucket records", async () => {
  assert.deepEqual(
    onEmpty.map(({ decision }) => decision),
    ["EXECUTE", "REWRITE", "BLOCK", "EXECUTE", "BLOCK", "BLOCK"],
  );
  const size = kept().length;
  const writes = Array.from({ length: 400 }, (_, at) => first.append(at + 1));
  for (const { ending } of await Promise.all(writes)) assert.equal(ending, "committed");
  assert.equal(kept().length, size + 400);
  const onFull = await replay();
  assert.deepEqual(onFull.map(withoutId), onEmpty.map(withoutId));
});

rule("§7", "It does NOT use Bucket to determine future behavior", async () => {
  // The log comes to hold the opposite of each decision, for the same identity, many times over.
  const opposite = { EXECUTE: "BLOCK", REWRITE: "BLOCK", BLOCK: "ALLOW" } as const;
  const writes = onEmpty.flatMap(({ decision, trace }, at) =>
    Array.from({ length: 20 }, (_, time) =>
      first.append(3_000 + 100 * at + time, {
        trace_id: String(trace),
        decision: opposite[decision as keyof typeof opposite],
      }),
    ),
  );
  for (const { ending } of await Promise.all(writes)) assert.equal(ending, "committed");
  const contradicted = kept().filter(({ event }) => event.trace_id === onEmpty[0]?.trace);
  assert.equal(contradicted.filter(({ event }) => event.decision === "BLOCK").length, 20);
  // Also on a new connection, in a new epoch.
  for (const line of tap.lines) line.cut();
  await untilReconnected(world, gateway, 1);
  const later = await replay();
  assert.deepEqual(later.map(withoutId), onEmpty.map(withoutId));
});

rule("§8", "Produces a new enforcement decision", async () => {
  const before = kept().length;
  const again = await replay();
  // Each was decided anew and has its own record of it, by the same policy with the same answer.
  const records = kept().slice(before);
  assert.deepEqual(again.map(withoutId), onEmpty.map(withoutId));
  assert.deepEqual(
    records.map(({ event }) => [event.enforcement_decision_id, event.trace_id]),
    again.map(({ id, trace }) => [id, trace]),
  );
});

rule("§8", "Generates a new enforcement_decision_id", async () => {
  const known = new Set(kept().map(({ event }) => event.enforcement_decision_id));
  const again = await replay();
  assert.equal(new Set(again.map(({ id }) => id)).size, WORKFLOW.length);
  for (const { id } of again) assert.ok(!known.has(id), `${id} was there before`);
  const sequences = again.map(({ id }) => parseDecisionId(id).sequence);
  assert.deepEqual(
    sequences,
    sequences.map((_, at) => (sequences[0] ?? 0) + at),
  );
});

rule("§8", "Produces a new immutable record", async () => {
  const before = kept();
  const [again] = await replay();
  const after = kept();
  assert.deepEqual(after.slice(0, before.length), before);
  assert.equal(after.length, before.length + WORKFLOW.length);
  const same = after.filter(({ event }) => event.trace_id === onEmpty[0]?.trace);
  assert.ok(same.length > 3);
  assert.equal(after[before.length]?.event.enforcement_decision_id, again?.id);
});

rule("§8", "Bucket does not deduplicate", async () => {
  const before = kept().length;
  for (let time = 0; time < 3; time += 1) {
    assert.deepEqual(await first.append(9_001), { ending: "committed" });
  }
  const records = kept().slice(before);
  const event = Buffer.from(first.event(9_001));
  assert.deepEqual(
    records.map(({ index, bytes }) => [index, bytes.equals(event)]),
    [0, 1, 2].map((at) => [before + at, true]),
  );
  // That a writer repeats itself is its fault, for an auditor to see and not for the Bucket to mend.
  const key = readFileSync(deployment.vkey, "utf8").trim();
  const { faults } = await verifyBucket(deployment.bucket, { key });
  assert.deepEqual(
    faults.map(({ check, index }) => [check, index]),
    [1, 2].map((at) => ["decision-unique", before + at]),
  );
});

rule("§8", "Bucket does not reconcile", async () => {
  const before = kept().length;
  const sayings = [
    { decision: "ALLOW", status: "success" },
    { decision: "BLOCK", status: "failed" },
  ] as const;
  for (const saying of sayings) {
    assert.deepEqual(await first.append(9_002, saying), { ending: "committed" });
  }
  // Two stories of one attempt: both stand, as they were told, and neither replaces the other.
  assert.deepEqual(
    kept()
      .slice(before)
      .map(({ event: { decision, status } }) => ({ decision, status })),
    sayings,
  );
});

rule("§8", "Bucket does not infer intent", async () => {
  // Schema and governance are judged; what an event means is not. This one means nothing.
  const odd = {
    reason_code: "ALLOWED",
    decision: "BLOCK",
    status: "success",
    adapter_name: "nobody",
    timestamp: "1970-01-01T00:00:00.000Z",
  } as const;
  const before = kept().length;
  assert.deepEqual(await first.append(9_003, odd), { ending: "committed" });
  const [record] = kept().slice(before);
  assert.ok(record?.bytes.equals(Buffer.from(first.event(9_003, odd))));
});

rule("§8", "Truth is chronological, not corrected", async () => {
  const before = kept().length;
  // Numbers and clocks run backwards; the log keeps the order in which it was told.
  const told = [9_009, 9_007, 9_008, 9_006];
  for (const [at, sequence] of told.entries()) {
    const timestamp = `2026-01-0${9 - at}T00:00:00.000Z`;
    assert.deepEqual(await first.append(sequence, { timestamp }), { ending: "committed" });
  }
  assert.deepEqual(
    kept()
      .slice(before)
      .map(({ event }) => parseDecisionId(event.enforcement_decision_id).sequence),
    told,
  );
});

rule("§9", "No feedback loop exists", async () => {
  // Every byte that ever came back to the gateway: greeting, let in, and one fate a message.
  for (const line of tap.lines) {
    const [hello, accepted, ...endings] = line.of("to the writer");
    assert.deepEqual([hello?.type, accepted?.type], [MESSAGE.hello, MESSAGE.accepted]);
    const appends = line.of("to the Bucket").filter(({ type }) => type === MESSAGE.append);
    assert.ok(appends.length > 0);
    assert.deepEqual(
      endings.map(({ type, body }) => [type, decodeEnded(body)]),
      appends.map((_, at) => [MESSAGE.ended, { batch: at + 1, ending: { ending: "committed" } }]),
    );
    const { origin } = world.constitution;
    const greeting = 4 + 1 + (1 + 32 + 32 + origin.length) + 4 + 1;
    assert.equal(heard(line).length, greeting + appends.length * (4 + 1 + 8 + 1));
    // The fates of the same workflow are the same bytes, whatever the log holds by now.
    const length = WORKFLOW.length * 14;
    const begun = heard(tap.lines[0], greeting).subarray(0, length);
    assert.ok(heard(line, greeting).subarray(0, length).equals(begun));
  }
  assert.equal(tap.lines.length, 2);
});

rule("§9", "No control signal flows back", async (t) => {
  // Whatever a Bucket says beside the fate of what it was sent, the line ends, and nothing is obeyed.
  const fates: readonly number[] = [MESSAGE.ended, MESSAGE.admitted];
  const known: readonly number[] = Object.values(MESSAGE);
  const types = [...known, 0x00, 0x05, 0x16, 0x20, 0x40, 0x7f, 0x80, 0xff];
  const own = await Tap.open(join(freshFolder(), "tap"), bucketSocket);
  t.after(() => own.close());
  for (const [at, type] of types.entries()) {
    const writer = await RawWriter.enterNext(world, secondWriter, at + 1, own.path);
    own.lines.at(-1)?.write("to the writer", frameMessage(type, fates.includes(type) ? 9 : 40));
    await writer.door.closed;
    assert.deepEqual(await writer.append(1), { ending: "unknown" });
  }
  // The gateway too: the attempt is refused, and the one after it is decided as ever.
  const lines = tap.lines.length;
  tap.meet = (carried) => {
    return carried.type === MESSAGE.ended ? frameMessage(MESSAGE.release, 8) : "pass";
  };
  assert.equal((await enforce(gateway.url, say("hello"))).body.decision, "BLOCK");
  tap.meet = () => "pass";
  await untilReconnected(world, gateway, lines);
  assert.deepEqual((await replay()).map(withoutId), onEmpty.map(withoutId));
});

rule("§9", "No governance authority flows upstream", async (t) => {
  // Of what rules the Bucket a writer is told its origin and the hash of its key, and no more: not
  // its own quota, not who governs, not why it is refused.
  const { version, challenge, logKeyHash, origin } = decodeHello(
    tap.lines[0]?.of("to the writer")[0]?.body ?? new Uint8Array(),
  );
  assert.deepEqual(
    [version, challenge.length, logKeyHash.length, origin],
    [1, 32, 32, world.constitution.origin],
  );
  const own = await Tap.open(join(freshFolder(), "tap"), bucketSocket);
  t.after(() => own.close());
  const refused = await Promise.allSettled([
    RawWriter.enter(world, first.key, first.epoch + 1, own.path), // connected already
    RawWriter.enter(world, secondWriter, 1, own.path), // an epoch that was there
    RawWriter.enter(world, { ...secondWriter, name: "0".repeat(16) }, 99, own.path), // nobody
    RawWriter.enter(world, { ...secondWriter, sign: first.key.sign }, 99, own.path), // not its key
  ]);
  assert.ok(refused.every(({ status }) => status === "rejected"));
  const words = own.lines.map((line) => line.of("to the writer").slice(1));
  for (const said of words)
    assert.deepEqual(
      said.map(({ type, body }) => [type, body.length]),
      [[MESSAGE.refused, 0]],
    );
  assert.equal(words.length, 4);
});

rule("§9", "This prevents: Truth rewriting", () => {
  const now = logBytes(deployment.bucket);
  assert.ok(stood.length > 10);
  for (const before of stood) assertKept(before, now);
});

rule("§9", "This prevents: Historical corruption", async () => {
  const copy = freshFolder();
  cpSync(deployment.bucket, copy, { recursive: true });
  const log = join(copy, "log");
  const [segment = ""] = readdirSync(log).sort();
  const bytes = readFileSync(join(log, segment));
  // One event of the past, told otherwise: an allowance becomes a refusal of equal length.
  const at = bytes.indexOf('"decision":"ALLOW"');
  bytes.write('"decision":"BLOCK"', at);
  writeFileSync(join(log, segment), bytes);
  const key = readFileSync(deployment.vkey, "utf8").trim();
  const { ok, faults } = await verifyBucket(copy, { key });
  assert.equal(ok, false);
  assert.ok(faults.some(({ index, check }) => index === 0 && check !== "decision-unique"));
});

rule("§9", "This prevents: Authority inversion", async () => {
  const { bucket: directory, guard } = deployment;
  const draft = formatConstitution({ ...world.constitution, event_schema: 1, writers: [] });
  const ownKey = parseSignerKey(signerKeyLine(readFileSync(deployment.writerKey, "utf8")));
  const note = Buffer.from(signConstitution(draft, [ownKey]));
  // While the Bucket runs nobody changes its rules; and never does a writer, whose key rules nothing.
  assert.throws(() => installConstitution({ directory, guard, note }), { code: "BUCKET_LOCKED" });
  const copy = freshFolder();
  cpSync(directory, join(copy, "bucket"), { recursive: true });
  cpSync(guard, join(copy, "guard"), { recursive: true });
  const stopped = { directory: join(copy, "bucket"), guard: join(copy, "guard"), note };
  assert.throws(() => installConstitution(stopped), { name: "ConstitutionRefused" });
  assert.ok(constitutionBytes(directory).equals(constitutions));
  assert.ok(constitutionBytes(stopped.directory).equals(constitutions));
});
