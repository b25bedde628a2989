import assert from "node:assert/strict";
import { test } from "node:test";
import { type Constitution, ConstitutionRefused } from "../constitution.ts";
import { readFrame, readSegmentHead } from "../frame.ts";
import { type Fault, type FaultDisk, Killed } from "../testing/fault-disk.ts";
import { ALICE, BOB, STRANGER, signer } from "./bucket.test-support.ts";
import { LogKeyRefused } from "./head-key.ts";
import {
  append,
  BUCKET,
  chainOn,
  emptyDisk,
  endOf,
  FIRST,
  GOVERNORS,
  GUARD,
  grownBucket,
  install,
  LOG,
  NEXT_LOG,
  noteOf,
  open,
  run,
  successorOn,
  TWO,
} from "./install.test-support.ts";
import { InstallRefused } from "./install.ts";
import { OpenRefused } from "./open-refused.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** The constitution that each frame names, in order. */
function framesOf(disk: FaultDisk): string[] {
  const logs = [...disk.contents()].filter(([path]) => path.startsWith(`${BUCKET}/log/`)).sort();
  return logs.flatMap(([, bytes]) => {
    const head = readSegmentHead(bytes);
    const found: string[] = [];
    for (let at = head.ok ? head.end : bytes.length; at < bytes.length; ) {
      const frame = readFrame(bytes, at);
      assert.ok(frame.ok);
      found.push(hex(frame.value.constitution));
      at = frame.end;
    }
    return found;
  });
}

/** Everything but locks and empty folders. */
function fingerprint(disk: FaultDisk): string {
  const files = [...disk.contents()].map(([path, bytes]) => `${path} ${hex(bytes)}`);
  return files.sort().join("\n");
}

const twoWriters = (): Partial<Constitution> => ({
  writers: [ALICE, STRANGER].map(({ name, verifierKey }) => ({
    name,
    key: verifierKey,
    quota: { events: 10, bytes: 100_000 },
  })),
});

test("a change holds from the log's end on, and frames say so", async () => {
  const disk = await grownBucket(3);
  const installed = install(disk, noteOf(successorOn(disk, twoWriters())));
  assert.deepEqual([installed.number, installed.isNew], [1, true]);
  await run(disk, 2);
  const [first, second] = chainOn(disk).map(({ digest }) => hex(digest));
  assert.deepEqual(framesOf(disk), [first, first, first, second, second]);
});

test("a first constitution begins a Bucket; what was used has one", async () => {
  const disk = emptyDisk();
  assert.deepEqual(install(disk, noteOf(FIRST)).number, 0);
  await run(disk, 1);
  disk.tamper(`${BUCKET}/constitution/0.note`, undefined);
  assert.throws(
    () => install(disk, noteOf(FIRST)),
    (error) => error instanceof InstallRefused && error.code === "NOT_EMPTY",
  );
});

test("several constitutions may hold from one size, also from the empty log's", async () => {
  const disk = await grownBucket(0);
  for (const events of [7, 8, 9]) {
    install(disk, noteOf(successorOn(disk, { quotas: { ...FIRST.quotas, events } })));
  }
  await run(disk, 1);
  assert.equal(framesOf(disk)[0], hex(chainOn(disk).at(-1)?.digest ?? new Uint8Array(0)));
  assert.equal(chainOn(disk).length, 4);
});

test("what is in force already is not installed again, whoever else has signed it since", async () => {
  const disk = await grownBucket(1);
  const next = successorOn(disk, twoWriters());
  install(disk, noteOf(next));
  const before = fingerprint(disk);
  for (const governors of [TWO, GOVERNORS, GOVERNORS.slice(1)]) {
    const { number, isNew } = install(disk, noteOf(next, governors));
    assert.deepEqual([number, isNew], [1, false]);
  }
  assert.equal(fingerprint(disk), before);
});

interface Refused {
  readonly code: string;
  readonly note: (disk: FaultDisk) => Uint8Array;
  /** What somebody does to the disk before. */
  readonly before?: (disk: FaultDisk) => void;
}

