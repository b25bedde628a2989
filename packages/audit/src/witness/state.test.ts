import assert from "node:assert/strict";
import { test } from "node:test";
import { openCheckpoint } from "@writ/tlog/checkpoint";
import { formatSignerKey, parseCosignerKey, parseVerifierKey } from "@writ/tlog/note-key";
import { type Contents, type Fault, FaultDisk } from "../../../bucket/src/testing/fault-disk.ts";
import { SampleLog, testSigner } from "./log-sample.test-support.ts";
import { originHash, StatePoisoned, StateRefused, WitnessState } from "./state.ts";
import { Witness } from "./witness.ts";

const LOG = testSigner("log.example/a", 1);
const log = new SampleLog(LOG);
const cosigner = parseCosignerKey(formatSignerKey("witness.example/w", new Uint8Array(32).fill(9)));
const own = parseVerifierKey(cosigner.verifierKey);
const watched = [{ origin: LOG.name, keys: [parseVerifierKey(LOG.verifierKey)] }];
const PATH = `/${originHash(LOG.name)}.checkpoint`;

function openOn(disk: FaultDisk): Witness {
  const state = WitnessState.open(disk, "/", own, [LOG.name]);
  return new Witness({ state, cosigner, logs: watched, now: () => 1_700_000_000 });
}

function sizeOf(witness: Witness): number {
  const note = witness.latest(LOG.name);
  const trust = { log: parseVerifierKey(LOG.verifierKey), witnesses: [own] };
  return note === undefined ? 0 : openCheckpoint(note, trust).checkpoint.size;
}

const STEPS = [0, 8, 8, 20];

/** Cosigns step by step; the largest size that was answered with a cosignature, whatever fails. */
function run(disk: FaultDisk): { acknowledged: number; error: unknown } {
  let acknowledged = 0;
  try {
    const witness = openOn(disk);
    for (const size of STEPS) {
      const from = sizeOf(witness);
      if (size < from) continue;
      const verdict = witness.addCheckpoint(log.request(from, size));
      assert.equal(verdict.status, 200, verdict.cause);
      acknowledged = size;
    }
    return { acknowledged, error: undefined };
  } catch (error) {
    return { acknowledged, error };
  }
}

const fork = new SampleLog(LOG, " forked");
const made = new Map<string, Uint8Array>();

/** The request from `size` to 30, made once. */
function toThirty(of: SampleLog, size: number): Uint8Array {
  const key = `${of === fork} ${size}`;
  const request = made.get(key) ?? of.request(size, 30);
  made.set(key, request);
  return request;
}

const FAULTS: readonly Fault[] = [
  "EIO",
  "ENOSPC",
  "EIO_DONE",
  "EIO_HALF",
  "SHORT",
  "SHORT_LAST",
  "KILL_BEFORE",
  "KILL_AFTER",
];
const LOSSES: readonly Contents[] = [
  { kind: "dropped" },
  { kind: "kept" },
  { kind: "torn", sectors: 1 },
  { kind: "holes", pick: (sector) => sector % 2 === 0 },
];
const NAMES = ["dropped", "kept", "odd"] as const;

const seen = new Map<string, number>();

/**
 * The size that a witness begins with on that disk. It must go on from there, refuse the history
 * that it never saw, and forget nothing later that it shows now: somebody may have seen it.
 */
function reopened(disk: FaultDisk): number {
  // Most ways of losing something leave the same disk.
  const parts = [...disk.contents(), ["/stable", ""] as const, ...disk.stableContents()];
  const left = parts
    .map(([path, bytes]) => `${path} ${Buffer.from(bytes).toString("latin1")}`)
    .join();
  const known = seen.get(left);
  if (known !== undefined) return known;
  const witness = openOn(disk);
  const size = sizeOf(witness);
  const later = disk.afterPowerLoss({ kind: "dropped" }, "dropped");
  assert.ok(sizeOf(openOn(later)) >= size, `${size} was shown`);
  if (size > 10) assert.equal(witness.addCheckpoint(toThirty(fork, size)).status, 422);
  assert.equal(witness.addCheckpoint(toThirty(log, size)).status, 200);
  seen.set(left, size);
  return size;
}

