import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { constitutionDigest, formatConstitution } from "@writ/bucket/constitution";
import { signConstitution } from "@writ/bucket/constitution/chain";
import { signCheckpoint } from "@writ/tlog/checkpoint";
import { leafHash } from "@writ/tlog/hash";
import { type Signer, signerOf } from "@writ/tlog/note-key";
import { Frontier } from "@writ/tlog/tree";
import { type ForgedFrame, forgeLog } from "./forged-log.test-support.ts";
import type { KeptHead } from "./known-heads.ts";
import {
  ALICE,
  batchOf,
  constitutionWith,
  FIRST,
  type Files,
  GOVERNANCE,
  LOG,
  makePlace,
  memoryFolder,
  ORIGIN,
  OTHER_LOG,
  remembered,
  submissionOf,
  type TestBatch,
  writeLedger,
} from "./ledger.test-support.ts";
import { type VerifyOptions, verifyFolder } from "./verify.ts";
import type { CheckName, Report } from "./verify-report.ts";

const key = LOG.verifierKey;
const work = remembered();
const BATCHES: readonly TestBatch[] = [1, 2, 3, 4, 5].map((batch) =>
  batchOf(ALICE, 1, batch, batch * 4 - 3, 4),
);

function frames(batches: readonly TestBatch[]): ForgedFrame[] {
  return batches.map((batch) => ({ submissions: [submissionOf(batch)] }));
}

const WHOLE: Files = forgeLog(frames(BATCHES));

/** The head of a log of these batches, as its key, or another, signs it. */
function headOf(
  batches: readonly TestBatch[],
  signer: Signer = LOG,
  origin: string = ORIGIN,
): KeptHead {
  const frontier = new Frontier();
  for (const { entries } of batches) for (const entry of entries) frontier.append(leafHash(entry));
  const head = { origin, size: frontier.size, root: frontier.root(), extensions: [] };
  return { name: "kept", note: signCheckpoint(head, [signer]) };
}

function verify(files: Files, options: VerifyOptions): Report {
  return verifyFolder(memoryFolder(files), { key, ...options }, work);
}

function checksOf({ faults }: Report): CheckName[] {
  return faults.map(({ check }) => check);
}

test("a log extends every head that it had, and no evidence is said in words", () => {
  for (let count = 0; count <= BATCHES.length; count++) {
    const head = headOf(BATCHES.slice(0, count));
    const report = verify(WHOLE, { since: [head, head], guard: head });
    assert.deepEqual(report.faults, []);
    const made = report.checks.filter((one) => one.check === "since" || one.check === "guard");
    assert.ok(made.every((one) => one.made));
    assert.match(report.evidence.join("\n"), new RegExp(`at ${4 * count} events, by its key`));
  }
  assert.match(
    verify(WHOLE, {}).evidence.join("\n"),
    /nothing here knows how long the log must be/,
  );
  const absent = verify(WHOLE, { guardMissing: "guard/head" });
  assert.match(absent.evidence.join("\n"), /there is no guard at guard\/head/);
});

test("a log cut at the end of a frame is valid, unless a guard or a kept checkpoint knows better", () => {
  const head = headOf(BATCHES);
  for (let count = 0; count < BATCHES.length; count++) {
    const cut = forgeLog(frames(BATCHES.slice(0, count)));
    assert.equal(verify(cut, {}).ok, true, "the host has all keys: nothing in the log shows it");
    const since = verify(cut, { since: [head] });
    assert.deepEqual(checksOf(since), ["since"]);
    assert.match(
      since.faults[0]?.message ?? "",
      new RegExp(`knows 20 events, the log holds ${4 * count}`),
    );
    assert.deepEqual(checksOf(verify(cut, { guard: head })), ["guard"]);
  }
});

test("a fork of the same or another length is found by the first head beyond where it parts", () => {
  for (let parts = 0; parts < BATCHES.length; parts++) {
    const other = BATCHES.map((batch, i) =>
      i < parts ? batch : batchOf(ALICE, 1, batch.batch, batch.batch * 4 + 100, 4),
    );
    const fork = forgeLog(frames(other));
    assert.equal(verify(fork, {}).ok, true);
    for (let count = 0; count <= BATCHES.length; count++) {
      const report = verify(fork, { since: [headOf(BATCHES.slice(0, count))] });
      assert.deepEqual(checksOf(report), count > parts ? ["since"] : []);
      if (count > parts) assert.equal(report.faults[0]?.index, 4 * count - 1);
    }
  }
});

test("a claim about a tree that ends within a frame is settled too", () => {
  const leaves = BATCHES.flatMap(({ entries }) => entries).map(leafHash);
  for (let size = 0; size <= leaves.length; size++) {
    const frontier = new Frontier();
    for (const leaf of leaves.slice(0, size)) frontier.append(leaf);
    for (const root of [frontier.root(), new Uint8Array(32)]) {
      const note = signCheckpoint({ origin: ORIGIN, size, root, extensions: [] }, [LOG]);
      const report = verify(WHOLE, { since: [{ name: "kept", note }] });
      assert.equal(report.ok, root[0] !== 0 || root[1] !== 0);
    }
  }
});

