import assert from "node:assert/strict";
import { test } from "node:test";
import { signCheckpoint } from "@writ/tlog/checkpoint";
import { leafHash } from "@writ/tlog/hash";
import { cosignerOf, type Signer } from "@writ/tlog/note-key";
import { Frontier } from "@writ/tlog/tree";
import { type ForgedFrame, forgeLog } from "./forged-log.test-support.ts";
import {
  ALICE,
  BOB,
  batchOf,
  eventOf,
  type Files,
  LOG,
  memoryFolder,
  ORIGIN,
  remembered,
  STRANGER,
  submissionOf,
  type TestBatch,
  type TestSubmission,
} from "./ledger.test-support.ts";
import { type VerifyOptions, verifyFolder } from "./verify.ts";
import type { Report } from "./verify-report.ts";

/*
 * A host that holds the log's key, the disk and the guard, and no writer's key. Whatever it writes,
 * it signs: every head, frame and tree in these logs is right. What shows it must come from the
 * writers, from numbers that are missing, or from those who kept a head.
 */

const work = remembered();
const TRUTH: readonly TestBatch[] = [
  batchOf(ALICE, 1, 1, 1, 3),
  batchOf(BOB, 4, 1, 1, 3),
  batchOf(ALICE, 1, 2, 4, 3),
  batchOf(ALICE, 2, 1, 1, 3),
  batchOf(BOB, 4, 2, 4, 3),
];
const SIGNED: readonly TestSubmission[] = TRUTH.map((batch) => submissionOf(batch));

function logOf(submissions: readonly TestSubmission[]): Files {
  return forgeLog(submissions.map((one): ForgedFrame => ({ submissions: [one] })));
}

function verify(submissions: readonly TestSubmission[], options: VerifyOptions = {}): Report {
  return verifyFolder(memoryFolder(logOf(submissions)), { key: LOG.verifierKey, ...options }, work);
}

function withEntries(
  at: number,
  change: (entries: readonly Uint8Array[]) => readonly Uint8Array[],
): TestSubmission[] {
  return SIGNED.map((one, i) => (i === at ? { ...one, entries: change(one.entries) } : one));
}

function signed(at: number): TestSubmission {
  const found = SIGNED[at];
  if (found === undefined) throw new RangeError(`no batch ${at}`);
  return found;
}

/** Signed with a key of the host's own, in a writer's name. */
function impersonated(batch: TestBatch): TestSubmission {
  return submissionOf({ ...batch, writer: { name: batch.writer.name, signer: STRANGER.signer } });
}

interface Deed {
  readonly name: string;
  readonly log: readonly TestSubmission[];
  /** Which check finds it, at which event; or that it leaves a hole; or that nothing in the log shows it. */
  readonly shown: readonly [check: string, index: number] | "hole" | "nothing";
}

const DEEDS: readonly Deed[] = [
  {
    name: "invents an event in a writer's batch",
    log: withEntries(2, (entries) => [...entries, eventOf(ALICE, 1, 7)]),
    shown: ["batch-signature", 6],
  },
  {
    name: "invents a batch of a writer",
    log: [...SIGNED, impersonated(batchOf(ALICE, 2, 2, 4, 1))],
    shown: ["batch-signature", 15],
  },
  {
    name: "invents a writer",
    log: [...SIGNED, submissionOf(batchOf(STRANGER, 1, 1, 1, 1))],
    shown: ["batch-signature", 15],
  },
  {
    name: "rewrites an event",
    log: withEntries(1, (entries) => entries.with(1, eventOf(BOB, 4, 2, { decision: "BLOCK" }))),
    shown: ["batch-signature", 3],
  },
  {
    name: "drops an event out of a batch",
    log: withEntries(3, (entries) => entries.slice(0, 2)),
    shown: ["batch-signature", 9],
  },
  {
    name: "exchanges two events of a batch",
    log: withEntries(0, (entries) => entries.toReversed()),
    shown: ["batch-signature", 0],
  },
  {
    name: "moves an event from one batch to another",
    log: withEntries(0, (entries) => entries.slice(0, 2)).map((one, i) =>
      i === 2 ? { ...one, entries: [...signed(0).entries.slice(2), ...one.entries] } : one,
    ),
    shown: ["batch-signature", 0],
  },
  {
    name: "exchanges two batches of one writer and epoch",
    log: [2, 1, 0, 3, 4].map(signed),
    shown: ["batch-order", 6],
  },
  {
    name: "puts a later epoch first",
    log: [0, 1, 3, 2, 4].map(signed),
    shown: ["batch-order", 9],
  },
  { name: "repeats a batch", log: [0, 0, 1, 2, 3, 4].map(signed), shown: ["batch-order", 3] },
  { name: "drops a batch within an epoch", log: [1, 2, 3, 4].map(signed), shown: "hole" },
  // What shows these is on the next tests' side: someone who kept a head, or a witness.
  { name: "drops the last batch of an epoch", log: [0, 1, 3, 4].map(signed), shown: "nothing" },
  { name: "drops the last batch of all", log: [0, 1, 2, 3].map(signed), shown: "nothing" },
  {
    name: "lets one writer's batch go before another's",
    log: [1, 0, 2, 4, 3].map(signed),
    shown: "nothing",
  },
];