const flip = (root: string): string => (root.startsWith("0") ? "1" : "0") + root.slice(1);

const refusals: Readonly<Record<string, Refused>> = {
  "signed by one of two": {
    code: "CONSTITUTION_UNSIGNED",
    note: (disk) => noteOf(successorOn(disk), GOVERNORS.slice(0, 1)),
  },
  "signed by a writer and one governor": {
    code: "CONSTITUTION_UNSIGNED",
    note: (disk) => noteOf(successorOn(disk), [...GOVERNORS.slice(0, 1), signer(101)]),
  },
  "signed by those whom it appoints itself": {
    code: "CONSTITUTION_UNSIGNED",
    note: (disk) =>
      noteOf(successorOn(disk, { governance: { keys: [signer(21).verifierKey], threshold: 1 } }), [
        signer(21),
      ]),
  },
  "signed by the log": {
    code: "CONSTITUTION_UNSIGNED",
    note: (disk) => noteOf(successorOn(disk), [LOG]),
  },
  "of another log": {
    code: "CONSTITUTION_CHAIN",
    note: (disk) =>
      noteOf(
        successorOn(disk, {
          origin: "other.example/log",
          log_key: signer(1, "other.example/log").verifierKey,
        }),
      ),
  },
  "a second first one": {
    code: "CONSTITUTION_CHAIN",
    note: () => noteOf({ ...FIRST, witnesses: [], quotas: { ...FIRST.quotas, in_flight: 7 } }),
  },
  "after another predecessor": {
    code: "CONSTITUTION_CHAIN",
    note: (disk) => noteOf(successorOn(disk, { predecessor: { digest: "0".repeat(64) } })),
  },
  "from a leaf before the end": {
    code: "TREE_MOVED",
    note: (disk) => noteOf(successorOn(disk, { from: { ...endOf(disk), size: 2 } })),
  },
  "from a leaf after the end": {
    code: "TREE_MOVED",
    note: (disk) => noteOf(successorOn(disk, { from: { ...endOf(disk), size: 4 } })),
  },
  "from another tree": {
    code: "TREE_MOVED",
    note: (disk) => noteOf(successorOn(disk, { from: { size: 3, root: flip(endOf(disk).root) } })),
  },
  "signed by one more who does not govern": {
    code: "CONSTITUTION_MALFORMED",
    note: (disk) => noteOf(successorOn(disk), [...TWO, signer(101)]),
  },
  "no note": { code: "CONSTITUTION_MALFORMED", note: () => Buffer.from("constitution\n") },
  "into a chain with a gap": {
    code: "CONSTITUTION_CHAIN",
    note: (disk) => noteOf(successorOn(disk)),
    before: (disk) => disk.tamper(`${BUCKET}/constitution/2.note`, new Uint8Array(1)),
  },
  "beside a foreign file": {
    code: "CONSTITUTION_CHAIN",
    note: (disk) => noteOf(successorOn(disk)),
    before: (disk) => disk.tamper(`${BUCKET}/constitution/1.note~`, new Uint8Array(1)),
  },
  "without the guard": {
    code: "UNCLEAN_END",
    note: (disk) => noteOf(successorOn(disk)),
    before: (disk) => disk.tamper(`${GUARD}/head`, undefined),
  },
  "into a log that was cut": {
    code: "LOG_BEHIND_HEAD",
    note: (disk) => noteOf(successorOn(disk)),
    before: (disk) => disk.tamper(`${BUCKET}/log/${"0".repeat(20)}.frames`, undefined),
  },
};

for (const [what, { code, note, before }] of Object.entries(refusals)) {
  test(`a constitution ${what} is refused, and nothing changes`, async () => {
    const disk = await grownBucket(3);
    const signed = note(disk);
    before?.(disk);
    const was = fingerprint(disk);
    assert.throws(
      () => install(disk, signed),
      (error) => {
        assert.ok(
          error instanceof ConstitutionRefused ||
            error instanceof InstallRefused ||
            error instanceof OpenRefused,
          String(error),
        );
        assert.equal(error.code, code, error.message);
        return true;
      },
    );
    assert.equal(fingerprint(disk), was);
  });
}

