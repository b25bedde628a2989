import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatTilePath, parseTilePath, type Tile, TileRefused } from "./tile-path.ts";

const anyTile = fc.record(
  {
    level: fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constant("entries" as const)),
    index: fc.oneof(fc.maxSafeNat(), fc.nat(2_000_000), fc.nat(1100)),
    width: fc.integer({ min: 1, max: 256 }),
  },
  { noNullPrototype: true },
);

function tile(level: number | "entries", index: number, width: number): Tile {
  return { level, index, width };
}

test("the paths of tlog-tiles", () => {
  const known: readonly (readonly [Tile, string])[] = [
    [tile(0, 1_234_067, 256), "tile/0/x001/x234/067"],
    [tile("entries", 1_234_067, 1), "tile/entries/x001/x234/067.p/1"],
    [tile(63, 0, 255), "tile/63/000.p/255"],
    [tile(1, 999, 256), "tile/1/999"],
    [tile(1, 1000, 256), "tile/1/x001/000"],
    [tile(2, 2 ** 53 - 1, 256), "tile/2/x009/x007/x199/x254/x740/991"],
  ];
  for (const [value, path] of known) {
    assert.equal(formatTilePath(value), path);
    assert.deepEqual(parseTilePath(path), value);
  }
});

test("a path and its tile are the same statement", () => {
  fc.assert(
    fc.property(anyTile, (value) => {
      assert.deepEqual(parseTilePath(formatTilePath(value)), value);
    }),
  );
});

test("nothing is accepted that is not formatted so", () => {
  for (const path of [
    "",
    "tile",
    "tile/0",
    "tile/0/",
    "tile/0/0",
    "tile/00/000",
    "tile/64/000",
    "tile/-1/000",
    "tile/data/000",
    "tile/8/0/000",
    "tile/0/0000",
    "tile/0/x000/000",
    "tile/0/x001/x234/67",
    "tile/0/001/234",
    "tile/0/x001/x234",
    "tile/0/x001/x234/x067",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/01",
    "tile/0/000.p/",
    "tile/0/000.p",
    "tile/0/000/",
    "/tile/0/000",
    "tile/0/000\n",
    "tile/0/../000",
    "tile/0/x00१/000",
    "tile/0/x009/x007/x199/x254/x740/992",
    "tile/Entries/000",
  ]) {
    assert.throws(() => parseTilePath(path), { name: "TileRefused", code: "TILE_PATH" }, path);
  }
});

test("an edited path is refused or is another tile's own path", () => {
  const edit = fc.record({
    at: fc.nat(30),
    cut: fc.nat(3),
    add: fc.stringMatching(/^[0-9x./p]{0,3}$/),
  });
  fc.assert(
    fc.property(anyTile, edit, (value, { at, cut, add }) => {
      const path = formatTilePath(value);
      const edited = path.slice(0, at) + add + path.slice(at + cut);
      try {
        assert.equal(formatTilePath(parseTilePath(edited)), edited);
      } catch (error) {
        assert.ok(error instanceof TileRefused);
      }
    }),
    { numRuns: 2000 },
  );
});

test("what is no tile has no path", () => {
  for (const [level, index, width] of [
    [-1, 0, 1],
    [64, 0, 1],
    [0.5, 0, 1],
    [0, -1, 1],
    [0, 2 ** 53, 1],
    [0, 0, 0],
    [0, 0, 257],
  ] as const) {
    assert.throws(() => formatTilePath(tile(level, index, width)), TileRefused);
  }
});
