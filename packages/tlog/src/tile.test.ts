import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { leafHash } from "./hash.ts";
import { NaiveTree, naiveReader, sampleEntries } from "./naive-tree.test-support.ts";
import {
  planConsistency,
  proveConsistency,
  proveInclusion,
  verifyConsistency,
  verifyInclusion,
} from "./proof.ts";
import {
  decodeBundle,
  encodeBundle,
  leafTile,
  newBundles,
  newHashTiles,
  packedRoot,
  parentTile,
  tileHashReader,
  tilesFor,
  tileWidth,
} from "./tile.ts";
import { formatTilePath, type Tile, TileRefused } from "./tile-path.ts";
import { treeHash } from "./tree.ts";

const big = new NaiveTree(sampleEntries(65_537));
const EDGES = [255, 256, 257, 65_535, 65_536, 65_537];

/** Every tile of a tree as tlog-tiles words it: floor(s / 256^l) hashes a level, 256 a tile. */
function everyTile(size: number): string[] {
  const paths: string[] = [];
  for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / 256)) {
    for (let index = 0; index * 256 < hashes; index++) {
      paths.push(formatTilePath({ level, index, width: Math.min(256, hashes - index * 256) }));
    }
  }
  return paths;
}

/** A tile's bytes by the formula of tlog-tiles, "Merkle Tree". */
function formula(tree: NaiveTree, { level, index, width }: Tile): Uint8Array {
  if (level === "entries") throw new Error("an entry bundle has no hashes");
  const span = 256 ** level;
  const hashes = Array.from({ length: width }, (_, i) =>
    tree.root((index * 256 + i) * span, (index * 256 + i + 1) * span),
  );
  return Uint8Array.from(hashes.flatMap((hash) => [...hash]));
}

test("the example of 70,000 entries", () => {
  const tiles = newHashTiles(0, 70_000);
  const summary = [0, 1, 2].map((level) => {
    const mine = tiles.filter((tile) => tile.level === level);
    return [
      mine.filter((tile) => tile.width === 256).length,
      ...mine.filter((tile) => tile.width < 256).map((tile) => tile.width),
    ];
  });
  assert.deepEqual(summary, [
    [273, 112],
    [1, 17],
    [0, 1],
  ]);
  assert.equal(tiles.length, 273 + 1 + 1 + 1 + 1);
  assert.deepEqual(newHashTiles(0, 256).map(formatTilePath), ["tile/0/000", "tile/1/000.p/1"]);
});

test("new tiles are those that the larger tree has and the smaller has not", () => {
  const sizes = [
    ...Array(40).keys(),
    ...[254, 255, 256, 257, 511, 512, 513, 700, 65_535, 65_536, 65_537, 70_000],
  ];
  for (const before of sizes) {
    for (const after of sizes.filter((size) => size >= before)) {
      const had = new Set(everyTile(before));
      const added = everyTile(after).filter((path) => !had.has(path));
      assert.deepEqual(newHashTiles(before, after).map(formatTilePath), added);
      const bundles = added.filter((path) => path.startsWith("tile/0/"));
      assert.deepEqual(
        newBundles(before, after).map(formatTilePath),
        bundles.map((path) => path.replace("tile/0/", "tile/entries/")),
      );
    }
  }
});

test("tile widths count the hashes of the level", () => {
  for (const size of [0, 1, 255, 256, 257, 70_000]) {
    const there = new Set(everyTile(size));
    for (const level of [0, 1, 2, 3]) {
      for (const index of [0, 1, 2, 272, 273, 274]) {
        const width = tileWidth(level, index, size);
        assert.equal(width > 0 && there.has(formatTilePath({ level, index, width })), width > 0);
        if (width === 0) assert.ok(!there.has(formatTilePath({ level, index, width: 256 })));
      }
    }
    assert.equal(tileWidth("entries", 0, size), tileWidth(0, 0, size));
  }
});

test("sizes 255–257 and 65,535–65,537: roots and proofs out of tiles alone", () => {
  for (const size of EDGES) {
    const asked: string[] = [];
    const reader = tileHashReader(size, (tile) => {
      asked.push(formatTilePath(tile));
      return formula(big, tile);
    });
    const root = big.root(0, size);
    assert.deepEqual(treeHash(size, reader), root);
    for (const index of [0, 1, 254, 255, 256, 65_534, 65_535, 65_536].filter(
      (index) => index < size,
    )) {
      const proof = proveInclusion(index, size, reader);
      assert.deepEqual(proof, big.path(index, 0, size));
      verifyInclusion({ index, leaf: big.root(index, index + 1), size, root }, proof);
    }
    for (const oldSize of [1, 2, 255, 256, 257, 65_535, 65_536].filter((old) => old <= size)) {
      const proof = proveConsistency(oldSize, size, reader);
      assert.deepEqual(proof, big.subproof(oldSize, 0, size, true));
      verifyConsistency(
        { oldSize, oldRoot: big.root(0, oldSize), newSize: size, newRoot: root },
        proof,
      );
    }
    const there = new Set(everyTile(size));
    assert.ok(asked.length > 0 && asked.every((path) => there.has(path)));
  }
});

