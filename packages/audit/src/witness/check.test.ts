import assert from "node:assert/strict";
import { test } from "node:test";
import { formatSignerKey, parseCosignerKey, parseVerifierKey } from "@writ/tlog/note-key";
import { newestWitnessed, type WitnessDemand, witnessed } from "./check.ts";
import { SampleLog, testSigner } from "./log-sample.test-support.ts";

const LOG = testSigner("log.example/a", 1);
const OLD_KEY = testSigner("log.example/a", 2);
const log = new SampleLog(LOG);
const witnesses = [1, 2, 3].map((number) =>
  parseCosignerKey(
    formatSignerKey(`witness.example/${number}`, new Uint8Array(32).fill(50 + number)),
  ),
);
const signersAt = (time: number, ...which: number[]) =>
  which.flatMap((number) => witnesses[number - 1]?.at(time) ?? []);

function demand(quorum: number, more: Partial<WitnessDemand> = {}): WitnessDemand {
  return {
    logs: [parseVerifierKey(LOG.verifierKey)],
    origin: LOG.name,
    witnesses: witnesses.map(({ verifierKey }) => parseVerifierKey(verifierKey)),
    quorum,
    ...more,
  };
}

test("every subset of three witnesses meets every quorum that it is large enough for", () => {
  for (let subset = 0; subset < 8; subset++) {
    const which = [1, 2, 3].filter((number) => subset & (1 << (number - 1)));
    const note = log.checkpoint(7, signersAt(1000 + subset, ...which));
    for (const quorum of [1, 2, 3]) {
      const found = witnessed(note, demand(quorum));
      assert.equal(found !== undefined, which.length >= quorum);
      if (found === undefined) continue;
      assert.equal(found.checkpoint.size, 7);
      const expected = which.map((number) => ({
        name: `witness.example/${number}`,
        time: 1000 + subset,
      }));
      assert.deepEqual(found.cosigners, expected);
    }
  }
});

test("one witness counts once, a stranger and a plain signature not at all", () => {
  const [first] = witnesses;
  assert.ok(first !== undefined);
  const twice = Buffer.from(log.checkpoint(7, signersAt(1, 1))).toString();
  const line = twice.trimEnd().split("\n").at(-1);
  assert.equal(witnessed(Buffer.from(`${twice}${line}\n`), demand(2)), undefined);
  const stranger = parseCosignerKey(
    formatSignerKey("witness.example/9", new Uint8Array(32).fill(99)),
  );
  assert.equal(witnessed(log.checkpoint(7, [stranger.at(5)]), demand(1)), undefined);
  const plain = testSigner("witness.example/1", 51);
  const asPlain = demand(1, { witnesses: [parseVerifierKey(plain.verifierKey)] });
  assert.equal(witnessed(log.checkpoint(7, [plain]), asPlain), undefined);
});

test("the log must have signed it too, by one of its keys, under its own origin", () => {
  const note = log.checkpoint(7, signersAt(1, 1, 2));
  const former = parseVerifierKey(OLD_KEY.verifierKey);
  assert.throws(() => witnessed(note, demand(1, { logs: [former] })), {
    code: "LOG_SIGNATURE_MISSING",
  });
  const both = demand(2, { logs: [former, parseVerifierKey(LOG.verifierKey)] });
  assert.equal(witnessed(note, both)?.checkpoint.size, 7);
  assert.throws(() => witnessed(note, demand(1, { origin: "log.example/b" })), {
    code: "ORIGIN_MISMATCH",
  });
  const other = new SampleLog(testSigner("log.example/z", 8)).checkpoint(7);
  assert.throws(() => witnessed(other, demand(1)), { code: "NO_KNOWN_SIGNATURE" });
});

test("no bit of what a quorum rests on can change", () => {
  const note = log.checkpoint(7, signersAt(1, 1, 2));
  for (let at = 0; at < note.length; at++) {
    const flipped = Uint8Array.from(note);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 7));
    assert.equal(newestWitnessed([flipped], demand(2)), undefined, `byte ${at}`);
  }
});

test("the newest with a quorum is found, past those with fewer, damaged or foreign", () => {
  const notes = [
    log.checkpoint(50, signersAt(9, 3)),
    Buffer.from("damaged"),
    new SampleLog(testSigner("log.example/z", 8)).checkpoint(45, signersAt(9, 1, 2)),
    log.checkpoint(40, signersAt(8, 1, 3)),
    log.checkpoint(30, signersAt(7, 1, 2, 3)),
  ];
  assert.equal(newestWitnessed(notes, demand(1))?.checkpoint.size, 50);
  assert.equal(newestWitnessed(notes, demand(2))?.checkpoint.size, 40);
  assert.equal(newestWitnessed(notes, demand(3))?.checkpoint.size, 30);
  assert.equal(newestWitnessed(notes, demand(4)), undefined);
  assert.equal(newestWitnessed([], demand(1)), undefined);
});
