import assert from "node:assert/strict";
import { test } from "node:test";
import { constitutionDigest, formatConstitution } from "@writ/bucket/constitution";
import type { FrameSubmission } from "@writ/bucket/read/frame";
import { leafHash } from "@writ/tlog/hash";
import { Frontier } from "@writ/tlog/tree";
import { type ForgedFrame, forgeLog, putTogether, takeApart } from "./forged-log.test-support.ts";
import {
  ALICE,
  BOB,
  batchOf,
  constitutionWith,
  eventOf,
  FIRST,
  type Files,
  LOG,
  loadFiles,
  makePlace,
  memoryFolder,
  OTHER_LOG,
  remembered,
  STRANGER,
  submissionOf,
  type TestBatch,
  writeLedger,
} from "./ledger.test-support.ts";
import { verifyFolder } from "./verify.ts";
import type { CheckName, Fault, Report } from "./verify-report.ts";

const key = LOG.verifierKey;

function verify(files: Files): Report {
  return verifyFolder(memoryFolder(files), { key });
}

function frameOf(...batches: readonly TestBatch[]): ForgedFrame {
  return { submissions: batches.map((batch) => submissionOf(batch)) };
}

const GOOD: readonly ForgedFrame[] = [
  frameOf(batchOf(ALICE, 1, 1, 1, 3), batchOf(BOB, 5, 1, 1, 2)),
  frameOf(batchOf(ALICE, 1, 2, 4, 3)),
];

/** What is appended to five and three good events, and the fault that must be found at event 8. */
interface Crime {
  readonly name: string;
  readonly check: CheckName;
  readonly frame: ForgedFrame;
  readonly index?: number;
  readonly says?: RegExp;
}

const next = batchOf(ALICE, 1, 3, 7, 3);
const [firstEntry = new Uint8Array(0), ...otherEntries] = next.entries;

function alice(entries: readonly Uint8Array[]): ForgedFrame {
  return frameOf({ ...next, entries });
}

function reformatted(change: (text: string) => string): ForgedFrame {
  return alice([Buffer.from(change(Buffer.from(firstEntry).toString("utf8"))), ...otherEntries]);
}

const unsigned: FrameSubmission = { ...submissionOf(next), signature: new Uint8Array(64) };

const CRIMES: readonly Crime[] = [
  {
    name: "an event invented by the host",
    check: "batch-signature",
    frame: { submissions: [{ ...submissionOf(next), entries: [eventOf(ALICE, 1, 9)] }] },
  },
  {
    name: "an event dropped from a batch",
    check: "batch-signature",
    frame: { submissions: [{ ...submissionOf(next), entries: otherEntries }] },
  },
  {
    name: "two events of a batch exchanged",
    check: "batch-signature",
    frame: { submissions: [{ ...submissionOf(next), entries: next.entries.toReversed() }] },
  },
  { name: "no signature", check: "batch-signature", frame: { submissions: [unsigned] } },
  {
    name: "a batch signed for another log",
    check: "batch-signature",
    frame: { submissions: [submissionOf(next, { origin: "elsewhere.example" })] },
  },
  {
    name: "a batch of a stranger",
    check: "batch-signature",
    frame: frameOf(batchOf(STRANGER, 1, 1, 1, 1)),
    says: /no writer of the constitution/,
  },
  {
    name: "a batch number that was there before",
    check: "batch-order",
    frame: frameOf({ ...next, batch: 2 }),
  },
  {
    name: "an epoch that falls",
    check: "batch-order",
    frame: frameOf(batchOf(BOB, 4, 2, 1, 1)),
  },
  {
    name: "another writer's decision id",
    check: "decision-owner",
    frame: alice([eventOf(BOB, 1, 7)]),
  },
  {
    name: "another epoch's decision id",
    check: "decision-owner",
    frame: alice([eventOf(ALICE, 2, 7)]),
  },
  {
    name: "a decision id that was there before",
    check: "decision-unique",
    frame: alice([eventOf(ALICE, 1, 7), eventOf(ALICE, 1, 2)]),
    index: 9,
    says: /\.1\.2 is that of event 1 already/,
  },
  {
    name: "an event not in canonical form",
    check: "event",
    frame: reformatted((text) => `${text} `),
  },
  {
    name: "an event with a tenth field",
    check: "event",
    frame: reformatted((text) => text.replace("{", '{"a":1,')),
  },
  { name: "an event that is no JSON", check: "event", frame: alice([new Uint8Array(0)]) },
  {
    name: "a constitution that is not in force",
    check: "frame-constitution",
    frame: { ...frameOf(next), forgery: { constitution: new Uint8Array(32) } },
  },
  {
    name: "a first index of its own",
    check: "frame-order",
    frame: { ...frameOf(next), forgery: { firstIndex: 9 } },
  },
  {
    name: "a head of another size",
    check: "tree-head",
    frame: { ...frameOf(next), forgery: { size: 12 } },
  },
  {
    name: "a head of another tree",
    check: "tree-head",
    frame: { ...frameOf(next), forgery: { root: new Uint8Array(32) } },
  },
  {
    name: "a head of another log",
    check: "head-signature",
    frame: { ...frameOf(next), forgery: { origin: "elsewhere.example" } },
  },
  {
    name: "a head with an extension",
    check: "head-signature",
    frame: { ...frameOf(next), forgery: { extensions: ["x"] } },
  },
  {
    name: "a head signed by another key too",
    check: "head-signature",
    frame: { ...frameOf(next), forgery: { signers: [LOG, OTHER_LOG] } },
  },
  {
    name: "a head signed by another key alone",
    check: "head-signature",
    frame: { ...frameOf(next), forgery: { signers: [OTHER_LOG] } },
  },
];

