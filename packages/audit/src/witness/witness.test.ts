import assert from "node:assert/strict";
import { test } from "node:test";
import { openCheckpoint, signCheckpoint } from "@writ/tlog/checkpoint";
import { cosignatureTime } from "@writ/tlog/cosignature";
import { formatSignerKey, parseCosignerKey, parseVerifierKey } from "@writ/tlog/note-key";
import { FaultDisk } from "../../../bucket/src/testing/fault-disk.ts";
import { formatAddCheckpoint } from "./add-checkpoint.ts";
import { SampleLog, testSigner } from "./log-sample.test-support.ts";
import { WitnessState } from "./state.ts";
import { type Verdict, Witness } from "./witness.ts";

const NOW = 1_700_000_000;
const LOG = testSigner("log.example/a", 1);
const OTHER_LOG = testSigner("log.example/b", 2);
const cosigner = parseCosignerKey(formatSignerKey("witness.example/w", new Uint8Array(32).fill(9)));
const own = parseVerifierKey(cosigner.verifierKey);

function newWitness(): Witness {
  const logs = [LOG, OTHER_LOG].map(({ name, verifierKey }) => ({
    origin: name,
    keys: [parseVerifierKey(verifierKey)],
  }));
  const origins = logs.map(({ origin }) => origin);
  const state = WitnessState.open(new FaultDisk(), "/", own, origins);
  return new Witness({ state, cosigner, logs, now: () => NOW });
}

const text = ({ body }: Verdict): string => Buffer.from(body).toString();

/** The witness's time, from the lines it answered, read as a client does: appended to what it sent. */
function cosignedAt(verdict: Verdict, note: Uint8Array): number | undefined {
  assert.equal(verdict.status, 200, verdict.cause);
  const whole = Buffer.concat([note, verdict.body]);
  const log = parseVerifierKey(LOG.verifierKey);
  const { note: opened } = openCheckpoint(whole, { log, witnesses: [own] });
  const found = opened.verified.find(({ name }) => name === own.name);
  return cosignatureTime(found?.signature ?? new Uint8Array(0));
}

test("pairs of sizes up to 40: what extends is cosigned, and the note kept is that answered", () => {
  const log = new SampleLog(LOG);
  for (let oldSize = 0; oldSize <= 40; oldSize += 1 + (oldSize % 3)) {
    for (let size = oldSize; size <= 40; size += 1 + (size % 5)) {
      const witness = newWitness();
      if (oldSize > 0) assert.equal(witness.addCheckpoint(log.request(0, oldSize)).status, 200);
      const verdict = witness.addCheckpoint(log.request(oldSize, size));
      assert.equal(cosignedAt(verdict, log.checkpoint(size)), NOW);
      const kept = Buffer.from(witness.latest(LOG.name) ?? "").toString();
      assert.equal(kept, Buffer.from(log.checkpoint(size)).toString() + text(verdict));
    }
  }
});