test("the host's honest log has neither fault nor hole", () => {
  const report = verify(SIGNED);
  assert.deepEqual([report.faults, report.holeCount], [[], 0]);
});

for (const { name, log, shown } of DEEDS) {
  test(`a host that ${name}: ${Array.isArray(shown) ? shown[0] : shown}`, () => {
    const { ok, faults, holes } = verify(log);
    if (shown === "nothing" || shown === "hole") {
      assert.deepEqual([ok, faults], [true, []]);
      const dropped = [{ gateway: ALICE.name, epoch: 1, from: 1, to: 3 }];
      assert.deepEqual(holes, shown === "hole" ? dropped : []);
    } else {
      assert.deepEqual([faults[0]?.check, faults[0]?.index], [...shown], JSON.stringify(faults));
    }
    // Whoever kept the honest log's head finds every one of them.
    const since = verify(log, { since: [{ name: "kept", note: headOf(SIGNED) }] });
    const isWhole = log.length >= SIGNED.length && SIGNED.every((one, i) => log[i] === one);
    assert.equal(
      since.faults.some(({ check }) => check === "since"),
      !isWhole,
    );
  });
}

function headOf(
  submissions: readonly TestSubmission[],
  others: readonly Signer[] = [],
): Uint8Array {
  const frontier = new Frontier();
  for (const { entries } of submissions)
    for (const entry of entries) frontier.append(leafHash(entry));
  const head = { origin: ORIGIN, size: frontier.size, root: frontier.root(), extensions: [] };
  return signCheckpoint(head, [LOG, ...others]);
}

const WITNESSES = [1, 2, 3].map((number) =>
  cosignerOf(`witness.example/${number}`, new Uint8Array(32).fill(200 + number), 1_795_000_000),
);
const KEYS = WITNESSES.map(({ verifierKey }) => verifierKey);

/** Two logs of one name and key that part at the third batch. */
const ONE = SIGNED;
const OTHER = [signed(0), signed(1), signed(4), signed(2), signed(3)];

test("two logs shown to two auditors: each verifies, and the head that either kept finds the other", () => {
  assert.equal(verify(ONE).ok && verify(OTHER).ok, true);
  for (let count = 0; count <= ONE.length; count++) {
    const since = [{ name: "the other auditor's", note: headOf(OTHER.slice(0, count)) }];
    // Of the same length and in another order, they are the same again only where they have not parted.
    assert.equal(verify(ONE, { since }).ok, count <= 2, `${count}`);
  }
});

test("two logs shown to two auditors: only one can be the witnessed one", () => {
  const notes = [headOf(ONE, WITNESSES.slice(0, 2)), headOf(ONE.slice(0, 3), WITNESSES)];
  for (const quorum of [1, 2, 3]) {
    const witnesses = { keys: KEYS, quorum, notes };
    const seen = verify(ONE, { witnesses });
    assert.deepEqual(seen.faults, []);
    const size = quorum <= 2 ? 15 : 9;
    const line = `${quorum <= 2 ? 2 : 3} of 3 witnesses cosigned the head at ${size} events, the last at 2026-11-`;
    assert.ok(
      seen.evidence.some((one) => one.startsWith(line)),
      seen.evidence.join("\n"),
    );
    const { faults } = verify(OTHER, { witnesses });
    assert.deepEqual(
      faults.map(({ check }) => check),
      ["witnesses"],
    );
  }
});

test("too few witnesses, none, or somebody else's are a fault", () => {
  const few = { keys: KEYS, quorum: 3, notes: [headOf(ONE, WITNESSES.slice(0, 2))] };
  const none = { keys: KEYS, quorum: 1, notes: [] };
  const others = { keys: KEYS.slice(2), quorum: 1, notes: [headOf(ONE, WITNESSES.slice(0, 2))] };
  const plain = { keys: KEYS, quorum: 1, notes: [headOf(ONE)] };
  for (const witnesses of [few, none, others, plain]) {
    const { faults } = verify(ONE, { witnesses });
    assert.deepEqual(
      faults.map(({ check }) => check),
      ["witnesses"],
    );
  }
});

test("a log and its guard rolled back together are found by a kept head and by witnesses alone", () => {
  const old = SIGNED.slice(0, 3);
  const guard = { name: "the guard", note: headOf(old) };
  assert.equal(verify(old, { guard }).ok, true);
  const since = [{ name: "kept", note: headOf(SIGNED) }];
  assert.deepEqual(
    verify(old, { guard, since }).faults.map(({ check }) => check),
    ["since"],
  );
  const witnesses = { keys: KEYS, quorum: 2, notes: [headOf(SIGNED, WITNESSES)] };
  assert.deepEqual(
    verify(old, { guard, witnesses }).faults.map(({ check }) => check),
    ["witnesses"],
  );
});
