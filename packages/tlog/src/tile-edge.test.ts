import assert from "node:assert/strict";
import { test } from "node:test";
import { leafHash } from "./hash.ts";
import { newHashTiles, parentTile } from "./tile.ts";
import { partialTiles, type TileContent, TileEdge } from "./tile-edge.ts";
import { formatTilePath, type Tile } from "./tile-path.ts";
import { Frontier } from "./tree.ts";

const LEAVES = 66_100;
const leaves = Array.from({ length: LEAVES }, (_, i) => leafHash(new TextEncoder().encode(`${i}`)));
const EDGES = new Set([0, 1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, LEAVES]);

function put(store: Map<string, Uint8Array>, contents: readonly TileContent[]): void {
  for (const { tile, content } of contents) store.set(formatTilePath(tile), content);
}

function lookUp(store: ReadonlyMap<string, Uint8Array>): (tile: Tile) => Uint8Array {
  return (tile) => store.get(formatTilePath(tile)) ?? new Uint8Array(0);
}

test("an edge gives every tile of the tree, and its root is the frontier's", () => {
  const edge = new TileEdge();
  const frontier = new Frontier();
  const store = new Map<string, Uint8Array>();
  for (let size = 0; size <= LEAVES; size++) {
    if (EDGES.has(size)) {
      assert.equal(edge.size, size);
      assert.deepEqual(edge.root(), frontier.root());
      assertEveryTile(size, store, edge);
    }
    const leaf = leaves[size];
    if (leaf === undefined) break;
    frontier.append(leaf);
    put(store, edge.append(leaf));
  }
});

/** Full tiles as they came, partial ones as they are now: level 0 is the leaves, others their parents. */
function assertEveryTile(
  size: number,
  full: ReadonlyMap<string, Uint8Array>,
  edge: TileEdge,
): void {
  const now = new Map(full);
  put(now, edge.partials());
  assert.deepEqual([...now.keys()].sort(), newHashTiles(0, size).map(formatTilePath).sort());
  for (const { level, index, width } of newHashTiles(0, size)) {
    const content = now.get(formatTilePath({ level, index, width }));
    const first = index * 256;
    const expected =
      level === 0
        ? Buffer.concat(leaves.slice(first, first + width))
        : parentTile(
            Array.from({ length: width }, (_, i) => child(now, Number(level) - 1, first + i)),
          );
    assert.ok(
      content !== undefined && Buffer.compare(content, expected) === 0,
      `${level}/${index}`,
    );
  }
}

function child(tiles: ReadonlyMap<string, Uint8Array>, level: number, index: number): Uint8Array {
  return lookUp(tiles)({ level, index, width: 256 });
}

test("an edge taken up again from its partial tiles goes on as if never left", () => {
  for (const size of [...EDGES].filter((size) => size < LEAVES)) {
    const before = new TileEdge();
    for (const leaf of leaves.slice(0, size)) before.append(leaf);
    const store = new Map<string, Uint8Array>();
    put(store, before.partials());
    const after = TileEdge.fromTiles(size, lookUp(store));
    for (const leaf of leaves.slice(size, size + 300)) {
      assert.deepEqual(after.append(leaf), before.append(leaf));
    }
    assert.deepEqual(after.partials(), before.partials());
    assert.deepEqual(after.root(), before.root());
  }
});

test("a partial tile of another width is refused", () => {
  for (const length of [0, 32, 95, 97, 128, 8192]) {
    assert.throws(() => TileEdge.fromTiles(3, () => new Uint8Array(length)), {
      code: "TILE_CONTENT",
    });
  }
  assert.deepEqual(partialTiles(256).map(formatTilePath), ["tile/1/000.p/1"]);
  assert.deepEqual(partialTiles(0), []);
});

test("what an edge gives away is a copy", () => {
  const edge = new TileEdge();
  const full = leaves.slice(0, 257).flatMap((leaf) => edge.append(leaf));
  const root = edge.root();
  for (const { content } of [...full, ...edge.partials()]) content.fill(0);
  assert.deepEqual(edge.root(), root);
});