test("the good log that the crimes are added to verifies", () => {
  const report = verify(forgeLog([...GOOD, frameOf(next)]));
  assert.deepEqual(report.faults, []);
  assert.equal(report.events, 11);
  assert.match(report.evidence.join("\n"), /nothing is published/);
});

for (const { name, check, frame, index = 8, says = /./ } of CRIMES) {
  test(`found, with its index: ${name}`, () => {
    const { faults, ok } = verify(forgeLog([...GOOD, frame]));
    assert.equal(ok, false);
    assert.equal(faults[0]?.check, check, JSON.stringify(faults));
    assert.equal(faults[0]?.index, index);
    assert.match(faults[0]?.message ?? "", says);
  });
}

const LONG = [1, 2, 3, 4, 5].map((batch) => frameOf(batchOf(ALICE, 1, batch, batch * 4 - 3, 4)));

function rearranged(change: (frames: Uint8Array[]) => Uint8Array[]): readonly Fault[] {
  const files = forgeLog(LONG);
  const { head, frames } = takeApart(files);
  return verify(putTogether(files, head, change(frames))).faults;
}

test("frames exchanged, repeated or left out are found where order breaks", () => {
  for (let a = 0; a < LONG.length; a++) {
    const repeated = rearranged((frames) => frames.toSpliced(a, 0, frames[a] ?? new Uint8Array(0)));
    assert.equal(repeated[0]?.index, 4 * a);
    assert.equal(repeated[0]?.check, "frame-order");
    if (a < LONG.length - 1) {
      const without = rearranged((frames) => frames.toSpliced(a, 1));
      assert.deepEqual([without[0]?.index, without[0]?.check], [4 * a, "frame-order"]);
    }
    for (let b = a + 1; b < LONG.length; b++) {
      const swapped = rearranged((frames) =>
        frames.with(a, frames[b] ?? new Uint8Array(0)).with(b, frames[a] ?? new Uint8Array(0)),
      );
      assert.deepEqual([swapped[0]?.index, swapped[0]?.check], [4 * a, "frame-order"]);
    }
  }
});

test("a damaged frame keeps its damage to itself: what stands after it is still judged", () => {
  const files = forgeLog([...LONG, alice([eventOf(ALICE, 1, 21), eventOf(BOB, 1, 22)])]);
  const { head, frames } = takeApart(files);
  const damaged = frames.map((frame, i) => (i === 1 ? frame.with(200, 0xee) : frame));
  const { faults } = verify(putTogether(files, head, damaged));
  assert.deepEqual([faults[0]?.index, faults[0]?.check], [4, "frame"]);
  const later = faults.find(({ check }) => check === "decision-owner");
  assert.equal(later?.index, 21);
  assert.ok(!faults.some(({ check }) => check === "batch-signature"));
});