test("while a writer runs, nothing is installed", async () => {
  const disk = await grownBucket(2);
  const note = noteOf(successorOn(disk));
  const { writer } = open(disk);
  assert.throws(
    () => install(disk, note),
    (error) => error instanceof OpenRefused && error.code === "BUCKET_LOCKED",
  );
  await append(writer, 1);
  await writer.close();
  assert.throws(() => install(disk, note), { code: "TREE_MOVED" });
});

test("what a crash left above the guard is first made sure of", async () => {
  const disk = await grownBucket(2);
  const { writer } = open(disk);
  await append(writer, 1);
  // The guard has not followed yet.
  const crashed = disk.afterKill();
  assert.throws(() => install(crashed, noteOf(successorOn(crashed))), { code: "UNCLEAN_END" });
  await run(crashed, 0);
  assert.equal(endOf(crashed).size, 3);
  install(crashed, noteOf(successorOn(crashed)));
  await run(crashed, 1);
});

test("the log's key changes with the constitution, forth and back", async () => {
  const disk = await grownBucket(2);
  install(disk, noteOf(successorOn(disk, { log_key: NEXT_LOG.verifierKey })));
  assert.throws(() => open(disk, LOG), LogKeyRefused);
  await run(disk, 0, NEXT_LOG);
  await run(disk, 2, NEXT_LOG);
  install(disk, noteOf(successorOn(disk, { log_key: LOG.verifierKey })));
  await run(disk, 1, LOG);
  assert.equal(endOf(disk).size, 5);
  const signers = [...disk.contents()].filter(([path]) => path.endsWith("/checkpoint"));
  assert.equal(signers.length, 1);
});

test("governance changes hands, k rises, writers come and go", async () => {
  const disk = await grownBucket(1);
  const heirs = [21, 22, 23].map((number) => signer(number));
  const keys = heirs.map(({ verifierKey }) => verifierKey);
  install(disk, noteOf(successorOn(disk, { governance: { keys, threshold: 3 } })));
  await run(disk, 1);
  const next = successorOn(disk, { writers: [] });
  assert.throws(() => install(disk, noteOf(next, TWO)), { code: "CONSTITUTION_UNSIGNED" });
  assert.throws(() => install(disk, noteOf(next, heirs.slice(1))), {
    code: "CONSTITUTION_UNSIGNED",
  });
  install(disk, noteOf(next, heirs));
  const back = successorOn(disk, {
    writers: [{ name: BOB.name, key: BOB.verifierKey, quota: { events: 1, bytes: 1 } }],
  });
  assert.equal(install(disk, noteOf(back, heirs)).number, 3);
});

/** Small segments, so that the constitution's tree lies in an earlier one. */
const SMALL = { segmentBytes: 70_000 };

test("wherever in the log a constitution begins, an opening finds its tree there", async () => {
  for (const before of [1, 2, 5, 6, 7, 12]) {
    const disk = await grownBucket(before, SMALL);
    install(disk, noteOf(successorOn(disk)));
    for (const events of [0, 1, 6, 9]) await run(disk, events, LOG, SMALL);
    const segments = [...disk.contents().keys()].filter((path) => path.endsWith(".frames"));
    assert.ok(segments.length >= 2, `${segments.length} segments`);
  }
});

function requireMisplaced(disk: FaultDisk): void {
  const was = fingerprint(disk);
  assert.throws(
    () => open(disk),
    (error) => error instanceof OpenRefused && error.code === "CONSTITUTION_MISPLACED",
  );
  assert.equal(fingerprint(disk), was);
}