test("a reader takes a wider tile than it asked for, and no narrower or odd one", () => {
  const full = formula(big, { level: 0, index: 0, width: 256 });
  for (const size of [1, 77, 255]) {
    assert.deepEqual(
      treeHash(
        size,
        tileHashReader(size, () => full),
      ),
      big.root(0, size),
    );
    for (const length of [0, size * 32 - 1, size * 32 + 1, 8193, 8224]) {
      const reader = tileHashReader(size, () => new Uint8Array(length));
      assert.throws(() => treeHash(size, reader), { code: "TILE_CONTENT" });
    }
  }
});

test("each tile is asked for once, and none outside the tree", () => {
  const plan = planConsistency(70_001 - 300, 70_001);
  const paths = tilesFor(plan.coordinates, 70_001).map(formatTilePath);
  assert.equal(new Set(paths).size, paths.length);
  const there = new Set(everyTile(70_001));
  assert.ok(paths.every((path) => there.has(path)));
  assert.throws(() => tilesFor([{ level: 0, index: 5 }], 5), RangeError);
  assert.throws(() => tilesFor([{ level: 3, index: 0 }], 7), RangeError);
});

test("a tile is computed from the full tiles, or the entries, below it", () => {
  const below = [0, 1, 2].map((index) => formula(big, { level: 0, index, width: 256 }));
  assert.deepEqual(parentTile(below), formula(big, { level: 1, index: 0, width: 3 }));
  assert.throws(() => parentTile([new Uint8Array(255 * 32)]), TileRefused);
  assert.deepEqual(
    leafTile(big.leaves.slice(256, 300)),
    formula(big, { level: 0, index: 1, width: 44 }),
  );
});

test("a packed root is the root of a complete subtree, and of nothing else", () => {
  const reader = naiveReader(big);
  for (let level = 0; level <= 8; level++) {
    const packed = formula(big, { level: 0, index: 0, width: 2 ** level });
    const before = packed.slice();
    assert.deepEqual([packedRoot(packed)], reader.readHashes([{ level, index: 0 }]));
    assert.deepEqual(packed, before);
  }
  for (const length of [0, 1, 31, 33, 96, 5 * 32, 6 * 32]) {
    assert.throws(() => packedRoot(new Uint8Array(length)), RangeError);
  }
});

const someEntries = fc.array(fc.uint8Array({ maxLength: 9 }), { minLength: 1, maxLength: 256 });

test("a bundle gives back its entries, as tlog-tiles lays them out", () => {
  fc.assert(
    fc.property(someEntries, (entries) => {
      const bytes = encodeBundle(entries);
      const layout = entries.flatMap((entry) => [entry.length >> 8, entry.length & 255, ...entry]);
      assert.deepEqual(bytes, Uint8Array.from(layout));
      const inside = Uint8Array.of(9, ...bytes, 9).subarray(1, 1 + bytes.length);
      assert.deepEqual(decodeBundle(inside, entries.length), entries);
    }),
  );
  const longest = [new Uint8Array(65_535).fill(1), new Uint8Array(0), new Uint8Array(256)];
  assert.deepEqual(decodeBundle(encodeBundle(longest), 3), longest);
});

test("a bundle cut, extended or counted otherwise is refused", () => {
  const entries = sampleEntries(5);
  const bytes = encodeBundle(entries);
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeBundle(bytes.subarray(0, length), 5), { code: "BUNDLE_CONTENT" });
  }
  assert.throws(() => decodeBundle(Uint8Array.of(...bytes, 0), 5), { code: "BUNDLE_CONTENT" });
  assert.throws(() => decodeBundle(Uint8Array.of(...bytes, 0, 0), 5), { code: "BUNDLE_CONTENT" });
  for (const width of [0, 1, 4, 6, 256]) {
    assert.throws(() => decodeBundle(bytes, width), { code: "BUNDLE_CONTENT" });
  }
  assert.throws(() => encodeBundle([]), { code: "BUNDLE_CONTENT" });
  assert.throws(() => encodeBundle(sampleEntries(257)), { code: "BUNDLE_CONTENT" });
  assert.throws(() => encodeBundle([new Uint8Array(65_536)]), { code: "BUNDLE_CONTENT" });
});

test("any bytes are a bundle of at most one list of entries, the one that encodes to them", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(3), { maxLength: 12 }),
      fc.integer({ min: 1, max: 5 }),
      (raw, width) => {
        const bytes = Uint8Array.from(raw);
        try {
          assert.deepEqual(encodeBundle(decodeBundle(bytes, width)), bytes);
        } catch (error) {
          assert.ok(error instanceof TileRefused);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test("a leaf tile's hashes are its entries' leaf hashes", () => {
  const entries = sampleEntries(3);
  const packed = entries.flatMap((entry) => [...leafHash(entry)]);
  assert.deepEqual(leafTile(entries), Uint8Array.from(packed));
});
