import assert from "node:assert/strict";
import { test } from "node:test";
import type { Check, CheckName } from "./check.ts";
import { examine, examineHeads, type Question } from "./examine.ts";
import {
  bitFlips,
  logSigner,
  otherSigner,
  type SmallLog,
  smallLog,
  trust,
  witnessedTrust,
  witnessOne,
} from "./small-log.test-support.ts";
import { NO_TRUST, type Trust } from "./trust.ts";

const log = smallLog(600);

function question(of: SmallLog, index: number, more: Partial<Question> = {}): Question {
  return {
    event: of.events[index] ?? new Uint8Array(0),
    index,
    asked: {},
    checkpoint: of.head(of.events.length),
    trust,
    seen: null,
    fetchTile: of.fetchTile,
    ...more,
  };
}

function answers(checks: readonly Check[], answer: Check["answer"]): readonly CheckName[] {
  return checks.filter((check) => check.answer === answer).map(({ check }) => check);
}

function failures(checks: readonly Check[]): readonly string[] {
  return checks.flatMap(({ check, code }) => (code === null ? [] : [`${check} ${code}`]));
}

test("every event of logs of many sizes is proved, by a path that ends at the root", async () => {
  for (const size of [1, 2, 3, 255, 256, 257, 512, 600]) {
    const own = smallLog(size);
    for (const index of new Set([0, 1, size >> 1, size - 2, size - 1])) {
      if (index < 0 || index >= size) continue;
      const { verdict, checks, path, checkpoint } = await examine(question(own, index));
      assert.equal(verdict, "holds", JSON.stringify(failures(checks)));
      assert.deepEqual(path?.root, checkpoint?.checkpoint.root);
    }
  }
});

test("a byte changed in any tile that is read is found, and the tile named", async () => {
  const small = smallLog(300);
  const asked = question(small, 3);
  for (const path of small.tiles.keys()) {
    const whole = small.tiles.get(path) ?? new Uint8Array(0);
    for (const [at, altered] of bitFlips(whole)) {
      if (at % 32 !== 11) continue;
      const { verdict, checks } = await examine({
        ...asked,
        fetchTile: async (wanted) => (wanted === path ? altered : small.tiles.get(wanted)),
      });
      assert.equal(verdict, "fails");
      const tile = checks.find(({ check }) => check === "tiles");
      assert.equal(tile?.code, "TILE_ALTERED", `${path} ${at}`);
      assert.match(tile?.sentence ?? "", new RegExp(path.replace(".", "\\.")));
    }
  }
});

test("a tile of another length, and one that is not there, are said to be", async () => {
  const gone = await examine(question(log, 3, { fetchTile: async () => undefined }));
  assert.ok(failures(gone.checks).includes("tiles TILE_MISSING"));
  assert.equal(gone.proof, undefined);
  const short = await examine(
    question(log, 3, { fetchTile: async (path) => log.tiles.get(path)?.subarray(1) }),
  );
  assert.ok(failures(short.checks).includes("tiles TILE_ALTERED"));
});

test("where a partial tile is gone, the full one serves", async () => {
  const grown = smallLog(512);
  const early = { ...grown, events: grown.events.slice(0, 300) };
  const fetchTile: SmallLog["fetchTile"] = async (path) =>
    path === "tile/0/001.p/44" ? undefined : grown.fetchTile(path);
  const asked = question(early, 299, { checkpoint: grown.head(300), fetchTile });
  assert.equal((await examine(asked)).verdict, "holds");
});

test("an event changed, exchanged, or at another place is not the one in the tree", async () => {
  const changed = new TextEncoder().encode(
    new TextDecoder().decode(log.events[3]).replace('"BLOCK"', '"ALLOW"'),
  );
  const { checks } = await examine(question(log, 3, { event: changed }));
  assert.deepEqual(failures(checks), ["leaf LEAF_OTHER"]);
  assert.deepEqual(answers(checks, "unasked"), ["inclusion"]);
  const moved = await examine(question(log, 4, { event: log.events[3] ?? new Uint8Array(0) }));
  assert.deepEqual(failures(moved.checks), ["leaf LEAF_OTHER"]);
  const beyond = await examine(question(log, 600, { event: log.events[3] ?? new Uint8Array(0) }));
  assert.equal(beyond.verdict, "fails");
});

test("an event that is another than was asked for is not taken for it", async () => {
  const asked = { decisionId: "0123456789abcdef.1.5" };
  const { checks } = await examine(question(log, 3, { asked }));
  assert.deepEqual(failures(checks), ["asked EVENT_OTHER"]);
  assert.equal((await examine(question(log, 4, { asked }))).verdict, "holds");
});