test("a log put back to before its constitution is refused, also together with its guard", async () => {
  const disk = await grownBucket(4);
  const old = disk.contents();
  await run(disk, 3);
  install(disk, noteOf(successorOn(disk)));
  const note = disk.contents().get(`${BUCKET}/constitution/1.note`);
  for (const path of disk.contents().keys()) disk.tamper(path, old.get(path));
  disk.tamper(`${BUCKET}/constitution/1.note`, note);
  requireMisplaced(disk);
});

test("constitutions of a log that went another way are refused", async () => {
  const disk = await grownBucket(4, SMALL);
  const elsewhere = successorOn(disk, { from: { size: 3, root: flip(endOf(disk).root) } });
  const within = successorOn(disk, { from: { size: 4, root: flip(endOf(disk).root) } });
  for (const more of [0, 3, 20]) {
    await run(disk, more, LOG, SMALL);
    for (const wrong of [elsewhere, within]) {
      disk.tamper(`${BUCKET}/constitution/1.note`, noteOf(wrong));
      requireMisplaced(disk);
      disk.tamper(`${BUCKET}/constitution/1.note`, undefined);
    }
  }
});

const FAULTS: readonly Fault[] = [
  "EIO",
  "EIO_DONE",
  "ENOSPC",
  "SHORT",
  "KILL_BEFORE",
  "KILL_AFTER",
];

const AFTERMATHS: readonly ((disk: FaultDisk) => FaultDisk)[] = [
  (disk) => disk.afterKill(),
  (disk) => disk.afterPowerLoss({ kind: "dropped" }, "dropped"),
  (disk) => disk.afterPowerLoss({ kind: "dropped" }, "kept"),
  (disk) => disk.afterPowerLoss({ kind: "kept" }, "dropped"),
  (disk) => disk.afterPowerLoss({ kind: "torn", sectors: 1 }, "kept"),
  (disk) => disk.afterPowerLoss({ kind: "kept" }, "odd"),
];

test("whatever fails while it is installed, the chain is whole, with it or without it", async (t) => {
  let cells = 0;
  for (const grown of [false, true]) {
    const base = grown ? await grownBucket(2) : emptyDisk();
    const note = grown ? noteOf(successorOn(base)) : noteOf(FIRST);
    const clean = base.afterKill();
    install(clean, note);
    const kept = clean.afterPowerLoss({ kind: "dropped" }, "dropped");
    assert.equal(chainOn(kept).length, grown ? 2 : 1, "what was installed stays");
    const wellKnown = new Set<string>();
    for (const fault of FAULTS) {
      for (let call = 0; call < clean.calls.length; call += 1) {
        const disk = base.afterKill();
        disk.failAt(call, fault);
        const isInstalled = tryInstall(disk, note);
        for (const aftermath of AFTERMATHS) {
          const chain = { before: grown ? 1 : 0, isInstalled };
          await check(aftermath(disk), note, chain, wellKnown, `${fault} at call ${call}`);
          cells += 1;
        }
      }
    }
  }
  t.diagnostic(`installing: ${cells} cells`);
});

function tryInstall(disk: FaultDisk, note: Uint8Array): boolean {
  try {
    install(disk, note);
    return true;
  } catch (error) {
    assert.ok(error instanceof Killed || (error instanceof Error && "code" in error));
    return false;
  }
}

/** What is left holds the chain as it was or one link more, and the operator can go on from it. */
async function check(
  left: FaultDisk,
  note: Uint8Array,
  chain: { readonly before: number; readonly isInstalled: boolean },
  wellKnown: Set<string>,
  what: string,
): Promise<void> {
  const names = [...left.contents().keys()].filter((path) => path.includes("/constitution/"));
  const isThere = names.length === chain.before + 1;
  assert.ok(isThere || names.length === chain.before, `${what}: ${names}`);
  assert.ok(isThere || !chain.isInstalled, what);
  const state = fingerprint(left);
  if (wellKnown.has(state)) return;
  wellKnown.add(state);
  if (names.length > 0) assert.equal(chainOn(left).length, names.length, what);
  assert.equal(install(left, note).isNew, !isThere, what);
  await run(left, 1);
}
