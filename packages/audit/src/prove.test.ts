import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { before, after as finallyDo, test } from "node:test";
import { exportTiles } from "@writ/bucket/read/export";
import { diskFolder } from "@writ/bucket/read/folder";
import { parseNote, signNote } from "@writ/tlog/note";
import { cosignerOf } from "@writ/tlog/note-key";
import { parseTlogProof } from "@writ/tlog/tlog-proof";
import { Follower } from "./index/follower.ts";
import { databasePath } from "./index/index-file.ts";
import { openKeptCheckpoints } from "./kept-checkpoints.ts";
import {
  ALICE,
  BOB,
  batchOf,
  LOG,
  makePlace,
  OTHER_LOG,
  type Place,
  writeLedger,
} from "./ledger.test-support.ts";
import { type ProofReport, type Proven, proveDecision, verifyProof } from "./prove.ts";

const vkey = LOG.verifierKey;
let place: Place;

before(async () => {
  place = makePlace();
  await writeLedger(place, [batchOf(ALICE, 1, 1, 1, 300), batchOf(BOB, 3, 1, 1, 41)]);
});

finallyDo(() => place.remove());

function proven(id: string): Proven {
  return proveDecision(place.data, id);
}

function judge({ proof, event }: Pick<Proven, "proof" | "event">, key: string = vkey): ProofReport {
  return verifyProof({ proof, event, vkey: key });
}

test("every event of the log has a proof that verifies", () => {
  for (let sequence = 1; sequence <= 300; sequence += 7) {
    const one = proven(`${ALICE.name}.1.${sequence}`);
    assert.equal(one.index, sequence - 1);
    assert.deepEqual(
      judge(one).checks.filter(({ ok }) => !ok),
      [],
    );
  }
  const last = proven(`${BOB.name}.3.41`);
  const { ok, index, size, origin } = judge(last);
  assert.deepEqual([ok, index, size, origin], [true, 340, 341, LOG.name]);
});

test("cosignatures that were kept come with the proof, if they are of this very head", (t) => {
  const id = `${BOB.name}.3.41`;
  const own = proven(id);
  const { checkpoint } = parseTlogProof(own.proof);
  const { text, signatures } = parseNote(checkpoint);
  const cosigner = cosignerOf("witness.example", new Uint8Array(32).fill(7), 1);
  const kept = openKeptCheckpoints(join(place.data, "audit", "checkpoints"));
  t.after(() => rmSync(join(place.data, "audit"), { recursive: true }));
  const cosigned = signNote(text, [cosigner], signatures);
  kept.keep(own.size, cosigned);
  assert.deepEqual(parseTlogProof(proven(id).proof).checkpoint, new Uint8Array(cosigned));
  assert.ok(judge(proven(id)).ok);
  for (const other of [signNote("another\n", [cosigner]), Buffer.from("damaged")]) {
    kept.keep(own.size, other);
    assert.deepEqual(proven(id), own);
  }
});

test("a place is taken from the search index if it is right, and never believed if not", (t) => {
  const directory = join(place.data, "audit", "index");
  const follower = Follower.open(diskFolder(place.bucket), directory);
  follower.step();
  follower.close();
  t.after(() => rmSync(join(place.data, "audit"), { recursive: true }));
  const id = `${BOB.name}.3.41`;
  const expected = proven(id);
  assert.equal(proveDecision(place.bucket, id).index, expected.index);
  const path = databasePath(directory);
  const database = new DatabaseSync(path);
  // Rows that lie: another event's place, then a place that there is none at.
  for (const change of [
    "idx = idx + 100000",
    "sequence = sequence % 7 + 1",
    "sequence = 9999999",
  ]) {
    database.exec(`UPDATE event SET ${change}`);
    assert.deepEqual(proven(id), expected, change);
  }
  database.close();
  writeFileSync(path, "no database");
  assert.deepEqual(proven(id), expected);
});

test("a proof from an export is that of the Bucket", () => {
  const out = mkdtempSync(join(tmpdir(), "writ-export-"));
  try {
    exportTiles(place.bucket, out);
    const id = `${ALICE.name}.1.256`;
    assert.deepEqual(proveDecision(out, id), proven(id));
  } finally {
    rmSync(out, { recursive: true });
  }
});

test("a proof or event with any byte changed does not verify", () => {
  const one = proven(`${BOB.name}.3.17`);
  for (const part of ["proof", "event"] as const) {
    for (let at = 0; at < one[part].length; at++) {
      const changed = Uint8Array.from(one[part]);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      assert.equal(judge({ ...one, [part]: changed }).ok, false, `${part} ${at}`);
    }
  }
});

test("the check that fails is named", () => {
  const one = proven(`${BOB.name}.3.17`);
  const failing = (report: ProofReport): string[] =>
    report.checks.filter(({ ok }) => !ok).map(({ check }) => check);
  assert.deepEqual(failing(judge(one, OTHER_LOG.verifierKey)), ["checkpoint", "inclusion"]);
  const other = proven(`${BOB.name}.3.18`);
  assert.deepEqual(failing(judge({ ...one, event: other.event })), ["inclusion"]);
  assert.deepEqual(failing(judge({ ...one, event: Buffer.from("{}") })), ["event", "inclusion"]);
  const nonsense = judge({ ...one, proof: Buffer.from("nonsense") });
  assert.deepEqual(failing(nonsense), ["format", "checkpoint", "inclusion"]);
  assert.match(nonsense.checks.at(-1)?.message ?? "", /not asked/);
  const line = judge({ ...one, event: Buffer.concat([one.event, Buffer.from("\n")]) });
  assert.deepEqual(failing(line), ["event", "inclusion"]);
  assert.throws(() => judge(one, "nonsense"), { code: "KEY_MALFORMED" });
});

test("what cannot be proven is refused with the reason", async (t) => {
  const refusal = (directory: string, id: string): string => {
    try {
      proveDecision(directory, id);
      return "proven";
    } catch (error) {
      return error instanceof Error && "code" in error ? String(error.code) : String(error);
    }
  };
  assert.equal(refusal(place.data, `${ALICE.name}.1.301`), "DECISION_NOT_FOUND");
  assert.equal(refusal(place.data, "1.2"), "NOT_A_DECISION_ID");
  assert.equal(refusal(tmpdir(), `${ALICE.name}.1.1`), "NOT_A_BUCKET");

  const damaged = makePlace();
  t.after(damaged.remove);
  await writeLedger(damaged, [batchOf(ALICE, 1, 1, 1, 5)]);
  writeFileSync(join(damaged.bucket, "tiles/tile/0/000.p/5"), new Uint8Array(160));
  assert.equal(refusal(damaged.data, `${ALICE.name}.1.2`), "TILES_DAMAGED");
  rmSync(join(damaged.bucket, "tiles/tile/entries/000.p/5"));
  assert.equal(refusal(damaged.data, `${ALICE.name}.1.2`), "TILES_DAMAGED");
  rmSync(join(damaged.bucket, "tiles/checkpoint"));
  assert.equal(refusal(damaged.data, `${ALICE.name}.1.2`), "NOTHING_PUBLISHED");
});