test("whichever file call fails, and however: no head that was cosigned is ever forgotten", (context) => {
  const clean = new FaultDisk();
  assert.equal(run(clean).acknowledged, 20);
  let cells = 0;
  for (let call = 0; call < clean.calls.length; call++) {
    for (const fault of FAULTS) {
      const disk = new FaultDisk();
      disk.failAt(call, fault);
      const { acknowledged } = run(disk);
      const after = [
        disk.afterKill(),
        ...LOSSES.flatMap((contents) => NAMES.map((names) => disk.afterPowerLoss(contents, names))),
      ];
      for (const left of after) {
        const size = reopened(left);
        assert.ok(size >= acknowledged, `${fault} at call ${call}: ${acknowledged} became ${size}`);
        cells += 1;
      }
    }
  }
  assert.ok(cells > 1000);
  context.diagnostic(`${cells} cells`);
});

test("after a failed write or sync nothing more is cosigned", () => {
  const clean = new FaultDisk();
  run(clean);
  for (let call = 0; call < clean.calls.length; call++) {
    const disk = new FaultDisk();
    disk.failAt(call, "EIO");
    const { error } = run(disk);
    if (!(error instanceof StatePoisoned)) continue;
    const state = WitnessState.open(disk.afterKill(), "/", own, [LOG.name]);
    const witness = new Witness({ state, cosigner, logs: watched, now: () => 1 });
    const from = sizeOf(witness);
    assert.equal(witness.addCheckpoint(log.request(from, 25)).status, 200);
  }
  const disk = new FaultDisk();
  const witness = openOn(disk);
  disk.failAt(disk.calls.length + 3, "EIO");
  assert.throws(() => witness.addCheckpoint(log.request(0, 3)), StatePoisoned);
  for (const size of [3, 4]) {
    assert.throws(() => witness.addCheckpoint(log.request(0, size)), StatePoisoned);
  }
});

test("what is kept is believed only if this witness cosigned it, for that log", () => {
  const disk = new FaultDisk();
  assert.equal(run(disk).acknowledged, 20);
  const kept = disk.contents().get(PATH) ?? new Uint8Array(0);
  const another = testSigner("witness.example/w", 10);
  const damaged: Uint8Array[] = [
    new Uint8Array(0),
    kept.subarray(0, -1),
    log.checkpoint(20),
    log.checkpoint(20, [another]),
    new SampleLog(testSigner("log.example/z", 4)).checkpoint(20, [cosigner.at(1)]),
  ];
  for (let at = 0; at < kept.length; at += 5) {
    const flipped = Uint8Array.from(kept);
    flipped[at] = (flipped[at] ?? 0) ^ 4;
    // The log's own line is the one thing that the witness's signature does not cover.
    if (!lineOfLog(kept, at)) damaged.push(flipped);
  }
  for (const bytes of damaged) {
    const other = disk.afterKill();
    other.tamper(PATH, bytes);
    assert.throws(
      () => openOn(other),
      (error) => error instanceof StateRefused && error.code === "WITNESS_STATE_DAMAGED",
    );
  }
});

function lineOfLog(note: Uint8Array, at: number): boolean {
  const text = Buffer.from(note);
  const line = text.indexOf("— log.example/a");
  return at >= line && at < text.indexOf("\n", line);
}

test("a smaller head than the one kept is an error, not a state", () => {
  const state = WitnessState.open(new FaultDisk(), "/", own, [LOG.name]);
  const head = (size: number) => ({
    checkpoint: { origin: LOG.name, size, root: log.root(size), extensions: [] },
    note: log.checkpoint(size, [cosigner.at(1)]),
  });
  state.keep(head(5));
  assert.throws(() => state.keep(head(4)), RangeError);
  state.keep(head(5));
});