test("the answer to each wrong request, and none moves the witness", () => {
  const log = new SampleLog(LOG);
  const fork = new SampleLog(LOG, " of another history");
  const witness = newWitness();
  assert.equal(witness.addCheckpoint(log.request(0, 20)).status, 200);
  const before = witness.latest(LOG.name);

  const note = log.checkpoint(30);
  const body = (oldSize: number, proof: readonly Uint8Array[], of = note): Uint8Array =>
    formatAddCheckpoint({ oldSize, proof, note: of });
  const good = log.proof(20, 30);
  const impostor = testSigner(LOG.name, 77);
  const stranger = new SampleLog(testSigner("log.example/unknown", 3));
  const signedTwice = log.checkpoint(30, [testSigner("someone.else", 5)]);
  const corrupted = Buffer.from(Buffer.from(note).toString().replace("\n30\n", "\n31\n"));
  const head = { origin: LOG.name, size: 0, root: new Uint8Array(32), extensions: [] };
  const cases: readonly (readonly [string, number, Uint8Array])[] = [
    ["not a request", 400, Buffer.from("hello\n")],
    ["a note without signatures", 400, body(20, good, Buffer.from("a\n1\nb\n"))],
    ["no checkpoint in the note", 400, body(20, good, Buffer.from("a\n\n— a AAAAAAA=\n"))],
    ["a larger old size", 400, body(31, [])],
    ["an unknown log", 404, stranger.request(0, 5)],
    ["signed by nobody known", 403, new SampleLog(impostor).request(0, 30)],
    [
      "signed only by a witness",
      403,
      body(20, good, signCheckpoint({ ...head, size: 30, root: log.root(30) }, [cosigner.at(1)])),
    ],
    ["a known key's signature that fails", 403, body(20, good, corrupted)],
    ["an old size that it never had", 409, log.request(10, 30)],
    ["an old size of nothing", 409, log.request(0, 30)],
    ["a smaller tree", 409, log.request(10, 15)],
    ["a smaller tree, and no old size that fits", 400, body(20, [], log.checkpoint(15))],
    ["no proof", 422, body(20, [])],
    ["a hash too few", 422, body(20, good.slice(1))],
    ["a hash too many", 422, body(20, [...good, new Uint8Array(32)])],
    ["another proof", 422, body(20, log.proof(19, 30))],
    ["another history", 422, fork.request(20, 30)],
    ["another history of the same size", 422, fork.request(20, 20)],
    ["a proof where none is needed", 422, body(20, good, log.checkpoint(20))],
  ];
  for (const [name, status, request] of cases) {
    const verdict = witness.addCheckpoint(request);
    assert.equal(verdict.status, status, `${name}: ${verdict.cause}`);
    assert.equal(
      verdict.contentType,
      status === 409 ? "text/x.tlog.size" : "text/plain; charset=utf-8",
    );
    if (status === 409) assert.equal(text(verdict), "20\n", name);
    assert.equal(verdict.suspect !== null, status === 422, name);
    assert.deepEqual(witness.latest(LOG.name), before);
  }
  assert.equal(witness.addCheckpoint(body(20, good, signedTwice)).status, 200);
});

test("the first request, and trees without leaves", () => {
  const log = new SampleLog(LOG);
  const empty = { origin: LOG.name, size: 0, root: new Uint8Array(32), extensions: [] };
  const witness = newWitness();
  const first = (oldSize: number, note: Uint8Array, proof: readonly Uint8Array[] = []): Verdict =>
    witness.addCheckpoint(formatAddCheckpoint({ oldSize, proof, note }));
  assert.equal(first(0, signCheckpoint(empty, [LOG])).status, 422);
  assert.equal(first(0, log.checkpoint(5), [new Uint8Array(32)]).status, 422);
  assert.equal(first(3, log.checkpoint(5), log.proof(3, 5)).status, 409);
  assert.equal(text(first(3, log.checkpoint(5), log.proof(3, 5))), "0\n");
  assert.equal(witness.latest(LOG.name), undefined);
  assert.equal(first(0, log.checkpoint(0)).status, 200);
  assert.equal(first(0, log.checkpoint(0)).status, 200);
  assert.equal(first(0, log.checkpoint(5)).status, 200);
  assert.equal(first(5, log.checkpoint(5)).status, 200);
});

test("what it keeps and answers holds no signature that it has not verified", () => {
  const log = new SampleLog(LOG);
  const witness = newWitness();
  const stranger = testSigner("someone.else", 5);
  const proof = log.proof(0, 7);
  const note = log.checkpoint(7, [stranger]);
  const verdict = witness.addCheckpoint(formatAddCheckpoint({ oldSize: 0, proof, note }));
  assert.equal(text(verdict).split("\n").length, 2);
  assert.ok(text(verdict).startsWith("— witness.example/w "));
  const kept = Buffer.from(witness.latest(LOG.name) ?? "").toString();
  assert.ok(!kept.includes(stranger.name));
});

test("logs are apart: each has its own latest size", () => {
  const witness = newWitness();
  assert.equal(witness.addCheckpoint(new SampleLog(LOG).request(0, 9)).status, 200);
  const other = new SampleLog(OTHER_LOG);
  assert.equal(witness.addCheckpoint(other.request(9, 12)).status, 409);
  assert.equal(witness.addCheckpoint(other.request(0, 12)).status, 200);
  assert.equal(witness.addCheckpoint(new SampleLog(LOG).request(9, 12)).status, 200);
});