const keys: readonly (readonly [string, Partial<Question>, readonly string[]])[] = [
  ["no key", { trust: NO_TRUST }, []],
  [
    "a checkpoint by another key",
    { checkpoint: smallLog(600, { signers: [otherSigner] }).head(600) },
    ["signature KEY_WRONG"],
  ],
  [
    "a key of another log",
    { trust: { ...trust, logs: trust.logs.map((each) => ({ ...each, name: "other.example" })) } },
    ["origin ORIGIN_OTHER"],
  ],
];

for (const [name, more, expected] of keys) {
  test(`${name}: the tree is checked, and nothing is proven`, async () => {
    const { checks, verdict } = await examine(question(log, 3, more));
    assert.deepEqual(failures(checks), expected);
    assert.equal(verdict, expected.length === 0 ? "unasked" : "fails");
    assert.ok(answers(checks, "holds").includes("inclusion"));
    assert.equal(answers(checks, "holds").includes("signature"), false);
  });
}

test("a bit changed in the checkpoint is found, wherever it is", async () => {
  for (const [, checkpoint] of bitFlips(log.head(600))) {
    assert.notEqual((await examine(question(log, 3, { checkpoint }))).verdict, "holds");
  }
});

test("cosignatures count toward a quorum, and a bad one fails", async () => {
  const witnessed = smallLog(5, { signers: [logSigner, witnessOne] });
  const quorum = async (least: number): Promise<readonly string[]> => {
    const demand: Trust = { ...witnessedTrust, quorum: least };
    return failures((await examine(question(witnessed, 3, { trust: demand }))).checks);
  };
  assert.deepEqual(await quorum(1), []);
  assert.deepEqual(await quorum(2), ["quorum QUORUM_MISSED"]);
  const text = new TextDecoder().decode(witnessed.head(5));
  const other = new TextDecoder().decode(smallLog(4, { signers: [witnessOne] }).head(4));
  const line = other.split("\n").at(-2) ?? "";
  const forged = text.replace(/— one\.example .*/, line);
  const asked = question(witnessed, 3, {
    trust: witnessedTrust,
    checkpoint: new TextEncoder().encode(forged),
  });
  assert.deepEqual(failures((await examine(asked)).checks), [
    "cosignature SIGNATURE_INVALID",
    "quorum QUORUM_MISSED",
  ]);
});

test("a head older than one seen is stale, whether or not it is of the same history", async () => {
  const stale = await examine(question(log, 3, { checkpoint: log.head(400), seen: log.head(600) }));
  assert.deepEqual(failures(stale.checks), ["stale STALE"]);
  assert.ok(answers(stale.checks, "holds").includes("consistent"));
});

test("a head that does not continue one seen is a fork, said so at any pair of sizes", async () => {
  for (const from of [0, 255, 299]) {
    const other = smallLog(600, { mark: "b", from });
    for (const seen of [300, 600]) {
      const { checks } = await examine(question(other, 3, { seen: log.head(seen) }));
      assert.deepEqual(failures(checks), ["consistent FORKED"], `${from} ${seen}`);
    }
    const { checks } = await examine(
      question(other, 3, { seen: other.head(from === 0 ? 1 : from) }),
    );
    assert.deepEqual(failures(checks), []);
  }
  const later = await examine(
    question(smallLog(600, { mark: "b", from: 300 }), 3, { seen: log.head(300) }),
  );
  assert.equal(later.verdict, "holds");
});

test("with tampered tiles no fork is claimed", async () => {
  const altered = new Uint8Array(32 * 256);
  for (const [tampered, check] of [
    ["tile/0/000", "tiles"],
    ["tile/0/001", "consistent"],
  ]) {
    const fetchTile: SmallLog["fetchTile"] = async (path) =>
      path === tampered ? altered : log.tiles.get(path);
    const { checks } = await examine(question(log, 3, { seen: log.head(300), fetchTile }));
    assert.ok(failures(checks).includes(`${check} TILE_ALTERED`), tampered);
    assert.ok(!failures(checks).includes("consistent FORKED"));
  }
});

test("two heads are compared by themselves", async () => {
  const checks = await examineHeads(log.head(600), log.head(17), trust, log.fetchTile);
  assert.deepEqual(failures(checks), []);
  const fork = smallLog(17, { mark: "b", from: 16 });
  const forked = await examineHeads(log.head(600), fork.head(17), trust, log.fetchTile);
  assert.deepEqual(failures(forked), ["consistent FORKED"]);
});
