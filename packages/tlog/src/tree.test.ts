import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Coordinate, subtrees } from "./coordinate.ts";
import { leafHash } from "./hash.ts";
import { NaiveTree, naiveReader, sampleEntries } from "./naive-tree.test-support.ts";
import { Frontier, FrontierRefused, planTreeHash, treeHash } from "./tree.ts";

const SIZES = 300;
const naive = new NaiveTree(sampleEntries(SIZES));
const leaves = naive.leaves.map(leafHash);

test("every size 0–300: frontier and stored hashes give RFC 6962's root", () => {
  const frontier = new Frontier();
  for (let size = 0; size <= SIZES; size++) {
    assert.equal(frontier.size, size);
    assert.deepEqual(frontier.root(), naive.root(0, size));
    assert.deepEqual(treeHash(size, naiveReader(naive)), naive.root(0, size));
    const leaf = leaves[size];
    if (leaf !== undefined) frontier.append(leaf);
  }
});

test("every size 0–300: a frontier survives its bytes, its peaks and a copy, and grows on alike", () => {
  const frontier = new Frontier();
  for (let size = 0; size < SIZES; size++) {
    const leaf = leaves[size] ?? new Uint8Array(32);
    const peaks = naiveReader(naive).readHashes(subtrees(0, size));
    const copies = [
      Frontier.fromBytes(frontier.toBytes()),
      Frontier.fromPeaks(size, peaks),
      frontier.clone(),
    ];
    frontier.append(leaf);
    for (const copy of copies) {
      assert.deepEqual(copy.root(), naive.root(0, size));
      copy.append(leaf);
      assert.deepEqual(copy.toBytes(), frontier.toBytes());
    }
  }
});

test("any way of cutting leaves into complete subtrees grows the same frontier", () => {
  const cuts = fc.array(fc.nat({ max: 8 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(cuts, (levels) => {
      const frontier = new Frontier();
      for (const level of levels) {
        const from = frontier.size;
        const to = from + 2 ** level;
        if (to > SIZES) continue;
        const root = naive.root(from, to);
        if (from % 2 ** level !== 0) {
          assert.throws(() => frontier.appendSubtree(root, level), RangeError);
          continue;
        }
        frontier.appendSubtree(root, level);
        assert.equal(frontier.size, to);
        assert.deepEqual(frontier.root(), naive.root(0, to));
      }
    }),
    { numRuns: 100 },
  );
});

test("a frontier and its copy do not share anything", () => {
  const frontier = new Frontier();
  for (const leaf of leaves.slice(0, 5)) frontier.append(leaf);
  const copy = frontier.clone();
  for (const leaf of leaves.slice(5, 9)) copy.append(leaf);
  frontier.root().fill(0);
  assert.deepEqual(frontier.root(), naive.root(0, 5));
  assert.deepEqual(copy.root(), naive.root(0, 9));
});

test("a frontier's bytes have one length for each size", () => {
  for (const size of [0, 1, 2, 3, 5, 255, 256, 257]) {
    const frontier = new Frontier();
    for (const leaf of leaves.slice(0, size)) frontier.append(leaf);
    const bytes = frontier.toBytes();
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => Frontier.fromBytes(bytes.subarray(0, length)), FrontierRefused);
    }
    assert.throws(() => Frontier.fromBytes(Uint8Array.of(...bytes, 0)), FrontierRefused);
  }
  assert.throws(() => Frontier.fromBytes(new Uint8Array(8).fill(0xff)), FrontierRefused);
});

test("sizes 255–257 and 65,535–65,537", () => {
  const big = new NaiveTree(sampleEntries(65_537));
  const frontier = new Frontier();
  const checked = new Set([255, 256, 257, 65_535, 65_536, 65_537]);
  for (const entry of big.leaves) {
    frontier.append(leafHash(entry));
    if (checked.has(frontier.size)) assert.deepEqual(frontier.root(), big.root(0, frontier.size));
  }
});

test("subtrees tile the leaves from the left, largest first, up to 2^53 − 1", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (size) => {
      const found = subtrees(0, size);
      let at = 0;
      let last = Number.POSITIVE_INFINITY;
      for (const { level, index } of found) {
        assert.equal(index * 2 ** level, at);
        assert.ok(level < last);
        at += 2 ** level;
        last = level;
      }
      assert.equal(at, size);
      assert.equal(planTreeHash(size).coordinates.length, found.length);
    }),
  );
});

test("a fold takes one hash for each coordinate, and only hashes", () => {
  const plan = planTreeHash(7);
  const hashes = plan.coordinates.map(() => new Uint8Array(32));
  assert.equal(plan.fold(hashes).length, 32);
  assert.throws(() => plan.fold(hashes.slice(1)), RangeError);
  assert.throws(() => plan.fold([...hashes, new Uint8Array(32)]), RangeError);
  assert.throws(() => plan.fold([new Uint8Array(31), ...hashes.slice(1)]), RangeError);
});

test("the empty tree asks for no hash", () => {
  const silent = {
    readHashes(_: readonly Coordinate[]): Uint8Array[] {
      throw new Error("nothing to read");
    },
  };
  assert.deepEqual(treeHash(0, silent), naive.root(0, 0));
});

test("what is no tree size is refused", () => {
  for (const size of [-1, 0.5, Number.NaN, 2 ** 53])
    assert.throws(() => planTreeHash(size), RangeError);
  assert.throws(() => new Frontier().append(new Uint8Array(31)), RangeError);
});