test("a head of another log, of another key, damaged or no head at all", () => {
  assert.deepEqual(checksOf(verify(WHOLE, { since: [headOf(BATCHES, OTHER_LOG)] })), ["since"]);
  assert.deepEqual(checksOf(verify(WHOLE, { guard: headOf(BATCHES, LOG, "elsewhere") })), [
    "guard",
  ]);
  const head = headOf(BATCHES);
  let refused = 0;
  for (let at = 0; at < head.note.length; at++) {
    const note = head.note.with(at, (head.note[at] ?? 0) ^ (1 << (at % 8)));
    try {
      assert.deepEqual(checksOf(verify(WHOLE, { since: [{ name: "kept", note }] })), ["since"]);
    } catch (error) {
      assert.equal((error as { code?: string }).code, "NOT_A_CHECKPOINT");
      refused += 1;
    }
  }
  assert.ok(refused > 0 && refused < head.note.length);
});

test("the guard of a log that is closed is its last head, byte for byte", async (t) => {
  const place = makePlace();
  t.after(place.remove);
  await writeLedger(place, BATCHES);
  const guard = readFileSync(join(place.guard, "head"));
  assert.deepEqual(new Uint8Array(guard), new Uint8Array(headOf(BATCHES).note));
});

const successor = formatConstitution(
  constitutionWith({
    log_key: OTHER_LOG.verifierKey,
    predecessor: { digest: Buffer.from(constitutionDigest(FIRST)).toString("hex") },
    from: { size: 12, root: rootHexOf(BATCHES.slice(0, 3)) },
  }),
);

function rootHexOf(batches: readonly TestBatch[]): string {
  const frontier = new Frontier();
  for (const { entries } of batches) for (const entry of entries) frontier.append(leafHash(entry));
  return Buffer.from(frontier.root()).toString("hex");
}

test("when the log's key changes, heads are believed by the key in force at their size", () => {
  const constitution = constitutionDigest(successor);
  const forgery = { constitution, signers: [OTHER_LOG] };
  const all = frames(BATCHES).map((frame, i) => (i < 3 ? frame : { ...frame, forgery }));
  const files = forgeLog(all, [FIRST, successor]);
  for (let count = 0; count <= BATCHES.length; count++) {
    for (const signer of [LOG, OTHER_LOG]) {
      const since = [headOf(BATCHES.slice(0, count), signer)];
      const isInForce = signer === LOG ? count <= 3 : count >= 3;
      const report = verify(files, { key: OTHER_LOG.verifierKey, since });
      assert.deepEqual(checksOf(report), isInForce ? [] : ["since"], `${count} ${signer.name}`);
    }
  }
});

test("governance that an auditor pinned vouches for the chain, whichever link of it", () => {
  const chain = forgeLog(frames(BATCHES.slice(0, 3)), [FIRST, successor]);
  const options = { key: OTHER_LOG.verifierKey };
  const stranger = signerOf("stranger.example", new Uint8Array(32).fill(77));
  const notes = [FIRST, successor].map((text) => signConstitution(text, [GOVERNANCE]));
  for (const note of notes) {
    const report = verify(chain, { ...options, pinned: { kind: "constitution", note } });
    assert.deepEqual(report.faults, []);
    assert.match(report.evidence[0] ?? "", /is the one given, and vouches for all/);
  }
  const foreign = formatConstitution(
    constitutionWith({
      event_schema: 1,
      witnesses: [],
      quotas: { events: 5, bytes: 5, in_flight: 5 },
    }),
  );
  const keyed = (keys: readonly Signer[], threshold: number): VerifyOptions => ({
    ...options,
    pinned: { kind: "keys", keys: keys.map((one) => one.verifierKey), threshold },
  });
  const wrong: VerifyOptions[] = [
    { ...options, pinned: { kind: "constitution", note: signConstitution(foreign, [GOVERNANCE]) } },
    keyed([stranger], 1),
    keyed([stranger, GOVERNANCE], 2),
  ];
  for (const one of wrong) assert.deepEqual(checksOf(verify(chain, one)), ["pinned"]);
  assert.deepEqual(verify(chain, keyed([GOVERNANCE], 1)).faults, []);
  assert.deepEqual(verify(chain, keyed([stranger, GOVERNANCE], 1)).faults, []);
});

test("a host that makes a whole new chain of its own is found by what was pinned, and by nothing in it", () => {
  const usurper = signerOf("governance.example", new Uint8Array(32).fill(78));
  const usurped = formatConstitution(
    constitutionWith({ governance: { keys: [usurper.verifierKey], threshold: 1 } }),
  );
  const files = forgeLog(frames(BATCHES.slice(0, 0)), [FIRST]);
  files.set("constitution/0.note", signConstitution(usurped, [usurper]));
  assert.equal(verify(files, {}).ok, true);
  const pinned = { kind: "keys", keys: [GOVERNANCE.verifierKey], threshold: 1 } as const;
  assert.deepEqual(checksOf(verify(files, { pinned })), ["pinned"]);
});

test("quotas are held to the constitution of the time", () => {
  const tight = formatConstitution(
    constitutionWith({ quotas: { events: 10, bytes: 1_000_000, in_flight: 99 } }),
  );
  const forgery = { constitution: constitutionDigest(tight) };
  const judge = (count: number): Report =>
    verify(
      forgeLog(
        frames(BATCHES.slice(0, count)).map((frame) => ({ ...frame, forgery })),
        [tight],
      ),
      {},
    );
  assert.deepEqual(judge(2).faults, []);
  assert.deepEqual(
    judge(4).faults.map(({ check, index }) => [check, index]),
    [["quota", 8]],
  );
});