test("a damaged header hides its frame only", () => {
  const files = forgeLog(LONG);
  const { head, frames } = takeApart(files);
  const damaged = frames.map((frame, i) => (i === 1 ? frame.with(10, 0xee) : frame));
  const report = verify(putTogether(files, head, damaged));
  assert.deepEqual(
    report.faults.map(({ index, check }) => [index, check]),
    [[4, "frame"]],
  );
  assert.equal(report.events, 20);
});

test("rules and keys change where the chain says, and nowhere else", () => {
  const frontier = new Frontier();
  for (const { submissions } of GOOD) {
    for (const { entries } of submissions)
      for (const entry of entries) frontier.append(leafHash(entry));
  }
  const second = formatConstitution(
    constitutionWith({
      log_key: OTHER_LOG.verifierKey,
      predecessor: { digest: Buffer.from(constitutionDigest(FIRST)).toString("hex") },
      from: { size: 8, root: Buffer.from(frontier.root()).toString("hex") },
    }),
  );
  const constitution = constitutionDigest(second);
  const after = { ...frameOf(next), forgery: { constitution, signers: [OTHER_LOG] } };
  const chain = [FIRST, second];
  const judge = (frames: readonly ForgedFrame[], texts = chain): Report =>
    verifyFolder(memoryFolder(forgeLog(frames, texts)), { key: OTHER_LOG.verifierKey });
  assert.deepEqual(judge([...GOOD, after]).faults, []);
  const oldKey = judge([...GOOD, { ...after, forgery: { constitution } }]);
  assert.deepEqual([oldKey.faults[0]?.check, oldKey.faults[0]?.index], ["head-signature", 8]);
  const early = judge([GOOD[0] ?? frameOf(), after]);
  assert.ok(early.faults.some(({ check, index }) => check === "frame-constitution" && index === 5));
  const short = judge([GOOD[0] ?? frameOf()]);
  assert.match(short.faults[0]?.message ?? "", /constitution 1 knows 8 events, the log holds 5/);
});

test("every cut of the log is found as long as a checkpoint knows better", async (t) => {
  const place = makePlace();
  t.after(place.remove);
  const batches = [1, 2, 3].map((batch) => batchOf(ALICE, 1, batch, batch * 2 - 1, 2));
  await writeLedger(place, batches);
  const files = loadFiles(place.bucket);
  const path = "log/00000000000000000000.frames";
  const whole = files.get(path) ?? new Uint8Array(0);
  assert.equal(verify(files).ok, true);
  const work = remembered();
  for (let length = 0; length < whole.length; length++) {
    const cut: Files = new Map(files).set(path, whole.subarray(0, length));
    assert.equal(
      verifyFolder(memoryFolder(cut), { key, stopAfter: 1 }, work).ok,
      false,
      `${length}`,
    );
  }
});

test("segments exchanged, renamed or left out are found", async (t) => {
  const place = makePlace();
  t.after(place.remove);
  const batches = [1, 2, 3, 4].map((batch) => batchOf(ALICE, 1, batch, batch * 4 - 3, 4));
  await writeLedger(place, batches, { segmentBytes: 4000 });
  const files = loadFiles(place.bucket);
  const paths = [...files.keys()].filter((path) => path.startsWith("log/"));
  assert.ok(paths.length >= 3);
  assert.equal(verify(files).ok, true);
  for (const a of paths) {
    const without: Files = new Map(files);
    without.delete(a);
    assert.equal(verify(without).ok, false, `without ${a}`);
    const renamed: Files = new Map(without);
    renamed.set("log/00000000000000000099.frames", files.get(a) ?? new Uint8Array(0));
    assert.equal(verify(renamed).ok, false, `renamed ${a}`);
    for (const b of paths.filter((path) => path !== a)) {
      const swapped: Files = new Map(files)
        .set(a, files.get(b) ?? new Uint8Array(0))
        .set(b, files.get(a) ?? new Uint8Array(0));
      assert.equal(verify(swapped).ok, false, `${a} for ${b}`);
    }
  }
});
